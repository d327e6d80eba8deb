import type { WorldEvent } from '../../events/event.ts'
import type { BlockRef } from '../../report/model/chains.ts'
import { shortBlock } from '../../report/model/message.ts'

const textMax = 160

/** An event in one line, for people; of a head with what it was before, where that is known. */
export function eventText(event: WorldEvent, from: BlockRef | null = null): string {
  const before = from === null ? '' : `, ${wayOf(event, from)} ${shortBlock(from)}`
  return `${textOf(event)}${before}`.replaceAll(/\s+/g, ' ').slice(0, textMax)
}

function wayOf(event: WorldEvent, from: BlockRef): string {
  if (event.kind !== 'head' || event.block.number > from.number) return 'up from'
  return event.block.number < from.number ? 'back from' : 'in place of'
}

function textOf(event: WorldEvent): string {
  switch (event.kind) {
    case 'head': {
      const origin = event.origin === undefined ? '' : ` (origin ${shortBlock(event.origin)})`
      return `${event.node} publishes ${event.level} ${shortBlock(event.block)}${origin}`
    }
    case 'l1-block':
      return `L1 block ${shortBlock(event.block)}`
    case 'l1-reorg':
      return `L1 replaces ${event.orphaned.map(shortBlock).join(' ')} by ${event.replaced.map(shortBlock).join(' ')}`
    case 'source': {
      const { heads } = event
      if (heads === undefined) return `${event.source} does not answer ${event.follower} (${event.outcome})`
      const { unsafe, localSafe, crossSafe, finalized, currentL1 } = heads
      return `${event.source} tells ${event.follower}: unsafe ${shortBlock(unsafe)} local-safe ${shortBlock(localSafe)} safe ${shortBlock(crossSafe)} finalized ${shortBlock(finalized)} currentL1 ${shortBlock(currentL1)}`
    }
    case 'engine': {
      const named =
        event.heads === undefined
          ? event.block === undefined
            ? ''
            : ` ${shortBlock(event.block)}`
          : ` unsafe ${event.heads.unsafe.slice(0, 10)} safe ${event.heads.safe.slice(0, 10)} finalized ${event.heads.finalized.slice(0, 10)}`
      return `${event.link} ${event.method}${named}: ${event.status ?? event.outcome}`
    }
    case 'rpc':
      return `${event.link} ${event.methods.join(', ') || 'no call'}: ${event.outcome}`
    case 'gossip':
      return `${event.node} ${event.action}s${event.block === undefined ? '' : ` ${shortBlock(event.block)}`}${event.reason === undefined ? '' : `: ${event.reason}`}`
    case 'log':
      return `${event.component} logs (${event.level}): ${event.message}`
    case 'note':
      return `${event.component}: ${event.message}`
    case 'reach':
      return `${event.node ?? 'the run'} reaches: ${event.mark}`
    case 'component':
      return `${event.component}: ${event.action}${event.reason === undefined ? '' : ` (${event.reason})`}`
    case 'fault':
      return `fault ${event.fault} on ${event.point}: ${event.action}`
    case 'invariant':
      return `${event.node} ${event.outcome} ${event.invariant}${event.message === undefined ? '' : `: ${event.message}`}`
    case 'gap':
      return `${event.component} was not heard of: ${event.reason}`
    case 'peer':
      return `${event.node} ${event.connected ? 'is connected to' : 'has lost'} ${event.peer}`
    default:
      return event.kind
  }
}
