import { type Hash, type Hex, keccak256, parseTransaction, toHex } from 'viem'
import type { FakeEngine } from '../../engine/testing/fake-engine.ts'
import { type JsonRpcClient, requestEach } from '../../json-rpc/client.ts'
import { type AbsenceStyle, tellAbsent } from '../../json-rpc/testing/absence-style.ts'
import type { L2Label } from '../../ports/l2-source.ts'
import { decodeDepositTransaction, isDepositTransaction } from '../../protocol/deposit-transaction.ts'
import type { PayloadEnvelope } from '../../protocol/payload.ts'

/** A fake engine behind the `eth_` methods that the L2 source calls. */
export function createFakeL2Rpc(el: FakeEngine, absence: AbsenceStyle): JsonRpcClient {
  const answer = async (method: string, params: readonly unknown[]): Promise<unknown> => {
    const [block] = params as [string]
    if (method === 'eth_chainId') return toHex(await el.chainId())
    const found =
      method === 'eth_getBlockByHash'
        ? await el.blockByHash(block as Hash)
        : block.startsWith('0x')
          ? await el.blockByNumber(BigInt(block))
          : await el.blockByLabel(block as L2Label)
    return found && blockJson(found)
  }
  const request: JsonRpcClient['request'] = async (method, params, signal) => {
    signal?.throwIfAborted()
    return (await answer(method, params)) ?? tellAbsent(absence, params)
  }
  return { url: 'http://el', request, requestAll: (calls, signal) => requestEach(request, calls, signal) }
}

function blockJson({ payload, parentBeaconBlockRoot }: PayloadEnvelope) {
  const optional = (name: string, value: bigint | undefined) =>
    value === undefined ? {} : { [name]: toHex(value) }
  return {
    hash: payload.blockHash,
    parentHash: payload.parentHash,
    miner: payload.feeRecipient,
    stateRoot: payload.stateRoot,
    receiptsRoot: payload.receiptsRoot,
    logsBloom: payload.logsBloom,
    mixHash: payload.prevRandao,
    number: toHex(payload.blockNumber),
    gasLimit: toHex(payload.gasLimit),
    gasUsed: toHex(payload.gasUsed),
    timestamp: toHex(payload.timestamp),
    extraData: payload.extraData,
    baseFeePerGas: toHex(payload.baseFeePerGas),
    withdrawals: payload.withdrawals,
    withdrawalsRoot: payload.withdrawalsRoot,
    ...optional('blobGasUsed', payload.blobGasUsed),
    ...optional('excessBlobGas', payload.excessBlobGas),
    parentBeaconBlockRoot,
    transactions: payload.transactions.map(transactionJson),
  }
}

function transactionJson(raw: Hex) {
  const hash = keccak256(raw)
  if (isDepositTransaction(raw)) {
    const { isSystemTransaction, mint, value, gas, data, ...rest } = decodeDepositTransaction(raw)
    const quantities = { mint: toHex(mint), value: toHex(value), gas: toHex(gas) }
    return { type: '0x7e', hash, ...rest, ...quantities, isSystemTx: isSystemTransaction, input: data }
  }
  const tx = parseTransaction(raw as `0x02${string}`)
  return {
    type: '0x2',
    hash,
    chainId: toHex(tx.chainId),
    nonce: toHex(tx.nonce ?? 0),
    maxPriorityFeePerGas: toHex(tx.maxPriorityFeePerGas ?? 0n),
    maxFeePerGas: toHex(tx.maxFeePerGas ?? 0n),
    gas: toHex(tx.gas ?? 0n),
    // The source does not recover senders of L2 transactions.
    from: `0x${'00'.repeat(20)}`,
    to: tx.to ?? null,
    value: toHex(tx.value ?? 0n),
    input: tx.data ?? '0x',
    accessList: [],
    yParity: toHex(tx.yParity ?? 0),
    r: tx.r,
    s: tx.s,
  }
}
