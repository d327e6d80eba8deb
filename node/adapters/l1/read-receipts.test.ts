import { type Hash, toHex } from 'viem'
import { describe, expect, it } from 'vitest'
import { createJsonRpcClient } from '../../json-rpc/client.ts'
import { JsonRpcError, JsonRpcTransportError } from '../../json-rpc/errors.ts'
import { createMemoryTransport } from '../../json-rpc/memory-transport.ts'
import { createFakeRpc } from '../../json-rpc/testing/fake-rpc.ts'
import { createFakeClock } from '../../ports/testing/fake-clock.ts'
import { createFakeRandom } from '../../ports/testing/fake-random.ts'
import { receiptsRootOf, rpcReceipt } from './l1-roots.ts'
import { createReceiptReader } from './read-receipts.ts'

const random = createFakeRandom()
const word = (value: number): Hash => toHex(value, { size: 32 })
const hash = word(0xb10c)
const receipts = Array.from({ length: 45 }, (_, index) => ({
  type: '0x2',
  transactionHash: word(index),
  transactionIndex: toHex(index),
  blockHash: hash,
  status: '0x1',
  cumulativeGasUsed: toHex((index + 1) * 21_000),
  logsBloom: `0x${'00'.repeat(256)}`,
  logs: [],
}))
const parsed = receipts.map((one) => rpcReceipt.parse(one))
const block = { hash, receiptsRoot: receiptsRootOf(parsed) }

/** An L1 whose `eth_getBlockReceipts` fails in that way. */
function reader(failure: Error, answers: Record<string, unknown> = {}) {
  const clock = createFakeClock()
  const told: unknown[] = []
  const rpc = createFakeRpc({
    eth_getBlockReceipts: failure,
    eth_getBlockByHash: { hash, transactions: receipts.map(({ transactionHash }) => transactionHash) },
    eth_getTransactionReceipt: (asked: Hash) => receipts.find((one) => one.transactionHash === asked),
    ...answers,
  })
  const read = createReceiptReader({ clock, random, batchCallsMax: 10, onOneByOne: (why) => told.push(why) })
  const count = (method: string) => rpc.asked.filter(([asked]) => asked === method).length
  return { clock, told, rpc, count, read: () => read(rpc, block) }
}
const missing = new JsonRpcError(-32601, 'the method eth_getBlockReceipts does not exist/is not available')

