import type { Address } from 'viem'
import type { PayloadEnvelope } from '../protocol/payload.ts'

/**
 * The gossip of blocks. Payloads that reach `onPayload` passed every gossip rule (specs/protocol/rollup-node-p2p.md).
 */
export interface Gossip {
  /** Signs and publishes. Throws when no signing key is configured. */
  publish(envelope: PayloadEnvelope): Promise<void>
  /**
   * Who must have signed the blocks of this chain, as L1 says. Called at start and after every change; until the first
   * call no signer is known, and null says that L1 names none (any more). `p2p.unsafeBlockSigner` of the configuration,
   * when set, wins over it.
   */
  setUnsafeBlockSigner(address: Address | null): void
  /** The one consumer of valid unsafe payloads. */
  onPayload(handler: (envelope: PayloadEnvelope, peerId: string) => void): void
}
