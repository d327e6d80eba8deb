import { once } from 'node:events'
import type { Hash } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createEngineAuthHeaders } from '../../../node/adapters/engine/engine-jwt.ts'
import { createSystemClock } from '../../../node/adapters/system/system-clock.ts'
import {
  buildBlock,
  createTestChain,
  headOnly,
  startTestEl,
  type TestChain,
  type TestEl,
  testAttributes,
  testJwtSecret,
} from '../testing/test-el.ts'

/** Of a wait: how long something takes on a busy machine says nothing. */
const patient = { timeout: 50_000 }

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let chain: TestChain
let el: TestEl
const open: WebSocket[] = []
beforeAll(async () => {
  chain = await createTestChain()
  el = await startTestEl(chain)
})
afterAll(async () => {
  for (const one of open) one.terminate()
  await el.close()
})

interface Client {
  request(
    method: string,
    ...params: unknown[]
  ): Promise<{ readonly result?: unknown; readonly error?: { code: number } }>
  /** Results of the subscriptions, as they came. */
  readonly results: { readonly subscription: string; readonly result: Record<string, unknown> }[]
}

async function connect(url: string, headers = {}): Promise<Client> {
  const socket = new WebSocket(url.replace('http', 'ws'), { headers })
  open.push(socket)
  const waiting = new Map<number, (answer: never) => void>()
  const results: Client['results'] = []
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString())
    if (message.method === 'eth_subscription') results.push(message.params)
    else waiting.get(message.id)?.(message as never)
  })
  await new Promise<void>((resolve, reject) => socket.once('open', () => resolve()).once('error', reject))
  let id = 0
  return {
    results,
    request: (method, ...params) =>
      new Promise((resolve) => {
        waiting.set(++id, resolve)
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
      }),
  }
}

