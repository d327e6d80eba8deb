import { formatRef } from '../../node/protocol/refs.ts'
import type { BatcherEvent } from '../batcher/batcher-event.ts'
import type { EventStream } from '../events/stream.ts'

/** Records what the batcher did. */
export function recordBatcherEvent(events: EventStream, event: BatcherEvent): void {
  events.record({ kind: 'note', component: 'batcher', message: describe(event) })
}

function describe(event: BatcherEvent): string {
  switch (event.kind) {
    case 'restart':
      return `starts again after ${formatRef(event.base)}: ${event.reason}`
    case 'channel':
      return `channel ${event.id}: blocks ${event.first.number} to ${event.last.number}, ${event.frames} frames, ${event.bytes} bytes`
    case 'transaction':
      return `transaction ${event.hash} for channel ${event.channelId}, ${event.bytes} bytes in ${event.as}`
    case 'error':
      return event.message
  }
}
