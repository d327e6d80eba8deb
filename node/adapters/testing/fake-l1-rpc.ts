import { type Hash, keccak256, toHex, zeroAddress } from 'viem'
import { type JsonRpcClient, requestEach } from '../../json-rpc/client.ts'
import { type AbsenceStyle, tellAbsent } from '../../json-rpc/testing/absence-style.ts'
import type { L1Header, L1Label, L1Receipt, L1Transaction } from '../../ports/l1-source.ts'
import type { FakeL1 } from '../../ports/testing/fake-l1.ts'
import { encodeDepositTransaction } from '../../protocol/deposit-transaction.ts'
import { zeroHash } from '../../protocol/refs.ts'
import { receiptsRootOf, rpcReceipt } from '../l1/l1-roots.ts'

export interface FakeL1RpcOptions {
  readonly absence?: AbsenceStyle
  /** Sees every call before it is answered; may throw, or give another answer than the honest one. */
  readonly intercept?: (method: string, params: readonly unknown[]) => unknown
}

/**
 * A fake L1 behind the JSON-RPC of an execution client. The hashes of a fake L1 are not those of its headers, so that the
 * node must trust it (`trustRpc`); receipts are proven by their root. All transactions are deposits, as on an L1 that is
 * an OP Stack chain: those need no signature.
 */
export function createFakeL1Rpc(
  l1: FakeL1,
  { absence = 'null', intercept }: FakeL1RpcOptions = {},
): JsonRpcClient {
  const blockJson = async (header: L1Header, full: boolean) => {
    const receipts = (await l1.receiptsByHash(header.hash)) ?? []
    const transactions = (await l1.transactionsByHash(header.hash)) ?? []
    const json = transactions.map((transaction, index) => depositJson(transaction, index))
    return {
      ...headerJson(header),
      receiptsRoot: receiptsRootOf(receiptsJson(header.hash, receipts).map((one) => rpcReceipt.parse(one))),
      transactions: full ? json : json.map(({ hash }) => hash),
    }
  }
  const answer = async (method: string, params: readonly unknown[]): Promise<unknown> => {
    const [block, full] = params as [string, boolean]
    if (method === 'eth_chainId') return toHex(await l1.chainId())
    if (method === 'eth_getStorageAt') {
      const [address, slot, { blockHash }] = params as [Hash, Hash, { blockHash: Hash }]
      return l1.storageAt(address, slot, blockHash)
    }
    if (method === 'eth_getBlockReceipts') {
      const receipts = await l1.receiptsByHash(block as Hash)
      return receipts && receiptsJson(block as Hash, receipts)
    }
    const header =
      method === 'eth_getBlockByHash'
        ? await l1.headerByHash(block as Hash)
        : block.startsWith('0x')
          ? await l1.headerByNumber(BigInt(block))
          : await l1.headerByLabel(block as L1Label)
    return header && blockJson(header, full)
  }
  const request: JsonRpcClient['request'] = async (method, params, signal) => {
    signal?.throwIfAborted()
    const intercepted = intercept?.(method, params)
    return intercepted ?? (await answer(method, params)) ?? tellAbsent(absence, params)
  }
  return { url: 'http://l1', request, requestAll: (calls, signal) => requestEach(request, calls, signal) }
}

function headerJson(header: L1Header) {
  return {
    hash: header.hash,
    parentHash: header.parentHash,
    sha3Uncles: zeroHash,
    miner: zeroAddress,
    stateRoot: zeroHash,
    transactionsRoot: zeroHash,
    logsBloom: `0x${'00'.repeat(256)}`,
    difficulty: '0x0',
    number: toHex(header.number),
    gasLimit: '0x1c9c380',
    gasUsed: '0x0',
    timestamp: toHex(header.timestamp),
    extraData: '0x',
    mixHash: header.mixHash,
    nonce: '0x0000000000000000',
    baseFeePerGas: toHex(header.baseFeePerGas),
    excessBlobGas: toHex(header.excessBlobGas ?? 0n),
    blobGasUsed: '0x0',
    parentBeaconBlockRoot: header.parentBeaconBlockRoot ?? zeroHash,
  }
}

function depositJson({ from, to, input }: L1Transaction, index: number) {
  const sourceHash = keccak256(toHex(`deposit ${index}`))
  const fields = {
    sourceHash,
    from,
    to,
    mint: 0n,
    value: 0n,
    gas: 0n,
    isSystemTransaction: false,
    data: input,
  }
  const hash = keccak256(encodeDepositTransaction(fields))
  return { type: '0x7e', hash, sourceHash, from, to, value: '0x0', gas: '0x0', input }
}

function receiptsJson(blockHash: Hash, receipts: readonly L1Receipt[]) {
  return receipts.map(({ transactionHash, status, logs }, index) => ({
    type: '0x2',
    transactionHash,
    transactionIndex: toHex(index),
    blockHash,
    status: status === 'success' ? '0x1' : '0x0',
    cumulativeGasUsed: toHex((index + 1) * 21_000),
    logsBloom: `0x${'00'.repeat(256)}`,
    logs: logs.map((log) => ({ ...log, logIndex: toHex(log.logIndex) })),
  }))
}
