/** The peers that the operator refuses. */
export interface PeerGate {
  block(peerId: string): void
  unblock(peerId: string): void
  isBlocked(peerId: string): boolean
  list(): readonly string[]
}

const blockedMax = 10_000

export function createPeerGate(): PeerGate {
  const blocked = new Set<string>()
  return {
    block(peerId) {
      if (blocked.size >= blockedMax && !blocked.has(peerId))
        throw new Error(`expected at most ${blockedMax} blocked peers; unblock some first`)
      blocked.add(peerId)
    },
    unblock: (peerId) => {
      blocked.delete(peerId)
    },
    isBlocked: (peerId) => blocked.has(peerId),
    list: () => [...blocked].sort(),
  }
}
