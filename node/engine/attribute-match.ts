import type { Hex } from 'viem'
import { errorText } from '../concurrency/error-text.ts'
import { isForkActive } from '../config/forks.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import { decodeExtraData, type ExtraDataParameters } from '../protocol/extra-data.ts'
import { emptyTrieRoot } from '../protocol/ordered-trie-root.ts'
import type { AttributesWithParent, PayloadAttributes, PayloadEnvelope } from '../protocol/payload.ts'

/** The first field in which derived attributes and a block differ. */
export interface AttributesMismatch {
  readonly field:
    | 'parentHash'
    | 'timestamp'
    | 'prevRandao'
    | 'feeRecipient'
    | 'transactions'
    | 'gasLimit'
    | 'withdrawals'
    | 'parentBeaconBlockRoot'
    | 'eip1559Params'
    | 'minBaseFee'
  readonly reason: string
}

/**
 * Compares derived attributes with an existing unsafe block, in the order of specs/protocol/derivation.md,
 * "L1-consolidation: payload attributes matching", then the extraData rules of holocene/exec-engine.md and
 * jovian/exec-engine.md.
 *
 * @returns the first difference, or null when the block is what the attributes would build.
 */
export function findAttributesMismatch(
  config: RollupConfig,
  { attributes, parent }: Pick<AttributesWithParent, 'attributes' | 'parent'>,
  block: PayloadEnvelope,
): AttributesMismatch | null {
  const { payload } = block
  const differ = (
    field: AttributesMismatch['field'],
    derived: unknown,
    found: unknown,
  ): AttributesMismatch | null =>
    derived === found ? null : { field, reason: `${field}: derived ${derived}, block has ${found}` }

  return (
    differ('parentHash', lower(parent.hash), lower(payload.parentHash)) ??
    differ('timestamp', attributes.timestamp, payload.timestamp) ??
    differ('prevRandao', lower(attributes.prevRandao), lower(payload.prevRandao)) ??
    differ('feeRecipient', lower(attributes.suggestedFeeRecipient), lower(payload.feeRecipient)) ??
    compareTransactions(attributes.transactions, payload.transactions) ??
    differ('gasLimit', attributes.gasLimit, payload.gasLimit) ??
    compareWithdrawals(config, attributes, block) ??
    differ(
      'parentBeaconBlockRoot',
      lower(attributes.parentBeaconBlockRoot),
      lower(block.parentBeaconBlockRoot),
    ) ??
    compareExtraData(config, attributes, payload.extraData)
  )
}

const lower = (hex: Hex | undefined) => hex?.toLowerCase()

function compareTransactions(derived: readonly Hex[], found: readonly Hex[]): AttributesMismatch | null {
  if (derived.length !== found.length)
    return {
      field: 'transactions',
      reason: `transactions: derived ${derived.length}, block has ${found.length}`,
    }
  const index = derived.findIndex((transaction, at) => lower(transaction) !== lower(found[at]))
  if (index < 0) return null
  return {
    field: 'transactions',
    reason: `transaction ${index} of ${derived.length}: derived ${abbreviate(derived[index]!)}, block has ${abbreviate(found[index]!)}`,
  }
}

function compareWithdrawals(
  config: RollupConfig,
  attributes: PayloadAttributes,
  { payload }: PayloadEnvelope,
): AttributesMismatch | null {
  const mismatch = (reason: string): AttributesMismatch => ({
    field: 'withdrawals',
    reason: `withdrawals: ${reason}`,
  })
  if (!isForkActive(config.forks, 'canyon', attributes.timestamp)) {
    if (attributes.withdrawals !== undefined) return mismatch('derived a list before Canyon')
    return payload.withdrawals === undefined ? null : mismatch('block has a list before Canyon')
  }
  if (attributes.withdrawals === undefined) return mismatch('derived none although Canyon is active')
  if (payload.withdrawals === undefined) return mismatch('block has none although Canyon is active')
  if (attributes.withdrawals.length > 0) return mismatch('derived a list that is not empty')
  if (payload.withdrawals.length > 0) return mismatch('block has a list that is not empty')
  if (isForkActive(config.forks, 'isthmus', attributes.timestamp))
    // Its value is the message passer's storage root, which attributes do not fix.
    return payload.withdrawalsRoot === undefined
      ? mismatch('block has no root although Isthmus is active')
      : null
  return payload.withdrawalsRoot === undefined || lower(payload.withdrawalsRoot) === emptyTrieRoot
    ? null
    : mismatch(`block has the root ${payload.withdrawalsRoot}, expected that of an empty list`)
}

function compareExtraData(
  config: RollupConfig,
  attributes: PayloadAttributes,
  extraData: Hex,
): AttributesMismatch | null {
  if (!isForkActive(config.forks, 'holocene', attributes.timestamp)) return null
  const params = (reason: string): AttributesMismatch => ({
    field: 'eip1559Params',
    reason: `eip1559Params: ${reason}`,
  })
  const { eip1559Params } = attributes
  if (eip1559Params === undefined) return params('derived none although Holocene is active')
  if (size(eip1559Params) !== 8) return params(`derived ${size(eip1559Params)} bytes, expected 8`)
  let found: ExtraDataParameters
  try {
    found = decodeExtraData(config, attributes.timestamp, extraData)
  } catch (error) {
    return params(errorText(error))
  }
  const derived = split(eip1559Params)
  // Zeros ask for the chain's constants: holocene/exec-engine.md, "Payload Attributes Processing".
  const constants = { denominator: config.eip1559.denominatorCanyon, elasticity: config.eip1559.elasticity }
  const expected = derived.denominator === 0n && derived.elasticity === 0n ? constants : derived
  const actual = split(found.eip1559Params)
  if (expected.denominator !== actual.denominator)
    return params(`derived denominator ${expected.denominator}, block has ${actual.denominator}`)
  if (expected.elasticity !== actual.elasticity)
    return params(`derived elasticity ${expected.elasticity}, block has ${actual.elasticity}`)
  if (!isForkActive(config.forks, 'jovian', attributes.timestamp)) return null
  return attributes.minBaseFee === found.minBaseFee
    ? null
    : {
        field: 'minBaseFee',
        reason: `minBaseFee: derived ${attributes.minBaseFee ?? 'none'}, block has ${found.minBaseFee}`,
      }
}

/** denominator u32 ‖ elasticity u32 */
const split = (params: Hex) => ({
  denominator: BigInt(params.slice(0, 10)),
  elasticity: BigInt(`0x${params.slice(10, 18)}`),
})
const size = (hex: Hex) => (hex.length - 2) / 2
const abbreviate = (hex: Hex) => (hex.length > 42 ? `${hex.slice(0, 42)}… (${size(hex)} bytes)` : hex)
