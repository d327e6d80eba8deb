import type { Common } from '@ethereumjs/common'
import type { EVMResult } from '@ethereumjs/evm'
import { createTx, getCalldataFloorGas, TransactionType } from '@ethereumjs/tx'
import {
  Account,
  type Address,
  bytesToUnprefixedHex,
  createAddressFromString,
  hexToBytes,
} from '@ethereumjs/util'
import { isForkActive } from '../../../node/config/forks.ts'
import type { DepositTransaction } from '../../../node/protocol/deposit-transaction.ts'
import type { BlockMachine, EvmBlock } from './block-machine.ts'
import type { EvmLog } from './receipt.ts'
import type { ElConfig } from './types.ts'

export interface DepositResult {
  readonly status: 0 | 1
  readonly gasUsed: bigint
  /** The sender's nonce before the deposit. */
  readonly nonce: bigint
  readonly logs: readonly EvmLog[]
  readonly createdAddress: Address | undefined
}

/**
 * Executes a deposit. It cannot be refused: it pays no gas, needs no nonce, and when it fails, its mint and the bump
 * of its sender's nonce remain. Source: specs/protocol/deposits.md, "Execution".
 */
export async function runDeposit(
  config: ElConfig,
  machine: BlockMachine,
  block: EvmBlock,
  deposit: DepositTransaction,
): Promise<DepositResult> {
  const { state, evm } = machine
  const from = createAddressFromString(deposit.from)
  const to = deposit.to === null ? undefined : createAddressFromString(deposit.to)
  const data = hexToBytes(deposit.data)
  await evm.journal.cleanup()
  state.originalStorageCache.clear()

  const sender = (await state.getAccount(from)) ?? new Account()
  const { nonce } = sender
  if (deposit.mint > 0n) {
    sender.balance += deposit.mint
    await evm.journal.putAccount(from, sender)
  }

  const regolith = isForkActive(config.forks, 'regolith', block.header.timestamp)
  // Before Regolith a deposit uses all its gas, and a system transaction none.
  const flatGas = !regolith && deposit.isSystemTransaction ? 0n : deposit.gas
  const { intrinsic, floor } = gasBounds(machine.common, from, to, data)
  const codeBytesMax =
    to === undefined && machine.common.isActivatedEIP(3860) ? machine.common.param('maxInitCodeSize') : null
  const cannotStart =
    deposit.gas < intrinsic ||
    deposit.gas < floor ||
    sender.balance < deposit.value ||
    (codeBytesMax !== null && BigInt(data.length) > codeBytesMax)
  if (cannotStart) {
    sender.nonce = nonce + 1n
    await evm.journal.putAccount(from, sender)
    await evm.journal.cleanup()
    return { status: 0, gasUsed: flatGas, nonce, logs: [], createdAddress: undefined }
  }

  warm(machine, from, to, block)
  const mark = state.mark()
  await evm.journal.checkpoint()
  let result: EVMResult
  try {
    result = await evm.runCall({
      block,
      caller: from,
      origin: from,
      ...(to === undefined ? {} : { to }),
      value: deposit.value,
      data,
      gasPrice: 0n,
      gasLimit: deposit.gas - intrinsic,
    })
  } catch (error) {
    state.revertTo(mark)
    evm.journal.cleanJournal()
    throw error
  }
  await evm.journal.commit()

  const { execResult } = result
  const failed = execResult.exceptionError !== undefined
  let gasUsed = execResult.executionGasUsed + intrinsic
  const refundMax = gasUsed / machine.common.param('maxRefundQuotient')
  const refund = failed ? 0n : (execResult.gasRefund ?? 0n)
  gasUsed -= refund < refundMax ? refund : refundMax
  if (gasUsed < floor) gasUsed = floor
  if (!failed) await destroy(machine, result)
  await evm.journal.cleanup()
  state.originalStorageCache.clear()
  return {
    status: failed ? 0 : 1,
    gasUsed: regolith ? gasUsed : flatGas,
    nonce,
    logs: failed ? [] : ((execResult.logs ?? []) as EvmLog[]),
    createdAddress: result.createdAddress,
  }
}

/** EIP-2929, EIP-3651: what a transaction may touch at the warm price from the start. */
function warm(machine: BlockMachine, from: Address, to: Address | undefined, block: EvmBlock): void {
  const { journal, precompiles } = machine.evm
  for (const address of precompiles.keys()) journal.addAlwaysWarmAddress(address)
  journal.addAlwaysWarmAddress(bytesToUnprefixedHex(from.bytes))
  if (to !== undefined) journal.addAlwaysWarmAddress(bytesToUnprefixedHex(to.bytes))
  if (machine.common.isActivatedEIP(3651))
    journal.addAlwaysWarmAddress(bytesToUnprefixedHex(block.header.coinbase.bytes))
}

/** EIP-6780: a contract is deleted only in the transaction that created it; before Cancun, always. */
async function destroy(machine: BlockMachine, { execResult }: EVMResult): Promise<void> {
  for (const address of [...(execResult.selfdestruct?.keys() ?? [])].sort())
    if (!machine.common.isActivatedEIP(6780) || execResult.createdAddresses?.has(address))
      await machine.evm.journal.deleteAccount(createAddressFromString(address))
}

/** Intrinsic gas, and EIP-7623's floor from Prague on (else zero). */
export function gasBounds(
  common: Common,
  from: Address,
  to: Address | undefined,
  data: Uint8Array,
): { readonly intrinsic: bigint; readonly floor: bigint } {
  const shape = createTx(
    {
      type: TransactionType.FeeMarketEIP1559,
      chainId: common.chainId(),
      ...(to === undefined ? {} : { to }),
      data,
      gasLimit: 2n ** 64n - 1n,
    },
    // The size of init code is a rule of the deposit, not an error of this shape.
    { common, allowUnlimitedInitCodeSize: true, freeze: false },
  )
  return { intrinsic: shape.getIntrinsicGas(), floor: getCalldataFloorGas(shape, from) }
}
