import { decodeAbiParameters, type Hex } from 'viem'
import { JsonRpcError, rpcErrorCode } from '../../../node/json-rpc/errors.ts'
import { quantityToJson } from '../../../node/protocol/json-schema.ts'
import { CallFailedError } from '../execution/state-view.ts'
import type { AccountProof, CallRequest } from '../execution/types.ts'
import { type RpcBackend, type RpcMethods, requireBlock, stateAt } from './backend.ts'
import { type CallParam, param, readParams } from './params.ts'

/** Geth's code for a call that reverted; the revert data goes with it. */
const revertedCode = 3

/** `eth_` methods that read the state after a block, or call into it. */
export function ethStateMethods(backend: RpcBackend): RpcMethods {
  return {
    eth_getBalance: async (params) => {
      const [address, id] = readParams(params, param.address, param.blockId)
      return quantityToJson(await stateAt(backend, id).balance(address))
    },
    eth_getCode: (params) => {
      const [address, id] = readParams(params, param.address, param.blockId)
      return stateAt(backend, id).code(address)
    },
    eth_getStorageAt: (params) => {
      const [address, slot, id] = readParams(params, param.address, param.slot, param.blockId)
      return stateAt(backend, id).storage(address, slot)
    },
    eth_getProof: async (params) => {
      const [address, slots, id] = readParams(params, param.address, param.slots, param.blockId)
      return proofToJson(await stateAt(backend, id).proof(address, slots))
    },
    eth_call: async (params) => {
      const [call, id] = readParams(params, param.call, param.blockId, param.noOverrides)
      const baseFee = requireBlock(backend, id).header.baseFeePerGas
      const result = await stateAt(backend, id).call(callRequest(call, baseFee))
      if (result.status === 'reverted') throw revertError(result.returnData)
      if (result.status === 'failed')
        throw new JsonRpcError(rpcErrorCode.server, result.error ?? 'call failed')
      return result.returnData
    },
    eth_estimateGas: async (params) => {
      const [call, id] = readParams(params, param.call, param.blockId, param.noOverrides)
      const baseFee = requireBlock(backend, id).header.baseFeePerGas
      try {
        return quantityToJson(await stateAt(backend, id).estimateGas(callRequest(call, baseFee)))
      } catch (error) {
        if (!(error instanceof CallFailedError)) throw error
        if (error.message === 'execution reverted') throw revertError(error.data)
        throw new JsonRpcError(rpcErrorCode.server, error.message)
      }
    },
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
    gasPrice: price,
  }
}

function revertError(data: Hex): JsonRpcError {
  const reason = revertReason(data)
  return new JsonRpcError(revertedCode, `execution reverted${reason === null ? '' : `: ${reason}`}`, data)
}

/** The text of Solidity's `Error(string)`. */
function revertReason(data: Hex): string | null {
  if (!data.startsWith('0x08c379a0')) return null
  try {
    return decodeAbiParameters([{ type: 'string' }], `0x${data.slice(10)}`)[0]
  } catch {
    return null
  }
}

function proofToJson(proof: AccountProof): Record<string, unknown> {
  return {
    address: proof.address,
    accountProof: proof.accountProof,
    balance: quantityToJson(proof.balance),
    codeHash: proof.codeHash,
    nonce: quantityToJson(proof.nonce),
    storageHash: proof.storageHash,
    storageProof: proof.storageProof.map(({ key, value, proof: nodes }) => ({
      key,
      value: quantityToJson(value),
      proof: nodes,
    })),
  }
}
