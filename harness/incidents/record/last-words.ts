import type { WorldEvent } from '../../events/event.ts'

/** L1 blocks that are kept whole: the heads of the kept half stand on them. */
const l1BlocksKept = 256

/** Of everything that moves its last place, in the order of the stream. */
export function lastWords(events: readonly WorldEvent[]): readonly WorldEvent[] {
  const last = new Map<string, WorldEvent>()
  for (const event of events) last.set(subjectOf(event), event)
  const l1 = events.filter(({ kind }) => kind === 'l1-block' || kind === 'l1-reorg').slice(-l1BlocksKept)
  last.delete('')
  return [...last.values(), ...l1].sort((a, b) => a.seq - b.seq)
}

function subjectOf(event: WorldEvent): string {
  switch (event.kind) {
    case 'head':
      return `head ${event.node} ${event.level}`
    case 'peer':
      return `peer ${event.node} ${event.peer}`
    case 'l1-labels':
      return event.kind
    case 'rpc':
      return `rpc ${event.link} ${event.methods.join()}`
    default:
      return ''
  }
}
