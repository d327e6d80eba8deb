import type { Address } from 'viem'
import type { PayloadEnvelope } from '../protocol/payload.ts'

/** `opp2p_peers` entry, in op-node's JSON shape (see `../shared/reference/opnode-follow-mode.md`, 5.3). */
export type PeerInfo = Readonly<Record<string, unknown>>

/**
 * The p2p network. Payloads that reach `onPayload` passed every gossip rule (specs/protocol/rollup-node-p2p.md).
 */
export interface Gossip {
  /** Signs and publishes. Throws when no signing key is configured. */
  publish(envelope: PayloadEnvelope): Promise<void>
  /**
   * Who must have signed the blocks of this chain, as L1 says. Called at start and after every change; until the first
   * call no signer is known. `p2p.unsafeBlockSigner` of the configuration, when set, wins over it.
   */
  setUnsafeBlockSigner(address: Address): void
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
