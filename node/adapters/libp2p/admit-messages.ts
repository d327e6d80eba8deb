import type { Turn } from '../../concurrency/turns.ts'
import type { GossipTransportSettings } from '../../ports/gossip-transport.ts'

/** That wait for their turn: more of one peer are dropped, and what is beyond the bytes of a peer that has some waiting. */
const waitingMax = { messagesOfPeer: 64, bytes: 32 * 1024 * 1024 }

interface Message {
  readonly topic: string
  readonly data?: Uint8Array
}

/**
 * Asks for every message before gossipsub makes its id: what the library calls a validator comes after, when the message
 * has been decompressed, and its hooks before are not told who sent it. A packet has room for hundreds of messages,
 * whose signers take longer to find than the event loop may be kept: each waits for its turn.
 * @throws Error when a new version of the library no longer has the method.
 */
export function admitMessages(
  pubsub: object,
  admits: NonNullable<GossipTransportSettings['admits']>,
  turn: Turn,
): void {
  const handle = 'handleReceivedMessage' in pubsub ? pubsub.handleReceivedMessage : undefined
  if (typeof handle !== 'function')
    throw new Error(
      'expected gossipsub to have handleReceivedMessage: it is another version than package.json pins',
    )
  const waitingOf = new Map<string, number>()
  let waitingBytes = 0
  Object.assign(pubsub, {
    async handleReceivedMessage(from: unknown, message: Message) {
      const peer = String(from)
      const data = message.data ?? new Uint8Array()
      const waiting = waitingOf.get(peer) ?? 0
      const isTooMuch = waiting >= waitingMax.messagesOfPeer || waitingBytes + data.length > waitingMax.bytes
      if (waiting > 0 && isTooMuch) return
      waitingOf.set(peer, waiting + 1)
      waitingBytes += data.length
      await turn()
      waitingBytes -= data.length
      const left = (waitingOf.get(peer) ?? 1) - 1
      if (left > 0) waitingOf.set(peer, left)
      else waitingOf.delete(peer)
      if (admits(message.topic, data, peer)) await handle.call(pubsub, from, message)
    },
  })
}
