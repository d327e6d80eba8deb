import type { ForkName, ForkSchedule } from '../../node/config/forks.ts'
import type { UpgradeBundle } from '../../node/protocol/upgrade-bundle.ts'

/** What a topology decides about its two chains. Times are in seconds, distances and windows in blocks. */
export interface ChainParameters {
  readonly l1ChainId: number
  readonly l2ChainId: number
  readonly l1BlockTime: number
  readonly l2BlockTime: number
  /** L1 `safe` is this many blocks behind the head. */
  readonly l1SafeDistance: number
  /** L1 `finalized` is this many blocks behind `safe`. */
  readonly l1FinalizedDistance: number
  readonly seqWindowSize: number
  readonly maxSequencerDrift: number
  /** Bedrock's channel timeout; from Granite on the protocol's constant of 50 holds. */
  readonly channelTimeout: number
  /** L2 gas limit at genesis. */
  readonly gasLimit: number
  /** How long before the boot both chains began; L1 has the genesis block alone until it mines. Default 0. */
  readonly genesisAge?: number
  /** Activation times relative to the L2 genesis time: 0n is "at genesis". */
  readonly forks: ForkSchedule
  /**
   * Upgrade bundles, or the paths of their files in the format that op-node and kona read. Each fork with upgrade
   * transactions that activates after genesis needs one, and the protocol's own if a real client shall cross it.
   */
  readonly upgrades?: { readonly [fork in ForkName]?: string | UpgradeBundle }
}
