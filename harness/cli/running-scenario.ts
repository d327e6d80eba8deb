import { join } from 'node:path'
import type { ProgressTold } from '../dsl/progress-feed.ts'
import { followTimeline } from '../events/reader.ts'
import { createProgress, headsTable, type Progress, seconds } from '../report/progress.ts'

/** A scenario that runs, as its timeline tells. */
export interface RunningScenario {
  readonly name: string
  readonly progress: Progress
  readonly runDirectory: string | null
  /** Under which of several seeds it runs; null when there is one run. */
  readonly seed: string | null
  /** From here on the timeline in this directory is read. */
  follow(runDirectory: string): void
  /** Takes in what the run itself tells, which then counts for its timeline. */
  take(told: ProgressTold): void
  /** Reads what is new; resolves with the milestones. */
  catchUp(): Promise<readonly string[]>
  elapsedMs(): number
}

export function createRunningScenario(name: string, nowMs: () => number): RunningScenario {
  const startedMs = nowMs()
  const progress = createProgress()
  let runDirectory: string | null = null
  let timeline: ReturnType<typeof followTimeline> | null = null
  let reading = false
  let seed: string | null = null
  const milestones: string[] = []
  let isTold = false
  return {
    name,
    progress,
    get runDirectory() {
      return runDirectory
    },
    follow(directory) {
      runDirectory = directory
      if (isTold) return
      timeline = followTimeline(join(directory, 'timeline.ndjson'))
    },
    get seed() {
      return seed
    },
    take(told) {
      isTold = true
      timeline = null
      seed = told.seed ?? null
      const news = told.events.flatMap((event) => progress.add(event) ?? [])
      // Those of a hundred seeds say nothing.
      if (seed === null) milestones.push(...news)
    },
    async catchUp() {
      if (isTold) return milestones.splice(0)
      if (timeline === null || reading) return []
      reading = true
      try {
        return (await timeline.read()).flatMap((event) => progress.add(event) ?? [])
      } catch (error) {
        timeline = null
        // The view is an aid; the scenario itself decides the outcome.
        return [`its timeline cannot be shown: ${error instanceof Error ? error.message : error}`]
      } finally {
        reading = false
      }
    },
    elapsedMs: () => nowMs() - startedMs,
  }
}

/** The lines of a live view. */
export function viewOf(
  { name, progress, elapsedMs, seed }: RunningScenario,
  mark: string,
): readonly string[] {
  return [
    `${mark} ${name}  ${seconds(elapsedMs())}  ${under(seed)}${doing(progress)}`,
    ...progress.waits.slice(0, 4).map((what) => `    waits for ${what}`),
    ...progress.faults.map((fault) => `    fault on ${fault}`),
    ...(progress.heads.size === 0
      ? []
      : [
          `    L1 head ${progress.l1Head ?? '-'}`,
          ...headsTable(progress)
            .split('\n')
            .map((line) => `    ${line}`),
        ]),
  ]
}

/** One line that says how far it is, for output that is no terminal. */
export function progressLine({ name, progress, elapsedMs, seed }: RunningScenario): string {
  const [first, ...more] = progress.waits
  const heads = [...progress.heads].map(
    ([node, levels]) => `${node} ${levels.get('unsafe') ?? '-'}/${levels.get('localSafe') ?? '-'}`,
  )
  return [
    `  ${name}: after ${Math.round(elapsedMs() / 1000)} s: ${under(seed)}${doing(progress)}`,
    ...(first === undefined
      ? []
      : [`waits for ${first}${more.length === 0 ? '' : ` and ${more.length} more`}`]),
    ...(heads.length === 0 ? [] : [`unsafe/localSafe ${heads.join(', ')}; L1 ${progress.l1Head ?? '-'}`]),
  ].join('; ')
}

const under = (seed: string | null) => (seed === null ? '' : `seed ${seed}: `)

function doing(progress: Progress): string {
  return !progress.booted && progress.step === null ? 'boots' : (progress.step ?? 'runs')
}
