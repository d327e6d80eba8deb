import { type HeadLevel, headLevels, type WorldEvent } from '../events/event.ts'
import { formatTable } from './table.ts'

/** What a run's timeline has told so far, for a live view. */
export interface Progress {
  readonly booted: boolean
  /** The innermost step that runs. */
  readonly step: string | null
  /** What the scenario waits for. */
  readonly waits: readonly string[]
  /** Numbers by node and level. */
  readonly heads: ReadonlyMap<string, ReadonlyMap<HeadLevel, number>>
  readonly l1Head: number | null
  readonly faults: readonly string[]
  /** The marks that somebody reached, in the order in which that happened. */
  readonly reached: ReadonlySet<string>
}

/** Builds up the progress of one run, event by event. */
export interface ProgressReader extends Progress {
  /** Takes the event in; returns a line when it is a milestone. */
  add(event: WorldEvent): string | null
}

export function createProgress(): ProgressReader {
  const steps: string[] = []
  const waits = new Map<number, string>()
  const heads = new Map<string, Map<HeadLevel, number>>()
  const faults = new Map<string, string>()
  const reached = new Set<string>()
  let booted = false
  let l1Head: number | null = null

  function add(event: WorldEvent): string | null {
    switch (event.kind) {
      case 'run':
        // The next of several under one name: what is left of the one before is over. What was reached counts for all.
        for (const part of [waits, heads, faults]) part.clear()
        steps.length = 0
        booted = false
        l1Head = null
        return null
      case 'booted':
        booted = true
        return `booted (${seconds(event.durationMs)})`
      case 'head': {
        const levels = heads.get(event.node) ?? new Map<HeadLevel, number>()
        heads.set(event.node, levels.set(event.level, event.block.number))
        return null
      }
      case 'l1-block':
        l1Head = event.block.number
        return null
      case 'l1-reorg':
        return `L1 reorg: ${event.orphaned.length} blocks from ${event.orphaned[0]?.number} replaced by ${event.replaced.length}`
      case 'step':
        if (event.action === 'start') steps.push(event.step)
        else steps.splice(steps.lastIndexOf(event.step), 1)
        return event.action === 'start'
          ? null
          : `${event.action === 'end' ? '' : 'failed: '}${event.step} (${seconds(event.durationMs)})`
      case 'wait':
        if (event.action === 'start') waits.set(event.id, event.what)
        else waits.delete(event.id)
        return null
      case 'fault': {
        const key = `${event.point} ${event.id}`
        if (event.action === 'install') faults.set(key, `${event.point}: ${event.fault}`)
        if (event.action === 'remove') faults.delete(key)
        // A fault may hit with every message: the first says that it works, its end how often.
        if (event.action === 'hit' && event.hits !== 1) return null
        const what = { install: 'installed', hit: 'hits', remove: `removed after ${event.hits} hits` }
        return `fault ${event.fault} on ${event.point} ${what[event.action]}`
      }
      case 'invariant':
        if (event.outcome === 'checked') return null
        return `invariant ${event.invariant} violated: ${event.node}: ${event.message}`
      case 'component':
        return event.action === 'await'
          ? `waits for ${event.component} at ${event.url}: start it by ${event.reason}`
          : null
      case 'reach':
        reached.add(event.mark)
        return null
      default:
        return null
    }
  }
  return {
    add,
    heads,
    reached,
    get booted() {
      return booted
    },
    get step() {
      return steps.at(-1) ?? null
    },
    get waits() {
      return [...waits.values()]
    },
    get l1Head() {
      return l1Head
    },
    get faults() {
      return [...faults.values()]
    },
  }
}

/** One row per node, one column per head. */
export function headsTable(progress: Progress): string {
  return formatTable([
    ['node', ...headLevels],
    ...[...progress.heads].map(([node, levels]) => [
      node,
      ...headLevels.map((level) => String(levels.get(level) ?? '-')),
    ]),
  ])
}

/** `12.3 s`; nothing when it is not known. */
export function seconds(ms: number | undefined): string {
  return ms === undefined ? '' : `${(ms / 1000).toFixed(1)} s`
}
