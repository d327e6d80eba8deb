import type { Address, Hash, Hex } from 'viem'
import { bytesToHex, bytesToUint, hexToBytes, uintToBytes } from '../../../node/protocol/bytes.ts'
import { keccak256Bytes } from '../../../node/protocol/keccak.ts'
import { zeroHash } from '../../../node/protocol/refs.ts'
import type { BlockHeader } from '../chain/header.ts'
import { createAccessList } from './access-list.ts'
import { traceAccess } from './access-trace.ts'
import { applyAuthorizations } from './authorizations.ts'
import type { BlockEnvironment } from './block-environment.ts'
import type { CallGate } from './call-gate.ts'
import { estimateGas } from './estimate-gas.ts'
import { gasBounds, transactionGasMax } from './intrinsic-gas.ts'
import type { BlockHashLookup, Machine, MachinePool } from './machine.ts'
import { runMessage, warmUp } from './message.ts'
import { type AccountRecord, emptyAccount } from './state/account.ts'
import { JournaledState } from './state/journaled-state.ts'
import type { StateReader } from './state/state-reader.ts'
import { trieGet } from './state/trie.ts'
import { overrideState } from './state-override.ts'
import { watchSteps } from './step-watch.ts'
import type { AccountProof, CallRequest, CallResult, StateView } from './types.ts'

export interface StateViewModules {
  readonly reader: StateReader
  readonly machines: MachinePool
  readonly calls: CallGate
  readonly header: BlockHeader
  readonly isKarst: boolean
  readonly chainId: bigint
  readonly blockHash: BlockHashLookup
}

type Call = (request: CallRequest) => Promise<CallResult>

export { CallFailedError } from './estimate-gas.ts'

const zeroAddress: Address = '0x0000000000000000000000000000000000000000'

export function createStateView(modules: StateViewModules): StateView {
  const { reader, machines, calls, header, isKarst, chainId, blockHash } = modules
  const state = new JournaledState(reader, header.stateRoot)
  const account = (address: Address) => state.account(lowerCase(address)) ?? emptyAccount
  const balanceOf = (address: Address, { overrides = [] }: CallRequest) =>
    overrides.find((one) => one.address === lowerCase(address))?.balance ?? account(address).balance
  const gasMax = least(callGasMax(header.gasLimit, isKarst), calls.gasMax)
  /** Runs of one request, within its limits. */
  const within = <T>(signal: AbortSignal | undefined, work: (call: Call) => Promise<T>): Promise<T> =>
    calls.run(
      (check) =>
        work((request) =>
          machines.use(
            header.stateRoot,
            blockAround(header, request),
            hashBefore(header, blockHash),
            async (machine) => {
              using _ = watchSteps(machine.evm, check)
              return await runOverridden(machine, chainId, calls.gasMax, request)
            },
          ),
        ),
      signal,
    )
  return {
    balance: async (address) => account(address).balance,
    nonce: async (address) => account(address).nonce,
    code: async (address) => bytesToHex(state.code(lowerCase(address))),
    storage: async (address, slot) => {
      const value = state.slot(lowerCase(address), slotKey(slot))
      return bytesToHex(uintToBytes(bytesToUint(value), 32))
    },
    proof: async (address, slots) => proveAccount(reader, header.stateRoot, lowerCase(address), slots),
    call: (request, signal) => within(signal, (call) => call(request)),
    estimateGas: (request, signal) =>
      within(signal, (call) =>
        estimateGas(call, balanceOf(request.from ?? zeroAddress, request), gasMax, request),
      ),
    accessList: (request, signal) => within(signal, (call) => createAccessList(call, request)),
  }
}

/** A call gets no more gas than a transaction can have in this block (EIP-7825 from Karst on). */
function callGasMax(blockGasLimit: bigint, isKarst: boolean): bigint {
  return isKarst && transactionGasMax < blockGasLimit ? transactionGasMax : blockGasLimit
}

/**
 * As in geth the base fee of a call without a price is 0, whatever is overridden: else it would be above what is paid.
 * Source: geth, `BlockOverrides.Apply` and `applyMessage`.
 */
function blockAround(header: BlockHeader, { block, gasPrice = 0n }: CallRequest): BlockEnvironment {
  return { ...header, ...block, ...(gasPrice === 0n ? { baseFeePerGas: 0n } : {}) }
}

/** A call that is told to be in a later block finds no hash of a block that is none of its ancestors. */
function hashBefore({ number }: BlockHeader, blockHash: BlockHashLookup): BlockHashLookup {
  return (asked) => (asked < number ? blockHash(asked) : zeroHash)
}

