import type { Libp2pHost } from './libp2p-host.ts'

/**
 * Forgets what peers said of themselves when they go, except of those that the operator named. The library keeps it for
 * six hours and looks at its age only when the peer comes back, and an identity costs an attacker nothing: one that comes
 * with another each time would fill the memory, eight kilobytes at a time.
 */
export function forgetPeers(host: Libp2pHost): void {
  const forget = async (peer: Parameters<Libp2pHost['peerStore']['get']>[0]) => {
    const known = await host.peerStore.get(peer).catch(() => null)
    if (known === null || known.tags.size > 0) return
    // A host that has stopped has nothing to forget.
    if (host.getConnections(peer).length === 0) await host.peerStore.delete(peer).catch(() => {})
  }
  host.addEventListener('peer:disconnect', ({ detail }) => void forget(detail))
  // What it said may be written after it has gone.
  host.addEventListener('peer:identify', ({ detail }) => {
    if (host.getConnections(detail.peerId).length === 0) void forget(detail.peerId)
  })
}
