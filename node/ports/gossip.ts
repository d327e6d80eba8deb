import type { Address } from 'viem'
import type { PayloadEnvelope } from '../protocol/payload.ts'

/** Whose signature makes an unsafe block of this chain acceptable. */
export interface BlockSigners {
  /** Null when L1 names none (any more). */
  readonly current: Address | null
  /** Who was it before the last rotation, and is heard until then (Unix milliseconds); null without one. */
  readonly previous: { readonly address: Address; readonly untilMs: number } | null
}

/**
 * The gossip of blocks. Payloads that reach `onPayload` passed every gossip rule (specs/protocol/rollup-node-p2p.md).
 */
export interface Gossip {
  /**
   * Signs and publishes, or withholds a block that every peer would have to refuse for its age (rollup-node-p2p.md, "Block
   * validation"). Throws when no signing key is configured.
   */
  publish(envelope: PayloadEnvelope): Promise<'published' | 'withheld'>
  /**
   * Who must have signed the blocks of this chain, as L1 says. Called at start and after every change; until the first
   * call no signer is known. `p2p.unsafeBlockSigner` of the configuration, when set, wins over it.
   */
  setBlockSigners(signers: BlockSigners): void
  /** The one consumer of valid unsafe payloads. */
  onPayload(handler: (envelope: PayloadEnvelope, peerId: string) => void): void
}
