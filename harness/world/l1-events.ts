import type { BlockId } from '../../node/protocol/refs.ts'
import type { EventStream } from '../events/stream.ts'
import type { L1Event } from '../l1/controller.ts'

/** Records what happened on L1. */
export function recordL1Event(events: EventStream, event: L1Event): void {
  const block = (ref: BlockId) => ({ number: Number(ref.number), hash: ref.hash })
  switch (event.kind) {
    case 'l1-block':
      events.record({
        kind: 'l1-block',
        block: block(event.block),
        timestamp: Number(event.block.timestamp),
        fork: event.fork,
      })
      break
    case 'l1-reorg':
      events.record({
        kind: 'l1-reorg',
        orphaned: event.orphaned.map(block),
        replaced: event.replaced.map(block),
      })
      break
    case 'l1-labels':
      events.record({
        kind: 'l1-labels',
        safe: Number(event.safe),
        finalized: Number(event.finalized),
      })
      break
    case 'l1-production':
      events.record({ kind: 'l1-production', on: event.on })
      break
    case 'l1-error':
      events.record({ kind: 'note', component: 'l1', message: event.message })
      break
  }
}
