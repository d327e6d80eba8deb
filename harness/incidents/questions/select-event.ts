import { type HeadLevel, headLevels, type WorldEvent } from '../../events/event.ts'
import { isZeroHash } from '../../report/model/chains.ts'

/** Finds one event of a stream: what it is, and which of its kind. */
export interface EventSelector {
  /** Whether this is it. Every event of the stream must be given, in its order. */
  is(event: WorldEvent): boolean
  /** How many of the kind there were so far. */
  readonly count: number
}

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
