import { join } from 'node:path'
import { followTimeline } from '../events/reader.ts'
import { createProgress, headsTable, type Progress, seconds } from '../report/progress.ts'

/** A scenario that runs, as its timeline tells. */
export interface RunningScenario {
  readonly name: string
  readonly progress: Progress
  readonly runDirectory: string | null
  /** From here on the timeline in this directory is read. */
  follow(runDirectory: string): void
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
  return {
    name,
    progress,
    get runDirectory() {
      return runDirectory
    },
    follow(directory) {
      runDirectory = directory
      timeline = followTimeline(join(directory, 'timeline.ndjson'))
    },
    async catchUp() {
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
export function viewOf({ name, progress, elapsedMs }: RunningScenario, mark: string): readonly string[] {
  return [
    `${mark} ${name}  ${seconds(elapsedMs())}  ${doing(progress)}`,
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
export function progressLine({ name, progress, elapsedMs }: RunningScenario): string {
  const [first, ...more] = progress.waits
  const heads = [...progress.heads].map(
    ([node, levels]) => `${node} ${levels.get('unsafe') ?? '-'}/${levels.get('localSafe') ?? '-'}`,
  )
  return [
    `  ${name}: after ${Math.round(elapsedMs() / 1000)} s: ${doing(progress)}`,
    ...(first === undefined
      ? []
      : [`waits for ${first}${more.length === 0 ? '' : ` and ${more.length} more`}`]),
    ...(heads.length === 0 ? [] : [`unsafe/localSafe ${heads.join(', ')}; L1 ${progress.l1Head ?? '-'}`]),
  ].join('; ')
}

function doing(progress: Progress): string {
  return !progress.booted && progress.step === null ? 'boots' : (progress.step ?? 'runs')
}
