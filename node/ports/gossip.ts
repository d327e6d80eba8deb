import type { PayloadEnvelope } from '../protocol/payload.ts'

/** `opp2p_peers` entry, in op-node's JSON shape (see `../shared/reference/opnode-follow-mode.md`, 5.3). */
export type PeerInfo = Readonly<Record<string, unknown>>

/**
 * The p2p network. Payloads that reach `onPayload` passed every gossip rule (specs/protocol/rollup-node-p2p.md).
 */
export interface Gossip {
  /** Signs and publishes. Throws when no signing key is configured. */
  publish(envelope: PayloadEnvelope): Promise<void>
  /** The one consumer of valid unsafe payloads. */
  onPayload(handler: (envelope: PayloadEnvelope, peerId: string) => void): void
  self(): PeerInfo
  peers(connectedOnly: boolean): PeerInfo
  peerStats(): PeerInfo
  /** `multiaddr` with `/p2p/<id>`; resolves when the handshake and identify are done. */
  connectPeer(multiaddr: string): Promise<void>
  disconnectPeer(peerId: string): Promise<void>
  blockPeer(peerId: string): Promise<void>
  unblockPeer(peerId: string): Promise<void>
  listBlockedPeers(): readonly string[]
  stop(): Promise<void>
}