describe('WebSocket', () => {
  it('answers calls, and batches', async () => {
    const client = await connect(el.httpUrl)
    expect(await client.request('eth_chainId')).toMatchObject({ result: '0x385' })
    expect(await client.request('engine_getPayloadV4', '0x0300000000000000')).toMatchObject({
      error: { code: -32601 },
    })
  })

  it('tells of new heads, pending transactions and logs, with what a reorg removed', async () => {
    const client = await connect(el.httpUrl)
    const ids: Record<string, unknown> = {}
    for (const kind of ['newHeads', 'logs', 'newPendingTransactions'])
      ids[kind] = (await client.request('eth_subscribe', kind)).result
    expect(new Set(Object.values(ids)).size).toBe(3)
    const of = (kind: string) => client.results.filter(({ subscription }) => subscription === ids[kind])

    const user = privateKeyToAccount(chain.accounts.users[1]?.privateKey as Hash)
    // Init code that emits a log without data and deploys nothing.
    const fields = {
      chainId: 901,
      gas: 100_000n,
      gasPrice: 3_000_000_000n,
      data: '0x60aa60006000a1',
    } as const
    const raw = await user.signTransaction({ type: 'legacy', nonce: 0, ...fields })
    const hash = (await client.request('eth_sendRawTransaction', raw)).result
    const genesis = el.chain.head.hash
    const main = await buildBlock(el, genesis, testAttributes(chain, 1n))
    const side = await buildBlock(el, genesis, testAttributes(chain, 1n, { salt: 1, noTxPool: true }))
    await vi.waitFor(() => expect(of('newHeads')).toHaveLength(2), patient)
    expect(of('newHeads').map(({ result }) => result['hash'])).toEqual([
      main.payload.blockHash,
      side.payload.blockHash,
    ])
    expect(of('newPendingTransactions')[0]?.result).toBe(hash)
    await vi.waitFor(() => expect(of('logs')).toHaveLength(2), patient)
    expect(of('logs').map(({ result }) => [result['transactionHash'], result['removed']])).toEqual([
      [hash, false],
      [hash, true],
    ])

    expect(await client.request('eth_unsubscribe', ids['newHeads'])).toMatchObject({ result: true })
    expect(await client.request('eth_unsubscribe', ids['newHeads'])).toMatchObject({ result: false })
    await el.engine.forkchoiceUpdated(headOnly(main.payload.blockHash))
    await vi.waitFor(() => expect(of('logs')).toHaveLength(3), patient)
    expect(of('newHeads')).toHaveLength(2)
  })

  it('refuses unknown subscriptions and too many', async () => {
    const client = await connect(el.httpUrl)
    expect(await client.request('eth_subscribe', 'syncing')).toMatchObject({ error: { code: -32601 } })
    expect(await client.request('eth_subscribe', 'newHeads', {})).toMatchObject({ error: { code: -32602 } })
    for (let count = 0; count < 64; count++) await client.request('eth_subscribe', 'newHeads')
    expect(await client.request('eth_subscribe', 'newHeads')).toMatchObject({ error: { code: -32005 } })
  })

  it('refuses web pages on both ports, unless they are listed', async () => {
    const token = createEngineAuthHeaders(testJwtSecret, createSystemClock())()
    const foreign = { origin: 'https://attacker.example' }
    await expect(connect(el.httpUrl, foreign)).rejects.toThrow('403')
    await expect(connect(el.httpUrl, { host: 'attacker.example' })).rejects.toThrow('403')
    await expect(connect(el.authUrl, { ...token, ...foreign })).rejects.toThrow('403')
    const access = { virtualHosts: [], corsDomains: ['https://app.example'] }
    const opened = await startTestEl(chain, { access })
    try {
      const client = await connect(opened.httpUrl, { origin: 'https://app.example' })
      expect(await client.request('eth_chainId')).toMatchObject({ result: '0x385' })
    } finally {
      await opened.close()
    }
  })

  it('answers nothing more to a client that does not read', async () => {
    const genesis = await el.rpc.request('eth_getBlockByNumber', ['0x0', false])
    const wide = await connect(el.httpUrl)
    const socket = open.at(-1) as WebSocket
    socket.pause()
    const batch = JSON.stringify(
      Array.from({ length: 1000 }, (_, id) => ({
        jsonrpc: '2.0',
        id,
        method: 'eth_getBlockByNumber',
        params: ['0x0', false],
      })),
    )
    const calls = 60
    for (let count = 0; count < calls; count++) socket.send(batch)
    // 60 answers of more than a megabyte: the old server had ended the connection at 16 MiB.
    const size = JSON.stringify(genesis).length * 1000
    expect(size).toBeGreaterThan(1_000_000)
    let answers = 0
    socket.on('message', () => answers++)
    socket.resume()
    await vi.waitFor(() => expect(answers).toBe(calls), { timeout: 30_000 })
    expect(await wide.request('eth_chainId')).toMatchObject({ result: '0x385' })
  })

  it('holds so much of unfinished messages, however many connections there are', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 16 }, async () => {
        const socket = new WebSocket(el.httpUrl.replace('http', 'ws')).on('error', () => {})
        open.push(socket)
        await once(socket, 'open')
        return socket
      }),
    )
    const isClosed = (socket: WebSocket) => socket.readyState === WebSocket.CLOSED
    for (const socket of sockets) socket.send(Buffer.alloc(4_900_000, ' '), { fin: false })
    // Six fit, whose messages can be finished.
    await vi.waitFor(() => expect(sockets.filter(isClosed)).toHaveLength(10), patient)
    const survivor = sockets.find((socket) => !isClosed(socket))
    survivor?.send('{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}')
    const [answer] = survivor === undefined ? [] : await once(survivor, 'message')
    expect(JSON.parse(String(answer))).toMatchObject({ id: 1, result: expect.stringMatching(/^0x/) })
  })

  it('wants a token on the authenticated port', async () => {
    await expect(connect(el.authUrl)).rejects.toThrow('401')
    const client = await connect(el.authUrl, createEngineAuthHeaders(testJwtSecret, createSystemClock())())
    expect(await client.request('engine_exchangeCapabilities', [])).toMatchObject({
      result: expect.arrayContaining(['engine_newPayloadV4']),
    })
  })
})
