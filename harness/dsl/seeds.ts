import { reproduceCommand } from './reproduce.ts'
import type { ScenarioEndSeeds } from './scenario-record.ts'

/** Seeds that follow each other: `first` and so many after it. */
export interface SeedRange {
  readonly first: number
  readonly count: number
}

/** Under which seeds each scenario runs, `FIRST+COUNT`; `lockstep accept --seeds` sets it. */
export const seedsVariable = 'LOCKSTEP_SEEDS'
export const seedsMax = 100_000
export const firstSeedMax = 1_000_000_000

export function formatSeeds({ first, count }: SeedRange): string {
  return `${first}+${count}`
}

/** @throws Error when it is no range of seeds. Null when there is none. */
export function seedsFrom(text: string | undefined): SeedRange | null {
  if (text === undefined || text === '') return null
  const [, first = '', count = ''] = /^(\d{1,10})\+(\d{1,6})$/.exec(text) ?? []
  const range = { first: Number(first), count: Number(count) }
  if (count !== '' && range.first <= firstSeedMax && range.count >= 1 && range.count <= seedsMax) return range
  throw new Error(
    `${seedsVariable}: expected FIRST+COUNT such as 1+20, with at most ${seedsMax} seeds, found ${JSON.stringify(text)}`,
  )
}

/** Some seeds failed: the first failure, and which others. */
export interface SeedsOutcome {
  readonly seeds: ScenarioEndSeeds
  /** Of the first seed that failed; absent when all passed. */
  readonly failure?: { readonly error: unknown }
}

/**
 * Plays a scenario under each seed, also after one has failed. What `play` throws that `isFinal` is no failure of a seed.
 * @throws what is final.
 */
export async function playSeeds(
  range: SeedRange,
  play: (seed: string) => Promise<unknown>,
  isFinal: (error: unknown) => boolean,
): Promise<SeedsOutcome> {
  const failed: { seed: string; what: string }[] = []
  let failure: { readonly error: unknown } | undefined
  for (let at = 0; at < range.count; at++) {
    const seed = String(range.first + at)
    try {
      await play(seed)
    } catch (error) {
      if (isFinal(error)) throw error
      failure ??= { error }
      failed.push({ seed, what: firstLine(error) })
    }
  }
  return { seeds: { ...range, failed }, ...(failure === undefined ? {} : { failure }) }
}

/** Which seeds failed, and what plays the first of them again. */
export function seedsText(name: string, range: ScenarioEndSeeds): string {
  const { count, failed } = range
  const [first] = failed
  if (first === undefined) return count === 1 ? `seed ${range.first} passed` : `all ${count} seeds passed`
  const listed = failed.slice(0, listedMax).map(({ seed }) => seed)
  const more = failed.length > listedMax ? `, and ${failed.length - listedMax} more` : ''
  const those =
    count === 1
      ? `seed ${first.seed} failed`
      : `${failed.length} of ${count} seeds failed: ${listed.join(', ')}${more}`
  return `${those}; again: ${reproduceCommand({ name, world: 'sim', seed: first.seed })}`
}

const listedMax = 20

const firstLine = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]?.slice(0, 500) ?? ''
