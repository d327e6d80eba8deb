import { transactionGasMax } from '../execution/intrinsic-gas.ts'
import { maximumCost, type PoolTransaction } from './pool-transaction.ts'

/** What a transaction is checked against: the chain's head and the sender's account there. */
export interface PoolRuleInput {
  /** Of the head; no block may hold more. */
  readonly blockGasLimit: bigint
  /** EIP-7825 holds for the next block (Karst). */
  readonly hasGasCap: boolean
  /** Of the sender, at the head. */
  readonly nonce: bigint
  /** Of the sender, at the head, in wei. */
  readonly balance: bigint
  /** L1 data fee and operator fee, as they stand at the head, in wei. */
  readonly extraCost: bigint
}

/** Percent by which both fees of a replacement must exceed those of the transaction that it replaces. */
export const priceBumpPercent = 10n

/**
 * Why a transaction may not enter the pool; `null` when it may. Whether it can be in the next block (nonce gap, base
 * fee) is another question.
 */
export function checkTransaction(transaction: PoolTransaction, input: PoolRuleInput): string | null {
  const { from, gasLimit, minimumGas, nonce } = transaction
  if (gasLimit > input.blockGasLimit)
    return `exceeds block gas limit: transaction gas ${gasLimit}, limit ${input.blockGasLimit}`
  if (input.hasGasCap && gasLimit > transactionGasMax)
    return `transaction gas limit too high: cap ${transactionGasMax}, tx ${gasLimit} (EIP-7825)`
  if (transaction.maxPriorityFeePerGas > transaction.maxFeePerGas)
    return `max priority fee per gas higher than max fee per gas: address ${from}, maxPriorityFeePerGas: ${transaction.maxPriorityFeePerGas}, maxFeePerGas: ${transaction.maxFeePerGas}`
  if (gasLimit < minimumGas) return `intrinsic gas too low: gas ${gasLimit}, minimum needed ${minimumGas}`
  if (nonce >= 2n ** 64n - 1n) return `nonce has max value: address ${from}, nonce: ${nonce}`
  if (nonce < input.nonce) return `nonce too low: address ${from}, tx: ${nonce} state: ${input.nonce}`
  const cost = maximumCost(transaction) + input.extraCost
  if (input.balance < cost)
    return `insufficient funds for gas * price + value: balance ${input.balance}, tx cost ${cost} (with ${input.extraCost} of L1 and operator fees), overshot ${cost - input.balance}`
  return null
}

/** Why `next` may not take the place of `old` (same sender and nonce); `null` when it may. */
export function checkReplacement(old: PoolTransaction, next: PoolTransaction): string | null {
  const bumped = (value: bigint) => (value * (100n + priceBumpPercent)) / 100n
  const enough =
    next.maxFeePerGas > old.maxFeePerGas &&
    next.maxPriorityFeePerGas > old.maxPriorityFeePerGas &&
    next.maxFeePerGas >= bumped(old.maxFeePerGas) &&
    next.maxPriorityFeePerGas >= bumped(old.maxPriorityFeePerGas)
  return enough
    ? null
    : `replacement transaction underpriced: both fees must be ${priceBumpPercent} % above those of ${old.hash}`
}
