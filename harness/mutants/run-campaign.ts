import type { Case } from '../cases/case.ts'
import { shrinkCase } from '../cases/shrink-case.ts'
import { campaignCase } from '../fuzz/campaign-case.ts'
import { createRoots } from '../fuzz/seeds.ts'
import { type CampaignFile, type CampaignOutcome, type Control, writeCampaign } from './campaign-file.ts'
import type { Mutant } from './mutant.ts'
import { createTrials, type Trials } from './trials.ts'

export interface RunCampaignsOptions {
  readonly mutants: readonly Mutant[]
  /** What is known already, and where it is written to as it grows. */
  readonly known: CampaignFile
  readonly file: string
  /** So many seeds are tried at most with each mutant, from `known.first` on. */
  readonly seeds: number
  readonly jobs: number
  readonly shrinks: boolean
  /** No run begins after it, by `performance.now()`. */
  readonly endMs: number
  readonly signal: AbortSignal
  readonly onProgress: (line: string) => void
  readonly onOutcome: (outcome: CampaignOutcome) => void
  /** Default: each in a process of its own. */
  readonly trialsOf?: (mutant: string | null, signal: AbortSignal) => Trials
}

/** Runs of one shrinking: what a campaign draws for a mutant is small already. */
const shrinkRunsMax = 60

/**
 * Runs the same seeds on the node as it is, and then with every mutant, each until one violates something. A seed that
 * violates something on the unbroken node says nothing of a mutant, and one that does not come by the broken rule is the
 * same run with and without it: neither is run.
 */
export async function runCampaigns(options: RunCampaignsOptions): Promise<CampaignFile> {
  const { mutants, known, file, jobs, signal, endMs, trialsOf = createTrials } = options
  const { first } = known
  const controls = new Map(known.controls.map((control) => [control.seed, control]))
  const outcomes = new Map(known.outcomes.map((outcome) => [outcome.mutant, outcome]))
  const inTime = () => performance.now() < endMs && !signal.aborted
  const state = (): CampaignFile => ({
    ...known,
    controls: [...controls.values()].sort((a, b) => a.seed - b.seed),
    outcomes: [...outcomes.values()].sort((a, b) => (a.mutant < b.mutant ? -1 : 1)),
  })
  const save = () => writeCampaign(file, state())

  const unknown = Array.from({ length: options.seeds }, (_, index) => first + index).filter(
    (seed) => !controls.has(seed),
  )
  await inLanes(jobs, unknown, async (next) => {
    const trials = trialsOf(null, signal)
    try {
      for (let seed = next(); seed !== undefined && inTime(); seed = next()) {
        const { violation, reached } = await trials.run(caseOf(seed))
        controls.set(seed, { seed, reached: [...reached], violates: violation })
        if (violation !== null)
          options.onProgress(`the node as it is: seed ${seed}: ${violation.reason}: ${violation.found}`)
        save()
      }
    } finally {
      await trials.close()
    }
  })
  const tried = seedsInOrder(controls, first, options.seeds)
  options.onProgress(`${tried.length} seeds on the node as it is`)

  const comesBy = (name: string) => tried.filter(({ reached }) => reached.includes(name)).length
  // First those with few runs to make: when the time is up, more is known.
  const inOrder = mutants.toSorted((a, b) => comesBy(a.name) - comesBy(b.name))
  const isOpen = ({ name }: Mutant, triesMax: number) => {
    const outcome = outcomes.get(name)
    if (outcome?.outcome === 'found')
      return outcome.code !== known.code || (options.shrinks && !outcome.shrunk)
    if (outcome === undefined || outcome.outcome === 'error') return true
    return outcome.seeds < tried.length && outcome.reached < triesMax
  }
  for (const triesMax of depths(tried.length)) {
    const open = inOrder.filter((mutant) => isOpen(mutant, triesMax))
    await inLanes(jobs, open, async (next) => {
      for (let mutant = next(); mutant !== undefined && inTime(); mutant = next()) {
        const before = outcomes.get(mutant.name)
        const outcome = await tryMutant(mutant, tried, { before, triesMax, inTime, options })
        if (outcome === null) continue
        outcomes.set(mutant.name, outcome)
        save()
        if (outcome.seeds === tried.length || outcome.outcome === 'found') options.onOutcome(outcome)
      }
    })
  }
  signal.throwIfAborted()
  return state()
}

