import { editDistance, near, nearest } from './flags-nearest.ts'
import { forkNames } from './forks.ts'

/** Forks of the protocol that this program knows only by name. Lagoon was called Interop before it had a name. */
export const unsupportedForkNames = ['lagoon', 'interop'] as const

/** How a file spells the activation time of a fork. */
export interface ForkKeySpelling {
  /** `_time` in `rollup.json`, `Time` in `genesis.json`. */
  readonly suffix: '_time' | 'Time'
  /** Keys of the same file that end like a fork's and are understood: `block_time`, or the forks of L1 in a genesis. */
  readonly alsoKnown: readonly string[]
}

/** A key that would change the chain's rules in a way that this program does not follow. */
export interface RefusedKey {
  readonly key: string
  /** Goes after `<key>: `. */
  readonly message: string
}

/**
 * The keys of a chain's configuration that schedule something unknown: a fork that is not supported, any other key with
 * the suffix and a value, and a fork's key in another spelling. A key without a value (`null`) schedules nothing, and
 * every other unknown key passes.
 */
export function refusedForkKeys(json: object, { suffix, alsoKnown }: ForkKeySpelling): readonly RefusedKey[] {
  const known = [...forkNames.map((name) => name + suffix), ...alsoKnown]
  const unsupported = unsupportedForkNames.map((name) => name + suffix)
  const spelt = new Map([...known, ...unsupported].map((name) => [normal(name), name]))
  const refused: RefusedKey[] = []
  for (const [key, value] of Object.entries(json)) {
    if (value === null || value === undefined || known.includes(key)) continue
    const message = unsupported.includes(key)
      ? `expected no value, found ${shown(value)}: this program knows the fork ${key.slice(0, -suffix.length)} by name only and does not support its rules`
      : key.endsWith(suffix)
        ? `expected a fork that this program knows, found ${shown(value)}${nearestKey(key, known, suffix)}`
        : misspelling(misspelt(key, spelt))
    if (message !== undefined) refused.push({ key, message })
  }
  return refused
}

/** Without the ending that all have, by which any two of them are alike. Where nothing is near, all forks. */
function nearestKey(key: string, known: readonly string[], suffix: string): string {
  const stems = known.filter((one) => one.endsWith(suffix)).map((one) => one.slice(0, -suffix.length))
  const guess = near(key.slice(0, -suffix.length), stems)
  if (guess !== null) return `; the nearest known key is ${guess}${suffix}`
  return `; it knows ${forkNames.join(', ')}`
}

/** `karstTime`, `karst_Time` and `KARST_TIME` are one name. */
const normal = (key: string) => key.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

/** The known key that `key` is another spelling of, or is at most two letters away from. */
function misspelt(key: string, spelt: ReadonlyMap<string, string>): string | undefined {
  const word = normal(key)
  const closest = nearest(word, [...spelt.keys()])
  return editDistance(word, closest) <= 2 ? spelt.get(closest) : undefined
}

const misspelling = (meant: string | undefined) =>
  meant && `expected a known key, found what looks like another spelling of ${meant}`

/** Not more of a value than a log line bears. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`
}
