import type { Address, Hash } from 'viem'

/** What the EVM sees of the block around it. */
export interface BlockEnvironment {
  readonly number: bigint
  /** Seconds. */
  readonly timestamp: bigint
  readonly feeRecipient: Address
  readonly gasLimit: bigint
  /** Wei. */
  readonly baseFeePerGas: bigint
  readonly prevRandao: Hash
  /** What BLOBBASEFEE gives, in wei. Default: 1 (exec-engine.md, "Ecotone: disable Blob-transactions"). */
  readonly blobBaseFee?: bigint
}
