import { type Hash, type Hex, hexToBigInt, size, slice } from 'viem'
import { isForkActive } from '../config/forks.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
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

/** keccak256 of the RLP of an empty trie: the withdrawals root of a header between Canyon and Isthmus. */
const emptyTrieRoot: Hash = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'

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

/** Length and version of `extraData` by fork: 9 bytes and 0 from Holocene, 17 bytes and 1 from Jovian. */
function compareExtraData(
  config: RollupConfig,
  attributes: PayloadAttributes,
  extraData: Hex,
): AttributesMismatch | null {
  const params = (reason: string): AttributesMismatch => ({
    field: 'eip1559Params',
    reason: `eip1559Params: ${reason}`,
  })
  if (!isForkActive(config.forks, 'holocene', attributes.timestamp)) return null
  const jovian = isForkActive(config.forks, 'jovian', attributes.timestamp)
  const { eip1559Params } = attributes
  if (eip1559Params === undefined) return params('derived none although Holocene is active')
  if (size(eip1559Params) !== 8) return params(`derived ${size(eip1559Params)} bytes, expected 8`)

  const expectedSize = jovian ? 17 : 9
  const expectedVersion = jovian ? 1n : 0n
  if (size(extraData) !== expectedSize)
    return params(`block's extraData has ${size(extraData)} bytes, expected ${expectedSize}`)
  const version = uint(extraData, 0, 1)
  if (version !== expectedVersion)
    return params(`block's extraData has version ${version}, expected ${expectedVersion}`)

  let derived = { denominator: uint(eip1559Params, 0, 4), elasticity: uint(eip1559Params, 4, 8) }
  if (derived.denominator === 0n && derived.elasticity === 0n)
    // Zeros ask for the chain's constants: holocene/exec-engine.md, "Payload Attributes Processing".
    derived = { denominator: config.eip1559.denominatorCanyon, elasticity: config.eip1559.elasticity }
  const found = { denominator: uint(extraData, 1, 5), elasticity: uint(extraData, 5, 9) }
  if (found.denominator === 0n) return params('block has a denominator of 0')
  if (found.elasticity === 0n) return params('block has an elasticity of 0')
  if (derived.denominator !== found.denominator)
    return params(`derived denominator ${derived.denominator}, block has ${found.denominator}`)
  if (derived.elasticity !== found.elasticity)
    return params(`derived elasticity ${derived.elasticity}, block has ${found.elasticity}`)
  if (!jovian) return null

  const minBaseFee = (reason: string): AttributesMismatch => ({
    field: 'minBaseFee',
    reason: `minBaseFee: ${reason}`,
  })
  if (attributes.minBaseFee === undefined) return minBaseFee('derived none although Jovian is active')
  const foundMinBaseFee = uint(extraData, 9, 17)
  return attributes.minBaseFee === foundMinBaseFee
    ? null
    : minBaseFee(`derived ${attributes.minBaseFee}, block has ${foundMinBaseFee}`)
}

const uint = (bytes: Hex, start: number, end: number) =>
  hexToBigInt(slice(bytes, start, end, { strict: true }))
const abbreviate = (hex: Hex) => (hex.length > 42 ? `${hex.slice(0, 42)}… (${size(hex)} bytes)` : hex)
