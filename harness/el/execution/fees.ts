import { type ForkSchedule, isForkActive } from '../../../node/config/forks.ts'
import { fastLzLength } from './fastlz.ts'
import type { L1FeeReceipt } from './types.ts'

/** What the L1Block predeploy holds while a block executes. Prices in wei. */
export interface L1FeeState {
  /** Bedrock's values count: the fork is earlier than Ecotone, or this is its first block. */
  readonly bedrock: boolean
  readonly l1BaseFee: bigint
  readonly overhead: bigint
  readonly scalar: bigint
  readonly blobBaseFee: bigint
  readonly baseFeeScalar: bigint
  readonly blobBaseFeeScalar: bigint
  readonly operatorFeeScalar: bigint
  readonly operatorFeeConstant: bigint
}

/**
 * Reads what a fork's fees depend on, and nothing else: a witness holds only the slots that a client of that fork reads.
 * Slots and offsets of L1Block: the `l1-attributes.md` of each fork.
 * @param read The 32-byte word in a slot of L1Block.
 */
export async function readL1FeeState(
  forks: ForkSchedule,
  timestamp: bigint,
  read: (slot: bigint) => Promise<Uint8Array>,
): Promise<L1FeeState> {
  const empty = new Uint8Array(32)
  const slot = async (number: bigint, needed: boolean) => Buffer.from(needed ? await read(number) : empty)
  const ecotone = isForkActive(forks, 'ecotone', timestamp)
  const scalars = await slot(3n, ecotone)
  const blobBaseFee = uint(await slot(7n, ecotone))
  const packed = {
    baseFeeScalar: BigInt(scalars.readUInt32BE(16)),
    blobBaseFeeScalar: BigInt(scalars.readUInt32BE(20)),
  }
  // In the first Ecotone block L1Block still holds Bedrock's values, and Bedrock's formula holds.
  const bedrock = blobBaseFee === 0n && packed.baseFeeScalar === 0n && packed.blobBaseFeeScalar === 0n
  const operator = await slot(8n, isForkActive(forks, 'isthmus', timestamp))
  return {
    bedrock,
    l1BaseFee: uint(await slot(1n, true)),
    overhead: uint(await slot(5n, bedrock)),
    scalar: uint(await slot(6n, bedrock)),
    blobBaseFee,
    ...packed,
    operatorFeeScalar: BigInt(operator.readUInt32BE(20)),
    operatorFeeConstant: operator.readBigUInt64BE(24),
  }
}

function uint(word: Buffer): bigint {
  return BigInt(`0x${word.toString('hex')}`)
}

/** Estimated size of the compressed transaction, in millionths of a byte. Source: fjord/exec-engine.md. */
function estimatedSizeScaled(raw: Uint8Array): bigint {
  const estimate = 836_500n * BigInt(fastLzLength(raw)) - 42_585_600n
  return estimate > 100_000_000n ? estimate : 100_000_000n
}

/**
 * The L1 data fee of a transaction (never of a deposit), with the fields that its receipt shows.
 * Sources: exec-engine.md, "L1-Cost fees (L1 Fee Vault)"; ecotone/l1-attributes.md; fjord/exec-engine.md.
 */
export function l1Fee(
  forks: ForkSchedule,
  timestamp: bigint,
  state: L1FeeState,
  raw: Uint8Array,
): L1FeeReceipt {
  if (state.bedrock) return bedrockFee(forks, timestamp, state, raw)
  const price = 16n * state.baseFeeScalar * state.l1BaseFee + state.blobBaseFeeScalar * state.blobBaseFee
  const fields = {
    l1GasPrice: state.l1BaseFee,
    l1BlobBaseFee: state.blobBaseFee,
    l1BaseFeeScalar: state.baseFeeScalar,
    l1BlobBaseFeeScalar: state.blobBaseFeeScalar,
  }
  if (isForkActive(forks, 'fjord', timestamp)) {
    const size = estimatedSizeScaled(raw)
    return { ...fields, l1Fee: (size * price) / 1_000_000_000_000n, l1GasUsed: (size * 16n) / 1_000_000n }
  }
  const gas = calldataGas(raw)
  return { ...fields, l1Fee: (gas * price) / 16_000_000n, l1GasUsed: gas }
}

function bedrockFee(
  forks: ForkSchedule,
  timestamp: bigint,
  state: L1FeeState,
  raw: Uint8Array,
): L1FeeReceipt {
  // Before Regolith the fee counted 68 more non-zero bytes, as if the signature were missing.
  const signature = isForkActive(forks, 'regolith', timestamp) ? 0n : 68n * 16n
  const gas = calldataGas(raw) + signature + state.overhead
  return {
    l1Fee: (gas * state.l1BaseFee * state.scalar) / 1_000_000n,
    l1GasPrice: state.l1BaseFee,
    l1GasUsed: gas,
    l1FeeScalar: Number(state.scalar) / 1e6,
  }
}

function calldataGas(raw: Uint8Array): bigint {
  let gas = 0
  for (const byte of raw) gas += byte === 0 ? 4 : 16
  return BigInt(gas)
}

/** Sources: isthmus/exec-engine.md, "Operator Fee"; jovian/exec-engine.md, "Fee Formula Update". */
export function operatorFee(forks: ForkSchedule, timestamp: bigint, state: L1FeeState, gas: bigint): bigint {
  if (!isForkActive(forks, 'isthmus', timestamp)) return 0n
  const scaled = gas * state.operatorFeeScalar
  const variable = isForkActive(forks, 'jovian', timestamp) ? scaled * 100n : scaled / 1_000_000n
  return variable + state.operatorFeeConstant
}

/** Estimated bytes in a compressed batch. Source: jovian/exec-engine.md, `daUsageEstimate`. */
export function estimatedDaSize(raw: Uint8Array): bigint {
  return estimatedSizeScaled(raw) / 1_000_000n
}
