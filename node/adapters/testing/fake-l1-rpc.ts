import { type Hash, toHex, zeroAddress } from 'viem'
import { type JsonRpcClient, requestEach } from '../../json-rpc/client.ts'
import { type AbsenceStyle, tellAbsent } from '../../json-rpc/testing/absence-style.ts'
import type { L1Header, L1Label } from '../../ports/l1-source.ts'
import type { FakeL1 } from '../../ports/testing/fake-l1.ts'
import { zeroHash } from '../../protocol/refs.ts'
import { receiptsRootOf } from '../l1/l1-roots.ts'

export interface FakeL1RpcOptions {
  readonly absence?: AbsenceStyle
  /** Sees every call before it is answered; may throw, or give another answer than the honest one. */
  readonly intercept?: (method: string, params: readonly unknown[]) => unknown
}

/**
 * The headers and the storage of a fake L1 behind the JSON-RPC of an execution client. The hashes of a fake L1 are not
 * those of its headers, so that the node must trust it (`trustRpc`). Its blocks are empty.
 */
export function createFakeL1Rpc(
  l1: FakeL1,
  { absence = 'null', intercept }: FakeL1RpcOptions = {},
): JsonRpcClient {
  const answer = async (method: string, params: readonly unknown[]): Promise<unknown> => {
    const [block] = params as [string]
    if (method === 'eth_chainId') return toHex(await l1.chainId())
    if (method === 'eth_getStorageAt') {
      const [address, slot, { blockHash }] = params as [Hash, Hash, { blockHash: Hash }]
      return l1.storageAt(address, slot, blockHash)
    }
    if (method === 'eth_getBlockReceipts') return (await l1.headerByHash(block as Hash)) && []
    const header =
      method === 'eth_getBlockByHash'
        ? await l1.headerByHash(block as Hash)
        : block.startsWith('0x')
          ? await l1.headerByNumber(BigInt(block))
          : await l1.headerByLabel(block as L1Label)
    return header && headerJson(header)
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
    receiptsRoot: receiptsRootOf([]),
    transactions: [],
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
