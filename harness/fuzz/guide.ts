import { createRandomStreams } from '../world/random-streams.ts'
import { createDraw } from './draw.ts'
import { lineageOf, withMutation } from './lineage.ts'
import { createRoots, type Shard } from './seeds.ts'

/** What a run tells a guide. */
export interface Came {
  readonly seed: string
  readonly combinations: readonly string[]
  /** A case that failed is known: what is like it fails for the same reason. */
  readonly failed: boolean
}

/**
 * Gives the seeds of a campaign: some drawn anew, some that change a known incident, some that change a run which came by a combination that none had come by
 * before. It decides in rounds, from the results of the rounds before in the order of their seeds: so the same campaign
 * gives the same seeds, however many run at once. A shard has its own.
 */
export interface Guide {
  /** The next seed, as soon as it is known; null when they are used up. */
  next(): Promise<string | null>
  add(came: Came): void
  /** Gives no more, also to whoever waits for the next one. */
  end(): void
  /** How many runs are kept to be changed, and how many combinations were come by. */
  readonly kept: number
  readonly combinations: number
}

const roundSize = 24
/** Of a round, once something is kept. */
const changedShare = 0.5
const keptMax = 2_000
/** A run that was changed so often is like nothing any more; and its seed is no longer than its name may be. */
const changesMax = 6

export function createGuide(first: number, seeds: number, { index, count }: Shard): Guide {
  const roots = createRoots()
  const kept: string[] = []
  const seen = new Set<string>()
  let at = index - 1
  let waiting: string[] = []
  let running = new Set<string>()
  let round: string[] = []
  let came = new Map<string, Came>()
  let roundEnds = Promise.withResolvers<void>()
  let isOver = false

  function plan(): void {
    round = []
    for (; at < seeds && round.length < roundSize; at += count) round.push(seedOf(first + at))
    waiting = [...round]
    running = new Set(round)
    came = new Map()
    roundEnds = Promise.withResolvers()
  }

  function seedOf(number: number): string {
    const incident = roots.incidentAt(number)
    if (incident !== null) return incident
    const draw = createDraw(createRandomStreams(`campaign ${number}`)('guide'))
    const [one, ...others] = kept
    if (one === undefined || !draw.chance(changedShare)) return roots.rootOf(number)
    return withMutation(draw.pick([one, ...others]), number)
  }

  function learn(): void {
    for (const seed of round) {
      const { combinations, failed } = came.get(seed)!
      const isNew = combinations.some((one) => !seen.has(one))
      for (const one of combinations) seen.add(one)
      if (isNew && !failed && lineageOf(seed).length <= changesMax && kept.length < keptMax) kept.push(seed)
    }
    roundEnds.resolve()
  }

  plan()
  return {
    async next() {
      while (!isOver && waiting.length === 0 && running.size > 0) await roundEnds.promise
      if (!isOver && waiting.length === 0) plan()
      return isOver ? null : (waiting.shift() ?? null)
    },
    end() {
      isOver = true
      roundEnds.resolve()
    },
    add(one) {
      if (!running.delete(one.seed)) return
      came.set(one.seed, one)
      if (running.size === 0) learn()
    },
    get kept() {
      return kept.length
    },
    get combinations() {
      return seen.size
    },
  }
}
