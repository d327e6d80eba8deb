import type { Hex } from 'viem'
import { JsonRpcError } from '../../../node/json-rpc/errors.ts'
import { method } from '../../../node/json-rpc/method.ts'
import { quantityToJson } from '../../../node/protocol/json-schema.ts'
import { CallLimitError } from '../execution/call-gate.ts'
import { authorizationSigner } from '../execution/decode-transaction.ts'
import { CallFailedError } from '../execution/state-view.ts'
import type { AccountOverride, AccountProof, CallRequest } from '../execution/types.ts'
import { type RpcBackend, type RpcMethods, requireBlock, serverError, stateAt } from './backend.ts'
import { definedFields } from './defined-fields.ts'
import {
  type BlockId,
  type BlockOverridesParam,
  type CallParam,
  param,
  type SlotParam,
  type StateOverridesParam,
} from './params.ts'

/** Geth's code for a call that reverted; the revert data goes with it. */
const revertedCode = 3

/** `eth_` methods that read the state after a block, or call into it. */
export function ethStateMethods(backend: RpcBackend): RpcMethods {
  const request = (
    call: CallParam,
    id: BlockId,
    overrides: StateOverridesParam,
    block?: BlockOverridesParam,
  ): CallRequest => {
    const { chainId } = backend.config
    if (call.chainId != null && call.chainId !== chainId)
      throw serverError(`chainId does not match node's (have=${call.chainId}, want=${chainId})`)
    return {
      ...callRequest(call, requireBlock(backend, id).header.baseFeePerGas),
      ...(overrides === undefined ? {} : { overrides: accountOverrides(overrides) }),
      ...(block == null ? {} : { block: blockOverride(block) }),
    }
  }
  const callParams = [param.call, param.blockIdOrLatest, param.stateOverrides] as const

  return {
    eth_getBalance: method([param.address, param.blockId], async (address, id) =>
      quantityToJson(await stateAt(backend, id).balance(address)),
    ),
    eth_getCode: method([param.address, param.blockId], (address, id) => stateAt(backend, id).code(address)),
    eth_getStorageAt: method([param.address, param.slot, param.blockId], (address, { word }, id) =>
      stateAt(backend, id).storage(address, word),
    ),
    eth_getProof: method([param.address, param.slots, param.blockId], async (address, slots, id) => {
      const words = slots.map(({ word }) => word)
      return proofToJson(await stateAt(backend, id).proof(address, words), slots)
    }),
    eth_call: method(
      [...callParams, param.blockOverrides],
      async (call, id, overrides, block, { signal }) => {
        const asked = request(call, id, overrides, block)
        const result = await limited(stateAt(backend, id).call(asked, signal))
        if (result.status === 'reverted') throw revertError(result.returnData)
        if (result.status === 'failed') throw serverError(result.error ?? 'call failed')
        return result.returnData
      },
    ),
    eth_estimateGas: method(
      [...callParams, param.blockOverrides],
      async (call, id, overrides, block, { signal }) => {
        try {
          const asked = request(call, id, overrides, block)
          return quantityToJson(await limited(stateAt(backend, id).estimateGas(asked, signal)))
        } catch (error) {
          if (!(error instanceof CallFailedError)) throw error
          if (error.message === 'execution reverted') throw revertError(error.data)
          throw serverError(error.message)
        }
      },
    ),
    eth_createAccessList: method(callParams, async (call, id, overrides, { signal }) => {
      const asked = request(call, id, overrides)
      const { accessList, gasUsed, couldBegin, error } = await limited(
        stateAt(backend, id).accessList(asked, signal),
      )
      if (!couldBegin) throw serverError(`failed to apply transaction: ${error}`)
      return definedFields({
        accessList: accessList.map(({ address, slots }) => ({ address, storageKeys: slots })),
        gasUsed: quantityToJson(gasUsed),
        error,
      })
    }),
  }
}

/** @throws JsonRpcError −32000 in geth's words when a call took too much. */
async function limited<T>(result: Promise<T>): Promise<T> {
  try {
    return await result
  } catch (error) {
    throw error instanceof CallLimitError ? serverError(error.message) : error
  }
}

