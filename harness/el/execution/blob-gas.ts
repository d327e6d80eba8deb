import { blobBaseFee } from '../../../node/protocol/blob-base-fee.ts'
import type { BlockHeader } from '../chain/header.ts'

/** What a chain with blob transactions says of blobs. */
export interface BlobLimits {
  /** Blobs of a block at which their price stays. */
  readonly target: bigint
  /** Blobs of a block at most. */
  readonly max: bigint
  /** BLOB_BASE_FEE_UPDATE_FRACTION. */
  readonly updateFraction: bigint
}

/** EIP-4844, GAS_PER_BLOB. */
export const gasPerBlob = 131_072n

/** Of the block after `parent`. Source: EIP-4844, `calc_excess_blob_gas`. */
export function nextExcessBlobGas(
  { target }: BlobLimits,
  { excessBlobGas = 0n, blobGasUsed = 0n }: Pick<BlockHeader, 'excessBlobGas' | 'blobGasUsed'>,
): bigint {
  const excess = excessBlobGas + blobGasUsed - target * gasPerBlob
  return excess > 0n ? excess : 0n
}

/** Wei per blob gas in a block with that excess; on a chain without blobs it is always the least. */
export function blobPrice(limits: BlobLimits | undefined, excessBlobGas: bigint | undefined): bigint {
  return limits === undefined ? 1n : blobBaseFee(excessBlobGas, limits.updateFraction)
}
