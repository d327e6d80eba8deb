import { gasBounds, initCodeBytesMax } from './intrinsic-gas.ts'
import type { Machine } from './machine.ts'
import { endTransaction, runMessage, warmUp } from './message.ts'
import type { EvmLog } from './receipt.ts'
import { emptyAccount } from './state/account.ts'
import { type DepositedTransaction, TransactionError } from './transaction.ts'

export interface DepositResult {
  readonly status: 0 | 1
  readonly gasUsed: bigint
  /** Taken from the block's gas; differs from `gasUsed` for system transactions only. */
  readonly poolGas: bigint
  /** The sender's nonce before the deposit. */
  readonly nonce: bigint
  readonly logs: readonly EvmLog[]
}

/**
 * Executes a deposit. It pays for no gas, needs no nonce, and cannot be refused: when it is not able to run, its mint and
 * the bump of its sender's nonce remain. It never pays the L1, the operator or any other fee.
 * Source: specs/protocol/deposits.md, "Execution".
 * @throws TransactionError only when the block has not enough gas left.
 */
export async function runDeposit(
  machine: Machine,
  deposit: DepositedTransaction,
  gasLeft: bigint,
): Promise<DepositResult> {
  const { state, rules } = machine
  const { from, gas, mint, isSystemTransaction } = deposit
  // regolith/overview.md: from Regolith on the flag is an error, which takes no gas from the block.
  const takesPoolGas = !isSystemTransaction
  if (takesPoolGas && gas > gasLeft)
    throw new TransactionError('block gas limit reached', `deposit of ${gas} gas, ${gasLeft} are left`)
  const before = state.account(from) ?? emptyAccount
  const { nonce } = before
  const minted = { ...before, balance: before.balance + mint, nonce: nonce + 1n }
  state.setAccount(from, minted)
  const bounds = gasBounds(deposit, rules.isCanyon, rules.isIsthmus)
  const canRun =
    !(isSystemTransaction && rules.isRegolith) &&
    gas >= bounds.intrinsic &&
    gas >= bounds.floor &&
    minted.balance >= deposit.value &&
    !(rules.isCanyon && deposit.to === null && deposit.data.length > initCodeBytesMax)
  if (!canRun) {
    await endTransaction(machine, [])
    const gasUsed = isSystemTransaction && !rules.isRegolith ? 0n : gas
    return { status: 0, gasUsed, poolGas: takesPoolGas ? gas : 0n, nonce, logs: [] }
  }
  const message = { ...deposit, gasPrice: 0n, accessList: [], refund: 0n }
  warmUp(machine, message)
  const result = await runMessage(machine, message, bounds)
  await endTransaction(machine, result.destroyed)
  // Before Regolith a deposit counts with all of its gas, a system transaction with none.
  const gasUsed = rules.isRegolith ? result.gasUsed : isSystemTransaction ? 0n : gas
  return {
    status: result.error === undefined ? 1 : 0,
    gasUsed,
    poolGas: takesPoolGas ? gasUsed : 0n,
    nonce,
    logs: result.logs,
  }
}
