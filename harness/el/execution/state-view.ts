import { createMerkleProof } from '@ethereumjs/mpt'
import { Account, createAddressFromString, hexToBytes, setLengthLeft } from '@ethereumjs/util'
import type { Address, Hash, Hex } from 'viem'
import { bytesToHex, bytesToUint } from '../../../node/protocol/bytes.ts'
import { emptyTrieRoot } from '../../../node/protocol/ordered-trie-root.ts'
import type { BlockHeader } from '../chain/header.ts'
import { type BlockMachineModules, createBlockMachine } from './block-machine.ts'
import { gasBounds } from './deposit.ts'
import { activeFork } from './hardfork.ts'
import { JournaledState } from './journaled-state.ts'
import { StateTries } from './state-tries.ts'
import type { AccountProof, CallRequest, CallResult, StateView } from './types.ts'

/** A call failed even with all the gas it may have; `data` is what the contract reverted with. */
export class CallFailedError extends Error {
  override readonly name = 'CallFailedError'
  readonly data: Hex
  constructor(message: string, data: Hex) {
    super(message)
    this.data = data
  }
}

const zeroAddress: Address = '0x0000000000000000000000000000000000000000'

export function createStateView(modules: BlockMachineModules & { readonly header: BlockHeader }): StateView {
  const { config, store, header } = modules
  if (header.stateRoot !== emptyTrieRoot && store.node(header.stateRoot) === undefined)
    throw new Error(`the state of block ${header.number} (root ${header.stateRoot}) is not in the store`)
  const root = hexToBytes(header.stateRoot)
  const read = new JournaledState(store, root)
  const account = async (address: Address) =>
    (await read.getAccount(createAddressFromString(address))) ?? new Account()

  async function call(request: CallRequest): Promise<CallResult> {
    const machine = await createBlockMachine(modules, activeFork(config, header.timestamp))
    const block = machine.enter(header.stateRoot, {
      ...header,
      feeRecipient: createAddressFromString(header.feeRecipient),
    })
    const caller = createAddressFromString(request.from ?? zeroAddress)
    const to =
      request.to === undefined || request.to === null ? undefined : createAddressFromString(request.to)
    const data = hexToBytes(request.data ?? '0x')
    const { intrinsic, floor } = gasBounds(machine.common, caller, to, data)
    const gas = request.gas === undefined || request.gas > header.gasLimit ? header.gasLimit : request.gas
    if (gas < intrinsic || gas < floor)
      return {
        status: 'failed',
        returnData: '0x',
        gasUsed: gas,
        error: `intrinsic gas too low: have ${gas}, want ${intrinsic > floor ? intrinsic : floor}`,
      }
    const { execResult } = await machine.evm.runCall({
      block,
      caller,
      origin: caller,
      ...(to === undefined ? {} : { to }),
      data,
      value: request.value ?? 0n,
      gasPrice: request.gasPrice ?? 0n,
      gasLimit: gas - intrinsic,
    })
    const used = execResult.executionGasUsed + intrinsic
    const failure = execResult.exceptionError
    return {
      status: failure === undefined ? 'success' : failure.error === 'revert' ? 'reverted' : 'failed',
      returnData: bytesToHex(execResult.returnValue),
      gasUsed: used > floor ? used : floor,
      ...(failure === undefined ? {} : { error: failure.error }),
    }
  }

  /** The least gas with which the call succeeds: more than it uses when it keeps gas back or earns refunds. */
  async function estimateGas(request: CallRequest): Promise<bigint> {
    let high = request.gas === undefined || request.gas > header.gasLimit ? header.gasLimit : request.gas
    const first = await call({ ...request, gas: high })
    if (first.status !== 'success')
      throw new CallFailedError(
        first.status === 'reverted' ? 'execution reverted' : `execution failed: ${first.error}`,
        first.returnData,
      )
    let low = first.gasUsed - 1n
    const asUsed = await call({ ...request, gas: first.gasUsed })
    if (asUsed.status === 'success') return first.gasUsed
    while (low + 1n < high && (high - low) * 100n > high) {
      const middle = (low + high) / 2n
      const result = await call({ ...request, gas: middle })
      if (result.status === 'success') high = middle
      else low = middle
    }
    return high
  }

  return {
    balance: async (address) => (await account(address)).balance,
    nonce: async (address) => (await account(address)).nonce,
    code: async (address) => bytesToHex(await read.getCode(createAddressFromString(address))),
    storage: async (address, slot) => {
      const value = await read.getStorage(
        createAddressFromString(address),
        setLengthLeft(hexToBytes(slot), 32),
      )
      return bytesToHex(setLengthLeft(value, 32))
    },
    call,
    estimateGas,
    async proof(address, slots): Promise<AccountProof> {
      const tries = new StateTries(store)
      const at = createAddressFromString(address)
      const found = await account(address)
      const storageTrie = tries.open(found.storageRoot)
      return {
        address,
        balance: found.balance,
        nonce: found.nonce,
        codeHash: bytesToHex(found.codeHash) as Hash,
        storageHash: bytesToHex(found.storageRoot) as Hash,
        accountProof: (await createMerkleProof(tries.open(root), at.bytes)).map((node) => bytesToHex(node)),
        storageProof: await Promise.all(
          slots.map(async (key) => {
            const bytes = setLengthLeft(hexToBytes(key), 32)
            const proof = await createMerkleProof(storageTrie, bytes)
            return {
              key,
              value: bytesToUint(await read.getStorage(at, bytes)),
              proof: proof.map((node) => bytesToHex(node)),
            }
          }),
        ),
      }
    },
  }
}
