import type { Address, Hash, Hex } from 'viem'
import type { L2BlockRef } from './refs.ts'

/** EIP-4895 withdrawal; always an empty list on an OP Stack chain. */
export interface Withdrawal {
  readonly index: bigint
  readonly validatorIndex: bigint
  readonly address: Address
  /** Gwei. */
  readonly amount: bigint
}

/**
 * An execution payload of any version; later fields are absent before their fork.
 * Source: execution-apis `ExecutionPayloadV1..V3`, and specs/protocol/isthmus/exec-engine.md for `withdrawalsRoot`.
 */
export interface ExecutionPayload {
  readonly parentHash: Hash
  readonly feeRecipient: Address
  readonly stateRoot: Hash
  readonly receiptsRoot: Hash
  readonly logsBloom: Hex
  readonly prevRandao: Hash
  readonly blockNumber: bigint
  readonly gasLimit: bigint
  readonly gasUsed: bigint
  readonly timestamp: bigint
  readonly extraData: Hex
  readonly baseFeePerGas: bigint
  readonly blockHash: Hash
  /** EIP-2718 encodings, deposits first. */
  readonly transactions: readonly Hex[]
  /** Canyon. */
  readonly withdrawals?: readonly Withdrawal[]
  /** Ecotone. */
  readonly blobGasUsed?: bigint
  /** Ecotone. */
  readonly excessBlobGas?: bigint
  /** Isthmus: storage root of the L2ToL1MessagePasser. */
  readonly withdrawalsRoot?: Hash
}

/** A payload with the field of the header that the payload itself does not carry. */
export interface PayloadEnvelope {
  readonly payload: ExecutionPayload
  /** Ecotone. */
  readonly parentBeaconBlockRoot?: Hash
}

/** OP Stack payload attributes. Source: specs/protocol/exec-engine.md, "Extended PayloadAttributesV1..V3". */
export interface PayloadAttributes {
  readonly timestamp: bigint
  readonly prevRandao: Hash
  readonly suggestedFeeRecipient: Address
  /** Canyon: always empty. */
  readonly withdrawals?: readonly Withdrawal[]
  /** Ecotone. */
  readonly parentBeaconBlockRoot?: Hash
  /** EIP-2718 encodings that the block must start with. */
  readonly transactions: readonly Hex[]
  /** True: nothing from the transaction pool. */
  readonly noTxPool: boolean
  readonly gasLimit: bigint
  /** Holocene: 8 bytes, denominator ‖ elasticity. */
  readonly eip1559Params?: Hex
  /** Jovian: wei. */
  readonly minBaseFee?: bigint
}

/** Attributes and the block they build on. */
export interface AttributesWithParent {
  readonly attributes: PayloadAttributes
  readonly parent: L2BlockRef
  /** The L1 block that the attributes were derived from; absent for a sequencer's own block. */
  readonly derivedFrom?: import('./refs.ts').L1BlockRef
  /** True for the last block of a span batch and for every other derived block that ends its batch. */
  readonly isLastInSpan: boolean
}

export interface ForkchoiceState {
  readonly headBlockHash: Hash
  readonly safeBlockHash: Hash
  readonly finalizedBlockHash: Hash
}

export interface PayloadStatus {
  readonly status: 'VALID' | 'INVALID' | 'SYNCING' | 'ACCEPTED' | 'INVALID_BLOCK_HASH'
  readonly latestValidHash: Hash | null
  readonly validationError: string | null
}

export interface ForkchoiceUpdatedResult {
  readonly payloadStatus: PayloadStatus
  readonly payloadId: Hex | null
}
