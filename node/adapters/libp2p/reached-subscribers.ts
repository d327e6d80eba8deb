/** What of gossipsub its public type leaves out. */
interface Internals {
  /** By peer, what goes to it. */
  readonly streamsOutbound: ReadonlyMap<string, unknown>
  /** Called with a peer as soon as its stream is open. */
  sendSubscriptions(toPeer: string, ...rest: unknown[]): void
}

interface Pubsub {
  getSubscribers(topic: string): readonly { toString(): string }[]
}

/**
 * Who a publication reaches. A peer's subscription may be heard before our own stream to it is open, and gossipsub drops
 * what is published until then.
 * @param onReached called with a peer when its stream has opened.
 * @throws Error when a new version of the library no longer has what this needs.
 */
export function reachedSubscribers(
  pubsub: Pubsub,
  onReached: (peerId: string) => void,
): (topic: string) => readonly string[] {
  if (!hasInternals(pubsub))
    throw new Error(
      'expected gossipsub to have streamsOutbound and sendSubscriptions: it is another version than package.json pins',
    )
  const { streamsOutbound, sendSubscriptions } = pubsub
  Object.assign(pubsub, {
    sendSubscriptions(toPeer: string, ...rest: unknown[]) {
      sendSubscriptions.call(pubsub, toPeer, ...rest)
      onReached(toPeer)
    },
  })
  return (topic) =>
    pubsub
      .getSubscribers(topic)
      .map(String)
      .filter((peer) => streamsOutbound.has(peer))
}

function hasInternals(pubsub: Pubsub): pubsub is Pubsub & Internals {
  return (
    'streamsOutbound' in pubsub &&
    pubsub.streamsOutbound instanceof Map &&
    'sendSubscriptions' in pubsub &&
    typeof pubsub.sendSubscriptions === 'function'
  )
}
