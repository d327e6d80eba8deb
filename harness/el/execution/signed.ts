import { predeploys } from '../../../node/protocol/predeploys.ts'
import { applyAuthorizations, isDelegation } from './authorizations.ts'
import { gasPerBlob } from './blob-gas.ts'
import { gasBounds, initCodeBytesMax, transactionGasMax } from './intrinsic-gas.ts'
import type { Machine } from './machine.ts'
import { credit, endTransaction, runMessage, warmUp } from './message.ts'
import type { EvmLog } from './receipt.ts'
import { emptyAccount } from './state/account.ts'
import { type SignedTransaction, TransactionError, transactionTypes } from './transaction.ts'

/** What the rollup charges a transaction beside its gas. Wei. */
export interface RollupCharges {
  readonly l1Fee: bigint
  operatorFee(gas: bigint): bigint
}

export interface SignedResult {
  readonly status: 0 | 1
  readonly gasUsed: bigint
  /** Wei. */
  readonly effectiveGasPrice: bigint
  readonly logs: readonly EvmLog[]
}

const nonceMax = 2n ** 64n - 1n
const uint256Max = 2n ** 256n - 1n

/**
 * Executes a transaction that pays for itself. Sources: the Ethereum execution rules, with exec-engine.md, "Fees", and
 * isthmus/exec-engine.md, "Operator Fee", for what is paid and to whom.
 * @throws TransactionError when it breaks a rule; the state is then as before.
 */
export async function runSigned(
  machine: Machine,
  chainId: bigint,
  transaction: SignedTransaction,
  charges: RollupCharges,
  gasLeft: bigint,
): Promise<SignedResult> {
  const { state, environment, rules } = machine
  const { from, gas, nonce } = transaction
  const bounds = gasBounds(transaction, rules.isCanyon, rules.isIsthmus)
  checkTransaction(machine, transaction, charges, gasLeft, bounds)

  const { baseFeePerGas } = environment
  const gasPrice = effectiveGasPrice(transaction, baseFeePerGas)
  const operatorFeeMax = charges.operatorFee(gas)
  const sender = state.account(from) ?? emptyAccount
  // EIP-4844: it is burned, whatever becomes of the transaction.
  const blobFee = blobGasOf(transaction) * blobBaseFeeOf(environment)
  const upFront = gas * gasPrice + blobFee + charges.l1Fee + operatorFeeMax
  state.setAccount(from, { ...sender, nonce: nonce + 1n, balance: sender.balance - upFront })
  warmUp(machine, transaction)
  const refund = await applyAuthorizations(machine, chainId, transaction.authorizations ?? [])

  const { blobs } = transaction
  const message = { ...transaction, gasPrice, refund }
  const result = await runMessage(
    machine,
    blobs === undefined ? message : { ...message, blobHashes: blobs.versionedHashes },
    bounds,
  )

  const { gasUsed } = result
  const operatorFee = charges.operatorFee(gasUsed)
  credit(machine, from, (gas - gasUsed) * gasPrice + operatorFeeMax - operatorFee)
  // After execution: the transaction itself does not see them.
  credit(machine, environment.feeRecipient, gasUsed * (gasPrice - baseFeePerGas))
  credit(machine, predeploys.baseFeeVault, gasUsed * baseFeePerGas)
  credit(machine, predeploys.l1FeeVault, charges.l1Fee)
  if (rules.isIsthmus) credit(machine, predeploys.operatorFeeVault, operatorFee)
  await endTransaction(machine, result.destroyed)
  return {
    status: result.error === undefined ? 1 : 0,
    gasUsed,
    effectiveGasPrice: gasPrice,
    logs: result.logs,
  }
}

/** EIP-4844, `get_total_blob_gas`. */
export function blobGasOf({ blobs }: Pick<SignedTransaction, 'blobs'>): bigint {
  return BigInt(blobs?.versionedHashes.length ?? 0) * gasPerBlob
}

