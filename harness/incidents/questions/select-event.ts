import { type HeadLevel, headLevels, type WorldEvent } from '../../events/event.ts'
import { isZeroHash } from '../../report/model/chains.ts'

/** Finds one event of a stream: what it is, and which of its kind. */
export interface EventSelector {
  /** Whether this is it. Every event of the stream must be given, in its order. */
  is(event: WorldEvent): boolean
  /** How many of the kind there were so far. */
  readonly count: number
}

const startMark = 'reset at start'

/** Everything that `--event` may name before `#N`. */
export const eventNames: readonly string[] = ['reset', 'back', 'violation', 'mark', ...headLevels]

/** `reset#3`, `localSafe#5`, `back` (the first), or the number of the event in the stream. Null for anything else. */
export function selectEvent(node: string, text: string): EventSelector | null {
  const [, name = '', which = '1'] = /^([A-Za-z]+)(?:#(\d{1,9}))?$/.exec(text) ?? []
  const matches = /^\d{1,12}$/.test(text)
    ? (event: WorldEvent) => event.seq === Number(text)
    : matcher(name, node)
  const wanted = Number(which)
  if (matches === null || wanted < 1) return null
  let count = 0
  return {
    is: (event) => matches(event) && ++count === wanted,
    get count() {
      return count
    },
  }
}

function matcher(name: string, node: string): ((event: WorldEvent) => boolean) | null {
  switch (name) {
    case 'reset':
      return (event) => event.kind === 'reach' && event.node === node && event.mark.startsWith('reset ')
    case 'mark':
      return (event) => event.kind === 'reach' && event.node === node
    case 'violation':
      return (event) => event.kind === 'invariant' && event.node === node && event.outcome === 'violated'
    case 'back':
      return goesBack(node)
    default:
      return headLevels.includes(name as HeadLevel)
        ? (event) => event.kind === 'head' && event.node === node && event.level === name
        : null
  }
}

/** How often there is each of `eventNames` of a node, and which reset is the first that is none of a start. */
export interface EventSurvey {
  readonly counts: ReadonlyMap<string, number>
  readonly resetAfterStart: number | null
}

/** Counts what may be asked for. Every event of the stream must be given, in its order. */
export function surveyEvents(node: string): { add(event: WorldEvent): void; survey(): EventSurvey } {
  const kinds = eventNames.map((name) => ({ name, is: matcher(name, node), count: 0 }))
  let resetAfterStart: number | null = null
  return {
    add(event) {
      for (const kind of kinds) {
        if (kind.is?.(event) !== true) continue
        kind.count++
        if (kind.name === 'reset' && event.kind === 'reach' && event.mark !== startMark)
          resetAfterStart ??= kind.count
      }
    },
    survey: () => ({
      counts: new Map(kinds.flatMap(({ name, count }) => (count === 0 ? [] : [[name, count] as const]))),
      resetAfterStart,
    }),
  }
}

/** What most want to know: the first head that went back, a reset that no start is the reason of, a violation. Null: none. */
export function defaultEvent({ counts, resetAfterStart }: EventSurvey): string | null {
  if (counts.has('back')) return 'back#1'
  if (resetAfterStart !== null) return `reset#${resetAfterStart}`
  const name = ['violation', 'reset', 'mark', ...headLevels].find((one) => counts.has(one))
  return name === undefined ? null : `${name}#1`
}

/** A head of the node that is lower than the one before, or another at the same height. */
function goesBack(node: string): (event: WorldEvent) => boolean {
  const heights = new Map<HeadLevel, number>()
  return (event) => {
    if (event.kind !== 'head' || event.node !== node || isZeroHash(event.block.hash)) return false
    const before = heights.get(event.level) ?? -1
    heights.set(event.level, event.block.number)
    return event.block.number <= before
  }
}
