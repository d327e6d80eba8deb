import { afterEach, describe, expect, it } from 'vitest'
import { createHttpRpcClient } from '../../node/json-rpc/http-client.ts'
import type { JsonRpcServer } from '../../node/json-rpc/http-server.ts'
import { createFakeRpc } from '../../node/json-rpc/testing/fake-rpc.ts'
import { createFakeClock } from '../../node/ports/testing/fake-clock.ts'
import { startL1Gateway } from './gateway.ts'

let gateway: JsonRpcServer | undefined
afterEach(() => gateway?.close())

/** The gateway before an anvil that answers everything, as anvil takes what geth refuses. */
async function setUp() {
  const rpc = createFakeRpc(new Proxy({}, { has: () => true, get: () => 'anvil' }))
  gateway = await startL1Gateway({
    port: 0,
    anvil: { rpc },
    controller: { settled: async () => {}, labels: () => ({ safe: 7n, finalized: 3n }) },
    tree: { orphaned: () => undefined, block: () => undefined, blocks: () => [] },
    clock: createFakeClock(),
    blobs: { take: (raw) => raw },
  })
  const client = createHttpRpcClient({ url: gateway.url, timeoutMs: 5_000 })
  return { asked: rpc.asked, ask: (method: string, ...params: unknown[]) => client.request(method, params) }
}
const address = `0x${'aa'.repeat(20)}`

describe('the L1 that clients see', () => {
  it.each<[string, unknown[], string]>([
    ['eth_getBlockByNumber', [], 'missing value for required argument 0'],
    ['eth_getBlockByNumber', ['latest'], 'missing value for required argument 1'],
    ['eth_getBlockByHash', [`0x${'11'.repeat(32)}`], 'missing value for required argument 1'],
    ['eth_getBlockReceipts', [], 'missing value for required argument 0'],
    ['eth_getBalance', [address], 'missing value for required argument 1'],
    ['eth_getStorageAt', [address, '0x0'], 'missing value for required argument 2'],
    ['eth_getProof', [address, []], 'missing value for required argument 2'],
    ['eth_call', [], 'missing value for required argument 0'],
    ['eth_getLogs', [], 'missing value for required argument 0'],
    ['eth_getLogs', [5], 'invalid argument 0'],
    ['eth_sendRawTransaction', [], 'missing value for required argument 0'],
    ['eth_sendRawTransaction', [5], 'invalid argument 0'],
    ['eth_getBlockByNumber', ['latest', false, 1], 'too many arguments, want at most 2'],
    ['eth_getBalance', [address, 'latest', 1], 'too many arguments, want at most 2'],
    ['eth_getBlockReceipts', ['latest', 1], 'too many arguments, want at most 1'],
    ['eth_getLogs', [{}, 1], 'too many arguments, want at most 1'],
    ['eth_sendRawTransaction', ['0x', 1], 'too many arguments, want at most 1'],
  ])('refuses %s %j with −32602, as geth', async (method, params, message) => {
    const { ask, asked } = await setUp()
    await expect(ask(method, ...params)).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining(message),
    })
    expect(asked).toEqual([])
  })

  it('passes what geth takes, with its own safe and finalized', async () => {
    const { ask, asked } = await setUp()
    expect(await ask('eth_getBlockByNumber', 'safe', false)).toBe('anvil')
    await ask('eth_getStorageAt', address, '0x0', 'finalized')
    await ask('eth_call', { to: address })
    await ask('eth_call', { to: address }, 'safe', {})
    await ask('eth_getLogs', { fromBlock: 'finalized', toBlock: 'latest' })
    await ask('eth_chainId')
    expect(asked).toEqual([
      ['eth_getBlockByNumber', ['0x7', false]],
      ['eth_getStorageAt', [address, '0x0', '0x3']],
      ['eth_call', [{ to: address }]],
      ['eth_call', [{ to: address }, '0x7', {}]],
      ['eth_getLogs', [{ fromBlock: '0x3', toBlock: 'latest' }]],
      ['eth_chainId', []],
    ])
  })
})
