import { bytesToHex } from '../../../node/protocol/bytes.ts'
import { estimatedDaSize } from './fees.ts'
import { type Transaction, TransactionError } from './transaction.ts'
import { InvalidBlockError } from './types.ts'

const isthmusAttributesLength = 176
const jovianAttributesLength = 178
/** `setL1BlockValuesJovian()`. */
const jovianSelector = '0x3db6be2b'

/**
 * The DA footprint that a Jovian block collects. Its scalar comes from the block's first transaction, which must be the
 * L1 info deposit. In the fork's first block that deposit has Isthmus' format: there are then no user transactions, and
 * the footprint is zero.
 * Sources: jovian/exec-engine.md, "DA Footprint Block Limit"; jovian/l1-attributes.md.
 */
export class DaFootprint {
  /** `null` in the activation block. */
  readonly scalar: bigint | null
  #total = 0n

  /** @throws InvalidBlockError when it is not an L1 info deposit of Jovian's or, in the first block, Isthmus' format. */
  constructor(first: Transaction | undefined) {
    if (first?.kind !== 'deposit')
      throw new InvalidBlockError(
        `transactions: expected the L1 info deposit first, found ${first === undefined ? 'no transaction' : `type ${first.type}`}`,
      )
    this.scalar = readScalar(first.data)
  }

  /** In gas; never above the block's gas limit. */
  get total(): bigint {
    return this.#total
  }

  /**
   * What the transaction would add.
   * @throws TransactionError when it may not be in the block, or has no room left in it.
   */
  check(encoded: Uint8Array, gasLimit: bigint): bigint {
    if (this.scalar === null)
      throw new TransactionError(
        'block DA footprint limit reached',
        'the first Jovian block takes no user transactions',
      )
    const footprint = estimatedDaSize(encoded) * this.scalar
    if (this.#total + footprint > gasLimit)
      throw new TransactionError(
        'block DA footprint limit reached',
        `${footprint} wanted, ${gasLimit - this.#total} of ${gasLimit} are left`,
      )
    return footprint
  }

  add(footprint: bigint): void {
    this.#total += footprint
  }
}

function readScalar(data: Uint8Array): bigint | null {
  if (data.length === isthmusAttributesLength) return null
  const selector = bytesToHex(data.subarray(0, 4))
  if (data.length < jovianAttributesLength || selector !== jovianSelector)
    throw new InvalidBlockError(
      `L1 info deposit: expected ${jovianAttributesLength} bytes with selector ${jovianSelector}, found ${data.length} with ${selector}`,
    )
  return BigInt((data[176]! << 8) | data[177]!)
}