/** With EIP-1559 fields the gas price is what a transaction would pay; without a price there is no fee check. */
function callRequest(call: CallParam, baseFee: bigint): CallRequest {
  const tip = call.maxPriorityFeePerGas ?? 0n
  const price =
    call.gasPrice ??
    (call.maxFeePerGas == null ? 0n : baseFee + tip < call.maxFeePerGas ? baseFee + tip : call.maxFeePerGas)
  const data = call.input ?? call.data
  return {
    ...(call.from == null ? {} : { from: call.from }),
    ...(call.to === undefined ? {} : { to: call.to }),
    ...(call.gas == null ? {} : { gas: call.gas }),
    ...(call.value == null ? {} : { value: call.value }),
    ...(data == null ? {} : { data }),
    ...(call.accessList == null ? {} : { accessList: call.accessList }),
    ...(call.authorizationList == null
      ? {}
      : {
          authorizations: call.authorizationList.map(({ r, s, yParity, ...signed }) => ({
            ...signed,
            // When the call runs, which has gas for it: a list can be long.
            get authority() {
              return authorizationSigner(signed, { r, s, yParity })
            },
          })),
        }),
    gasPrice: price,
  }
}

/** @throws JsonRpcError −32000 in geth's words. */
function accountOverrides(accounts: NonNullable<StateOverridesParam>): AccountOverride[] {
  return accounts.map(([key, { balance, nonce, code, state, stateDiff }]) => {
    if (state != null && stateDiff != null)
      throw serverError(`account ${key} has both 'state' and 'stateDiff'`)
    const slots = state ?? stateDiff
    return {
      address: key,
      ...(balance == null ? {} : { balance }),
      ...(nonce == null ? {} : { nonce }),
      ...(code == null ? {} : { code }),
      ...(slots == null ? {} : { storage: { replacesAll: state != null, slots } }),
    }
  })
}

/** @throws JsonRpcError −32000 in geth's words. */
function blockOverride(block: NonNullable<BlockOverridesParam>): NonNullable<CallRequest['block']> {
  for (const name of ['beaconRoot', 'withdrawals'] as const)
    if (block[name] != null)
      throw serverError(`block override "${name}" is not supported for this RPC method`)
  const { number, time, gasLimit, feeRecipient, prevRandao, baseFeePerGas, blobBaseFee } = block
  return {
    ...(number == null ? {} : { number }),
    ...(time == null ? {} : { timestamp: time }),
    ...(gasLimit == null ? {} : { gasLimit }),
    ...(feeRecipient == null ? {} : { feeRecipient }),
    ...(prevRandao == null ? {} : { prevRandao }),
    ...(baseFeePerGas == null ? {} : { baseFeePerGas }),
    ...(blobBaseFee == null ? {} : { blobBaseFee }),
  }
}

function revertError(data: Hex): JsonRpcError {
  const reason = revertReason(data)
  return new JsonRpcError(revertedCode, `execution reverted${reason === null ? '' : `: ${reason}`}`, data)
}

/** The text of Solidity's `Error(string)`: selector, offset of the text, and there its length in bytes and itself. */
function revertReason(data: Hex): string | null {
  if (!data.startsWith('0x08c379a0')) return null
  const bytes = Buffer.from(data.slice(10), 'hex')
  // What does not fit a number lies beyond the end.
  const word = (at: number) => Number(BigInt(`0x0${bytes.toString('hex', at, at + 32)}`))
  const offset = word(0)
  if (offset + 32 > bytes.length) return null
  const end = offset + 32 + word(offset)
  return end > bytes.length ? null : bytes.toString('utf8', offset + 32, end)
}

function proofToJson(proof: AccountProof, slots: readonly SlotParam[]): Record<string, unknown> {
  return {
    address: proof.address,
    accountProof: proof.accountProof,
    balance: quantityToJson(proof.balance),
    codeHash: proof.codeHash,
    nonce: quantityToJson(proof.nonce),
    storageHash: proof.storageHash,
    storageProof: proof.storageProof.map(({ value, proof: nodes }, index) => ({
      key: slots[index]?.key,
      value: quantityToJson(value),
      proof: nodes,
    })),
  }
}