const blobBaseFeeOf = ({ blobBaseFee = 1n }: Machine['environment']) => blobBaseFee

/** EIP-1559. */
export function effectiveGasPrice(
  { maxFeePerGas, maxPriorityFeePerGas }: SignedTransaction,
  baseFeePerGas: bigint,
): bigint {
  const price = baseFeePerGas + maxPriorityFeePerGas
  return price < maxFeePerGas ? price : maxFeePerGas
}

/** The checks in geth's order; nothing is changed. */
function checkTransaction(
  { state, environment, rules }: Machine,
  transaction: SignedTransaction,
  charges: RollupCharges,
  gasLeft: bigint,
  bounds: ReturnType<typeof gasBounds>,
): void {
  const { from, to, gas, nonce, value, data, maxFeePerGas, maxPriorityFeePerGas } = transaction
  const { baseFeePerGas } = environment
  if (transaction.type === transactionTypes.setCode && !rules.isIsthmus)
    throw new TransactionError('unsupported type', 'expected no type 4 before Isthmus')
  const account = state.account(from) ?? emptyAccount
  if (nonce !== account.nonce)
    throw new TransactionError(
      nonce < account.nonce ? 'nonce too low' : 'nonce too high',
      `expected ${account.nonce} for ${from}, found ${nonce}`,
    )
  if (nonce === nonceMax) throw new TransactionError('nonce at its maximum', from)
  const code = state.code(from)
  if (code.length > 0 && !isDelegation(code))
    throw new TransactionError('sender is a contract', `${from} (EIP-3607)`)
  if (rules.isKarst && gas > transactionGasMax)
    throw new TransactionError(
      'gas limit above the cap',
      `expected at most ${transactionGasMax} (EIP-7825), found ${gas}`,
    )
  if (maxPriorityFeePerGas > maxFeePerGas)
    throw new TransactionError(
      'priority fee above fee cap',
      `expected at most ${maxFeePerGas}, found ${maxPriorityFeePerGas}`,
    )
  if (maxFeePerGas < baseFeePerGas)
    throw new TransactionError(
      'fee cap below base fee',
      `expected at least ${baseFeePerGas}, found ${maxFeePerGas}`,
    )
  const maxFeePerBlobGas = transaction.blobs?.maxFeePerBlobGas
  if (maxFeePerBlobGas !== undefined && maxFeePerBlobGas < blobBaseFeeOf(environment))
    throw new TransactionError(
      'blob fee cap below blob base fee',
      `expected at least ${blobBaseFeeOf(environment)}, found ${maxFeePerBlobGas}`,
    )
  if (transaction.authorizations?.length === 0)
    throw new TransactionError('no authorizations', 'expected at least one in a type 4 transaction')
  const blobFeeMax = blobGasOf(transaction) * (maxFeePerBlobGas ?? 0n)
  const needed = gas * maxFeePerGas + blobFeeMax + value + charges.l1Fee + charges.operatorFee(gas)
  if (needed > account.balance || needed > uint256Max)
    throw new TransactionError(
      'insufficient funds',
      `${from} has ${account.balance}, the transaction may cost ${needed} (of it L1 fee ${charges.l1Fee}, operator fee ${charges.operatorFee(gas)})`,
    )
  if (gas > gasLeft)
    throw new TransactionError('block gas limit reached', `${gas} gas wanted, ${gasLeft} are left`)
  if (gas < bounds.intrinsic)
    throw new TransactionError('intrinsic gas too low', `expected ${bounds.intrinsic}, found ${gas}`)
  if (gas < bounds.floor)
    throw new TransactionError('gas below calldata floor', `expected ${bounds.floor}, found ${gas}`)
  if (rules.isCanyon && to === null && data.length > initCodeBytesMax)
    throw new TransactionError(
      'init code too long',
      `expected at most ${initCodeBytesMax} bytes, found ${data.length}`,
    )
}