async function runOverridden(
  machine: Machine,
  chainId: bigint,
  gasCap: bigint,
  request: CallRequest,
): Promise<CallResult> {
  const { overrides = [] } = request
  if (overrides.length === 0) return runCall(machine, chainId, gasCap, request)
  const restore = overrideState(machine, overrides)
  const result = await runCall(machine, chainId, gasCap, request)
  restore()
  return result
}

/** As geth's `eth_call`: no nonce, no signature, no L1 or operator fee; gas is paid for when a price is named. */
async function runCall(
  machine: Machine,
  chainId: bigint,
  gasCap: bigint,
  request: CallRequest,
): Promise<CallResult> {
  const { state, rules, environment } = machine
  const gasMax = least(callGasMax(environment.gasLimit, rules.isKarst), gasCap)
  const from = lowerCase(request.from ?? zeroAddress)
  const to = request.to === undefined || request.to === null ? null : lowerCase(request.to)
  const data = hexToBytes(request.data ?? '0x')
  const { value = 0n, gasPrice = 0n } = request
  const gas = request.gas === undefined || request.gas > gasMax ? gasMax : request.gas
  const fail = (error: string): CallResult => ({
    status: 'failed',
    returnData: '0x',
    gasUsed: gas,
    gasSettled: gas,
    error,
  })

  const { accessList = [], authorizations = [], tracesAccess = false } = request
  if (request.authorizations !== undefined) {
    if (!rules.isIsthmus) return fail('EIP-7702 transaction before Isthmus')
    if (to === null) return fail('EIP-7702 transaction cannot be used to create contract')
    if (authorizations.length === 0) return fail('EIP-7702 transaction with empty auth list')
  }
  const bounds = gasBounds({ to, data, accessList, authorizations }, rules.isCanyon, rules.isIsthmus)
  const needed = bounds.intrinsic > bounds.floor ? bounds.intrinsic : bounds.floor
  if (gas < needed) return fail(`intrinsic gas too low: have ${gas}, want ${needed}`)
  const sender: AccountRecord = state.account(from) ?? emptyAccount
  const cost = gas * gasPrice
  if (sender.balance < cost + value)
    return fail(
      `insufficient funds for gas * price + value: address ${from} have ${sender.balance} want ${cost + value}`,
    )
  state.setAccount(from, { ...sender, nonce: sender.nonce + 1n, balance: sender.balance - cost })
  warmUp(machine, { from, to, accessList })
  const refund = await applyAuthorizations(machine, chainId, authorizations)
  const trace = tracesAccess ? traceAccess(machine) : null
  const result = await runMessage(
    machine,
    { from, to, value, data, gas, gasPrice, accessList, refund },
    bounds,
  )
  const accessed = trace?.end()
  machine.evm.journal.cleanJournal()
  return {
    status: result.error === undefined ? 'success' : result.error === 'revert' ? 'reverted' : 'failed',
    returnData: bytesToHex(result.returnData),
    gasUsed: result.gasNeeded,
    gasSettled: result.gasUsed,
    ...(accessed === undefined ? {} : { accessed }),
    ...(result.error === undefined ? {} : { error: result.error }),
  }
}

/** EIP-1186. */
function proveAccount(
  reader: StateReader,
  root: Hash,
  address: Address,
  slots: readonly Hex[],
): AccountProof {
  const state = new JournaledState(reader, root)
  const record = state.account(address) ?? emptyAccount
  const storageHash = bytesToHex(record.storageRoot)
  return {
    address,
    balance: record.balance,
    nonce: record.nonce,
    codeHash: bytesToHex(record.codeHash),
    storageHash,
    accountProof: prove(reader, root, hexToBytes(address)),
    storageProof: slots.map((key) => ({
      key,
      value: bytesToUint(state.slot(address, slotKey(key))),
      proof: prove(reader, storageHash, hexToBytes(slotKey(key))),
    })),
  }
}

/** The encoded nodes from the root to where the key is or would be. */
function prove(reader: StateReader, root: Hash, key: Uint8Array): Hex[] {
  const proof: Hex[] = []
  trieGet(reader.node, root, keccak256Bytes(key), (hash) => proof.push(bytesToHex(reader.encodedNode(hash))))
  return proof
}

function slotKey(slot: Hex): Hex {
  return bytesToHex(uintToBytes(BigInt(slot), 32))
}

const least = (a: bigint, b: bigint) => (a < b ? a : b)

function lowerCase(address: Address): Address {
  return address.toLowerCase() as Address
}