/**
 * How many of the seeds that come by its rule a mutant is tried with: most are found within a few. All are tried with those,
 * and then what is left with ever more.
 */
function depths(seeds: number): readonly number[] {
  const all: number[] = []
  for (let depth = 4; depth < seeds; depth *= 4) all.push(depth)
  return [...all, seeds]
}

/** Works through a list in so many lanes at once; each takes the next item when it has time. */
async function inLanes<T>(
  count: number,
  items: readonly T[],
  lane: (next: () => T | undefined) => Promise<void>,
): Promise<void> {
  const waiting = [...items]
  const lanes = Math.min(count, waiting.length)
  await Promise.all(Array.from({ length: lanes }, () => lane(() => waiting.shift())))
}

/** From the first on without a gap: a seed that is not known of yet ends it. */
function seedsInOrder(
  controls: ReadonlyMap<number, Control>,
  first: number,
  count: number,
): readonly Control[] {
  const tried: Control[] = []
  for (let seed = first; seed < first + count; seed++) {
    const control = controls.get(seed)
    if (control === undefined) break
    tried.push(control)
  }
  return tried
}

const caseOf = (seed: number) => campaignCase(createRoots().rootOf(seed), 'model')

interface Attempt {
  /** What is known of the mutant. */
  readonly before: CampaignOutcome | undefined
  /** So many seeds that come by its rule are tried at most, those before included. */
  readonly triesMax: number
  readonly inTime: () => boolean
  readonly options: RunCampaignsOptions
}

/** Null when the time was up before anything was known. */
async function tryMutant(
  mutant: Mutant,
  controls: readonly Control[],
  { before, triesMax, inTime, options }: Attempt,
): Promise<CampaignOutcome | null> {
  const { code } = options.known
  const comesBy = ({ reached }: Control) => reached.includes(mutant.name)
  const outcome = (seeds: number, more: Partial<CampaignOutcome>): CampaignOutcome => ({
    ...{ mutant: mutant.name, outcome: 'not found', seeds, smallest: null, shrunk: false, error: null, code },
    reached: controls.slice(0, seeds).filter(comesBy).length,
    ...more,
  })
  const found = async (known: CampaignOutcome, failing: Case, foundMs: number): Promise<CampaignOutcome> => {
    if (known.shrunk || !options.shrinks) return { ...known, smallest: failing, code }
    const run = (smaller: Case) => trials.run(smaller)
    const smallest = await shrinkCase(failing, run, { runsMax: shrinkRunsMax, foundMs })
    return { ...known, smallest, shrunk: true, code }
  }
  const trials = (options.trialsOf ?? createTrials)(mutant.name, options.signal)
  const from = before?.outcome === 'not found' ? before.seeds : 0
  let seeds = from
  try {
    if (before?.outcome === 'found' && before.smallest !== null) {
      const { violation, virtualMs } = await trials.run(before.smallest)
      if (violation !== null)
        return await found(before, { ...before.smallest, violates: violation }, virtualMs)
    }
    let tries = controls.slice(0, from).filter(comesBy).length
    for (; seeds < controls.length; seeds++) {
      const control = controls[seeds]!
      if (!comesBy(control)) continue
      if (tries++ >= triesMax) break
      if (control.violates !== null) continue
      if (!inTime()) return seeds === from ? null : outcome(seeds, {})
      const one = caseOf(control.seed)
      const { violation, virtualMs } = await trials.run(one)
      if (violation === null) continue
      const failing: Case = { ...one, violates: violation, mutant: mutant.name }
      return await found(outcome(seeds + 1, { outcome: 'found' }), failing, virtualMs)
    }
    return outcome(seeds, {})
  } catch (error) {
    options.signal.throwIfAborted()
    const said = error instanceof Error ? error.message : String(error)
    return outcome(seeds, { outcome: 'error', error: said.slice(0, 4_000) })
  } finally {
    await trials.close()
  }
}
