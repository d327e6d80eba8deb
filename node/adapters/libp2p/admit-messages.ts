import type { Turn } from '../../concurrency/turns.ts'
import type { GossipTransportSettings } from '../../ports/gossip-transport.ts'

/** That wait or are worked on: more of one peer are dropped, and what is beyond the bytes of a peer that has some waiting. */
const waitingMax = { messagesOfPeer: 64, bytes: 32 * 1024 * 1024 }

const noBytes = new Uint8Array()

interface Message {
  readonly topic: string
  readonly data?: Uint8Array
  /** Blocks go without: the library refuses a message that has one. */
  readonly signature?: Uint8Array
  readonly seqno?: Uint8Array
  readonly key?: Uint8Array
}

/**
 * Asks for every message before gossipsub makes its id: what the library calls a validator comes after, when the message
 * has been decompressed, and its hooks before are not told who sent it. A packet has room for hundreds of messages,
 * whose signers take longer to find than the event loop may be kept: they are worked on one by one, each step when it
 * has its turn.
 * @throws Error when a new version of the library no longer has the method.
 */
export function admitMessages(
  pubsub: object,
  {
    admits = () => true,
    prepare,
    onDropped,
  }: Pick<GossipTransportSettings, 'admits' | 'prepare' | 'onDropped'>,
  turn: Turn,
): void {
  const handle = 'handleReceivedMessage' in pubsub ? pubsub.handleReceivedMessage : undefined
  if (typeof handle !== 'function')
    throw new Error(
      'expected gossipsub to have handleReceivedMessage: it is another version than package.json pins',
    )
  const waitingOf = new Map<string, number>()
  let waitingBytes = 0
  let last: Promise<unknown> = Promise.resolve()

  const work = async (from: unknown, message: Message): Promise<void> => {
    const data = message.data ?? noBytes
    await turn()
    const isSigned = (message.signature ?? message.seqno ?? message.key) !== undefined
    if (isSigned) return onDropped?.('signed', String(from), data.length)
    if (!admits(message.topic, data, String(from))) return
    const steps = prepare?.(message.topic, data)
    while (steps?.next().done === false) await turn()
    // All that it waits for is our own judgement, so that the next turn sees the time which that took.
    await handle.call(pubsub, from, message)
  }

  Object.assign(pubsub, {
    async handleReceivedMessage(from: unknown, message: Message) {
      const peer = String(from)
      const bytes = message.data?.length ?? 0
      const waiting = waitingOf.get(peer) ?? 0
      const isTooMuch = waiting >= waitingMax.messagesOfPeer || waitingBytes + bytes > waitingMax.bytes
      if (waiting > 0 && isTooMuch) {
        onDropped?.('too_many_waiting', peer, bytes)
        return
      }
      waitingOf.set(peer, waiting + 1)
      waitingBytes += bytes
      const done = last.then(() => work(from, message))
      last = done.catch(() => {})
      try {
        await done
      } finally {
        waitingBytes -= bytes
        const left = (waitingOf.get(peer) ?? 1) - 1
        if (left > 0) waitingOf.set(peer, left)
        else waitingOf.delete(peer)
      }
    },
  })
}