describe('receipts of a provider without eth_getBlockReceipts', () => {
  it.each<[string, Error]>([
    ['−32601', missing],
    ['an unknown code', new JsonRpcError(-32000, 'Method not found')],
    ['not available', new JsonRpcError(-32000, 'method is not available')],
    ['Alchemy', new JsonRpcError(-32600, 'Unsupported method: eth_getBlockReceipts')],
    ['proxyd', new JsonRpcError(-32001, 'rpc method is not whitelisted')],
    ['EIP-1474', new JsonRpcError(-32004, 'Method not supported')],
    ['an old one that takes numbers alone', new JsonRpcError(-32602, 'invalid argument 0')],
    ['a proxy that forbids', new JsonRpcTransportError('HTTP 403', { status: 403 })],
    ['a proxy that does not know it', new JsonRpcTransportError('HTTP 404', { status: 404 })],
  ])('are read one by one when it says so by %s: found out once, said once', async (_, failure) => {
    const { read, count, told } = reader(failure)
    expect(await read()).toEqual(parsed)
    expect(await read()).toEqual(parsed)
    expect(count('eth_getBlockReceipts')).toBe(1)
    expect(count('eth_getTransactionReceipt')).toBe(2 * receipts.length)
    expect(told).toEqual([failure])
  })

  it.each<[string, Error]>([
    ['trouble', new JsonRpcError(-32603, 'internal error')],
    ['no answer', new JsonRpcTransportError('connection refused')],
    ['an overloaded server', new JsonRpcTransportError('HTTP 502', { status: 502 })],
  ])('are not looked for one by one after %s', async (_, failure) => {
    const { read, count } = reader(failure)
    await expect(read()).rejects.toBe(failure)
    expect(count('eth_getTransactionReceipt')).toBe(0)
  })

  it('are asked for by a bounded number of calls at once, each again when it fails', async () => {
    let underWay = 0
    let most = 0
    let calls = 0
    const { read, clock } = reader(missing, {
      eth_getTransactionReceipt: async (asked: Hash) => {
        most = Math.max(most, ++underWay)
        await Promise.resolve()
        underWay--
        if (++calls % 4 === 0) throw new JsonRpcTransportError('connection reset')
        return receipts.find((one) => one.transactionHash === asked)
      },
    })
    const reading = read()
    await clock.advance(60_000)
    expect(await reading).toEqual(parsed)
    expect(most).toBe(10)
    expect(calls).toBeLessThan(receipts.length * 1.5)
  })

  it('come in batches, and what failed in one is asked for again without the rest', async () => {
    const messages: number[] = []
    let calls = 0
    const methods = {
      eth_getBlockReceipts: () => Promise.reject(missing),
      eth_getBlockByHash: () => ({ hash, transactions: receipts.map((one) => one.transactionHash) }),
      eth_getTransactionReceipt([asked]: readonly unknown[]) {
        if (++calls % 7 === 0) throw new JsonRpcError(-32603, 'internal error')
        return receipts.find((one) => one.transactionHash === asked)
      },
    }
    const server = createMemoryTransport('l1', { methods: new Map(Object.entries(methods)) })
    const rpc = createJsonRpcClient({
      transport: {
        url: server.url,
        send(body, signal) {
          messages.push(Array.isArray(JSON.parse(body)) ? JSON.parse(body).length : 1)
          return server.send(body, signal)
        },
      },
    })
    const clock = createFakeClock()
    const reading = createReceiptReader({ clock, random, batchCallsMax: 20, onOneByOne: () => {} })(
      rpc,
      block,
    )
    await clock.advance(60_000)
    expect(await reading).toEqual(parsed)
    expect(messages).toEqual([1, 1, 20, 2, 1, 20, 3, 5, 1])
  })

  it('are proven like all others, and nothing is concluded from wrong ones', async () => {
    const { read, rpc, told, count } = reader(missing, {
      eth_getTransactionReceipt: (asked: Hash) => ({
        ...receipts.find((one) => one.transactionHash === asked),
        status: '0x0',
      }),
    })
    await expect(read()).rejects.toThrow(/expected receipts with the root/)
    expect(told).toEqual([])
    rpc.answers['eth_getBlockReceipts'] = receipts
    expect(await read()).toEqual(parsed)
    expect(count('eth_getBlockReceipts')).toBe(2)
  })

  it.each<[string, unknown]>([
    ['has no receipt', null],
    ['says that it has none', new JsonRpcError(-32000, 'block not found')],
    ['has the transaction in another block', { ...receipts[0], blockHash: word(1) }],
  ])('are absent when L1 %s', async (_, eth_getTransactionReceipt) => {
    expect(await reader(missing, { eth_getTransactionReceipt }).read()).toBeNull()
    expect(await reader(missing, { eth_getBlockByHash: null }).read()).toBeNull()
  })
})

describe('receipts of deposits', () => {
  const deposit = { ...receipts[0], type: '0x7e', depositNonce: '0x3d3bff' }
  const rootOf = (one: unknown) => receiptsRootOf([rpcReceipt.parse(one)])

  it('are hashed with nonce and version from Canyon on, and without the nonce before', () => {
    const bare = rootOf({ ...receipts[0], type: '0x7e' })
    expect(rootOf(deposit)).toBe(bare)
    expect(rootOf({ ...deposit, depositReceiptVersion: null })).toBe(bare)
    expect(rootOf({ ...deposit, depositReceiptVersion: '0x1' })).not.toBe(bare)
    // Fields that are no part of another type's receipt.
    expect(rootOf({ ...deposit, type: '0x2', depositReceiptVersion: '0x1' })).toBe(rootOf(receipts[0]))
  })
})
