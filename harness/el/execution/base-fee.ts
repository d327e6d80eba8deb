import type { Hex } from 'viem'
import { isForkActive } from '../../../node/config/forks.ts'
import { encodeExtraData } from '../../../node/protocol/extra-data.ts'
import type { PayloadAttributes } from '../../../node/protocol/payload.ts'
import type { BlockHeader } from '../chain/header.ts'
import { type ElConfig, InvalidBlockError } from './types.ts'

interface FeeParameters {
  readonly denominator: bigint
  readonly elasticity: bigint
  /** Wei. */
  readonly minBaseFee: bigint
}

/**
 * The base fee of the block after `parent`. From Holocene on, the parent's `extraData` holds the parameters.
 * Sources: EIP-1559; holocene/exec-engine.md, "Base Fee Computation"; jovian/exec-engine.md, "Minimum Base Fee" and
 * "DA Footprint Block Limit" (`gasMetered`).
 * @throws InvalidBlockError when the parent's gas limit is below its elasticity, so that there is no gas target.
 */
export function nextBaseFee(config: ElConfig, parent: BlockHeader, timestamp: bigint): bigint {
  const { denominator, elasticity, minBaseFee } = feeParameters(config, parent, timestamp)
  const jovian = isForkActive(config.forks, 'jovian', parent.timestamp)
  const footprint = jovian ? (parent.blobGasUsed ?? 0n) : 0n
  const metered = footprint > parent.gasUsed ? footprint : parent.gasUsed
  const target = parent.gasLimit / elasticity
  if (target === 0n)
    throw new InvalidBlockError(
      `base fee: expected a parent with a gas limit of at least its elasticity ${elasticity}, found ${parent.gasLimit}`,
    )
  const fee = adjusted(parent.baseFeePerGas, metered, target, denominator)
  return fee < minBaseFee ? minBaseFee : fee
}

function adjusted(baseFee: bigint, metered: bigint, target: bigint, denominator: bigint): bigint {
  if (metered === target) return baseFee
  if (metered > target) {
    const rise = (baseFee * (metered - target)) / target / denominator
    return baseFee + (rise > 1n ? rise : 1n)
  }
  const fee = baseFee - (baseFee * (target - metered)) / target / denominator
  return fee > 0n ? fee : 0n
}

function feeParameters(config: ElConfig, parent: BlockHeader, timestamp: bigint): FeeParameters {
  const { elasticity, denominator, denominatorCanyon } = config.eip1559
  if (!isForkActive(config.forks, 'holocene', parent.timestamp)) {
    const canyon = isForkActive(config.forks, 'canyon', timestamp)
    return { elasticity, denominator: canyon ? denominatorCanyon : denominator, minBaseFee: 0n }
  }
  const { extraData } = parent
  return {
    denominator: uintAt(extraData, 1, 5),
    elasticity: uintAt(extraData, 5, 9),
    minBaseFee: isForkActive(config.forks, 'jovian', parent.timestamp) ? uintAt(extraData, 9, 17) : 0n,
  }
}

/** The big-endian integer in bytes `from` to `end`. */
function uintAt(bytes: Hex, from: number, end: number): bigint {
  return BigInt(`0x${bytes.slice(2 + 2 * from, 2 + 2 * end)}`)
}

/**
 * The `extraData` that a block with these attributes has. Zero parameters stand for the chain's constants.
 * Sources: holocene/exec-engine.md, "Payload Attributes Processing"; jovian/exec-engine.md.
 * @throws InvalidBlockError when a field of the fork is missing, or of a later fork is there.
 */
export function extraDataFor(config: ElConfig, attributes: PayloadAttributes): Hex {
  const { timestamp, eip1559Params, minBaseFee } = attributes
  const holocene = isForkActive(config.forks, 'holocene', timestamp)
  const jovian = isForkActive(config.forks, 'jovian', timestamp)
  if (holocene !== (eip1559Params !== undefined))
    throw new InvalidBlockError(
      `eip1559Params: expected ${holocene ? 'them from' : 'none before'} Holocene on`,
    )
  if (jovian !== (minBaseFee !== undefined))
    throw new InvalidBlockError(`minBaseFee: expected ${jovian ? 'it from' : 'none before'} Jovian on`)
  if (eip1559Params === undefined) return '0x'
  const denominator = uintAt(eip1559Params, 0, 4)
  const elasticity = uintAt(eip1559Params, 4, 8)
  if ((denominator === 0n) !== (elasticity === 0n))
    throw new InvalidBlockError(`eip1559Params: expected both or neither to be zero, found ${eip1559Params}`)
  const constants = (config.eip1559.denominatorCanyon << 32n) | config.eip1559.elasticity
  const params: Hex = denominator === 0n ? `0x${constants.toString(16).padStart(16, '0')}` : eip1559Params
  return encodeExtraData(params, minBaseFee)
}
