import type { EVMResult } from '@ethereumjs/evm'
import { Address, hexToBytes } from '@ethereumjs/util'
import type { Hash, Address as HexAddress } from 'viem'
import type { GasBounds } from './intrinsic-gas.ts'
import type { Machine } from './machine.ts'
import type { EvmLog } from './receipt.ts'
import { type AccountRecord, emptyAccount, isEmptyAccount } from './state/account.ts'
import type { AccessListEntry } from './transaction.ts'

/** A top-level call or creation whose gas is paid and whose sender's nonce is bumped. */
export interface Message {
  readonly from: HexAddress
  /** `null` creates a contract. */
  readonly to: HexAddress | null
  readonly value: bigint
  readonly data: Uint8Array
  /** Limit, with the intrinsic gas. */
  readonly gas: bigint
  /** What GASPRICE answers, in wei. */
  readonly gasPrice: bigint
  readonly accessList: readonly AccessListEntry[]
  /** What BLOBHASH answers; absent: no blobs. */
  readonly blobHashes?: readonly Hash[]
  /** Refund that the transaction earned before it ran. */
  readonly refund: bigint
}

export interface MessageResult {
  /** The EVM's name of the failure, such as `out of gas`; absent on success. */
  readonly error?: string
  readonly returnData: Uint8Array
  /** After refunds and not below the floor. */
  readonly gasUsed: bigint
  /** Before refunds: what the sender must offer. */
  readonly gasNeeded: bigint
  readonly logs: readonly EvmLog[]
  /** To be deleted when the transaction ends. */
  readonly destroyed: readonly HexAddress[]
}

/** EIP-3529. */
const refundQuotient = 5n

/** EIP-2929, EIP-2930, EIP-3651: what the transaction finds warm. */
export function warmUp(machine: Machine, message: Pick<Message, 'from' | 'to' | 'accessList'>): void {
  const { evm, environment, rules } = machine
  const { journal } = evm
  for (const precompile of evm.precompiles.keys()) journal.addAlwaysWarmAddress(precompile)
  journal.addAlwaysWarmAddress(message.from)
  if (message.to !== null) journal.addAlwaysWarmAddress(message.to)
  if (rules.isCanyon) journal.addAlwaysWarmAddress(environment.feeRecipient)
  for (const { address, slots } of message.accessList) {
    journal.addAlwaysWarmAddress(address)
    for (const slot of slots) journal.addAlwaysWarmSlot(address, slot)
  }
}

/**
 * Runs the message in the EVM and settles its gas.
 * @throws only when the engine itself fails; the machine is then not usable any more.
 */
export async function runMessage(
  machine: Machine,
  message: Message,
  { intrinsic, floor }: GasBounds,
): Promise<MessageResult> {
  const caller = new Address(hexToBytes(message.from))
  const { execResult }: EVMResult = await machine.evm.runCall({
    block: machine.block,
    caller,
    origin: caller,
    ...(message.to === null ? {} : { to: new Address(hexToBytes(message.to)) }),
    value: message.value,
    data: message.data,
    gasPrice: message.gasPrice,
    ...(message.blobHashes === undefined ? {} : { blobVersionedHashes: [...message.blobHashes] }),
    gasLimit: message.gas - intrinsic,
    skipNonceIncrement: true,
  })
  const failure = execResult.exceptionError
  const spent = intrinsic + execResult.executionGasUsed
  const earned = message.refund + (failure === undefined ? (execResult.gasRefund ?? 0n) : 0n)
  const refundMax = spent / refundQuotient
  const settled = spent - (earned < refundMax ? earned : refundMax)
  return {
    ...(failure === undefined ? {} : { error: failure.error }),
    returnData: execResult.returnValue,
    gasUsed: settled < floor ? floor : settled,
    gasNeeded: spent < floor ? floor : spent,
    logs: failure === undefined ? ((execResult.logs ?? []) as EvmLog[]) : [],
    destroyed: failure === undefined ? destroyedBy(machine, execResult) : [],
  }
}

/** EIP-6780 (Cancun): a contract can only be deleted in the transaction that created it. */
function destroyedBy({ rules }: Machine, result: EVMResult['execResult']): HexAddress[] {
  const addresses = [...(result.selfdestruct?.keys() ?? [])] as HexAddress[]
  return rules.isEcotone ? addresses.filter((address) => result.createdAddresses?.has(address)) : addresses
}

/** Ends a transaction: deletes what destroyed itself and what it left empty (EIP-161), and forgets what was warm. */
export async function endTransaction(machine: Machine, destroyed: readonly HexAddress[]): Promise<void> {
  const { evm, state } = machine
  for (const address of destroyed) state.remove(address)
  await evm.journal.cleanup()
  state.endTransaction()
}

/** Adds to a balance. An account that stays empty does not come into being. */
export function credit({ state }: Machine, address: HexAddress, amount: bigint): void {
  const account: AccountRecord = state.account(address) ?? emptyAccount
  const credited = { ...account, balance: account.balance + amount }
  state.setAccount(address, isEmptyAccount(credited) ? null : credited)
}
