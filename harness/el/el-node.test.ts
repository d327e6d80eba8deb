import { type Hash, type Hex, keccak256, parseGwei } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createEngineAuthHeaders } from '../../node/adapters/engine/engine-jwt.ts'
import { createL2Source } from '../../node/adapters/engine/l2-source.ts'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { payloadBlockHash } from '../../node/protocol/block-hash.ts'
import type { PayloadEnvelope } from '../../node/protocol/payload.ts'
import { attributesToJson } from '../../node/protocol/payload-json.ts'
import {
  buildBlock,
  buildPayload,
  createTestChain,
  headOnly,
  startTestEl,
  type TestChain,
  type TestEl,
  testAttributes,
} from './testing/test-el.ts'

// It executes some hundred blocks, on a machine that may do much else.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let chain: TestChain
let a: TestEl
let b: TestEl
beforeAll(async () => {
  chain = await createTestChain()
  ;[a, b] = [await startTestEl(chain), await startTestEl(chain)]
})
afterAll(() => Promise.all([a.close(), b.close()]))

async function transfer(
  nonce: number,
  over: { readonly tip?: string; readonly user?: number } = {},
): Promise<Hex> {
  const user = chain.accounts.users[over.user ?? 1]
  if (user === undefined) throw new Error('no such user')
  return privateKeyToAccount(user.privateKey).signTransaction({
    type: 'eip1559',
    chainId: 901,
    nonce,
    to: '0x00000000000000000000000000000000000000aa',
    value: 1n,
    gas: 21_000n,
    maxFeePerGas: parseGwei('10'),
    maxPriorityFeePerGas: parseGwei(over.tip ?? '1'),
  })
}

describe('an engine that builds, and one that executes', () => {
  const blocks: PayloadEnvelope[] = []

  it('builds 30 blocks with transfers from the pool', async () => {
    let parent = a.chain.head.hash
    for (let seconds = 1n; seconds <= 30n; seconds++) {
      const hash = await a.rpc.request('eth_sendRawTransaction', [await transfer(Number(seconds - 1n))])
      const block = await buildBlock(a, parent, testAttributes(chain, seconds))
      blocks.push(block)
      parent = block.payload.blockHash
      expect(block.payload.transactions).toHaveLength(2)
      expect(await a.rpc.request('eth_getTransactionReceipt', [hash])).toMatchObject({
        status: '0x1',
        blockHash: parent,
        l1Fee: expect.stringMatching(/^0x[1-9a-f]/),
      })
    }
    expect(await a.rpc.request('eth_blockNumber', [])).toBe('0x1e')
    expect(a.pool.size).toBe(0)
  })

  it('gives them through the L2 source of our own node', async () => {
    const source = createL2Source({ rpc: a.rpc, forks: chain.rollup.forks })
    expect(await source.blockByNumber(7n)).toEqual(blocks[6])
    expect(await source.blockByLabel('latest')).toEqual(blocks.at(-1))
    const head = blocks.at(-1)?.payload
    expect(
      await source.storageRoot('0x4200000000000000000000000000000000000016', head?.blockHash as Hash),
    ).toBe(head?.withdrawalsRoot)
  })

  it('answers SYNCING to a payload without its parent, and starts nothing', async () => {
    const status = await b.engine.newPayload(blocks[4] as PayloadEnvelope)
    expect(status).toEqual({ status: 'SYNCING', latestValidHash: null, validationError: null })
    expect(await b.rpc.request('eth_syncing', [])).toBe(false)
  })

  it('answers VALID to a payload on a known parent, and leaves the head', async () => {
    const first = blocks[0] as PayloadEnvelope
    const status = await b.engine.newPayload(first)
    expect(status).toEqual({
      status: 'VALID',
      latestValidHash: first.payload.blockHash,
      validationError: null,
    })
    expect(await b.rpc.request('eth_blockNumber', [])).toBe('0x0')
    expect(await b.rpc.request('eth_getBlockByNumber', ['0x1', false])).toBeNull()
    expect(await b.rpc.request('eth_getBlockByHash', [first.payload.blockHash, false])).toMatchObject({
      number: '0x1',
    })
  })

  it('syncs from its peer after one forkchoice update to an unknown head', async () => {
    const head = blocks.at(-1)?.payload.blockHash as Hash
    const update = headOnly(head, blocks[9]?.payload.blockHash, blocks[4]?.payload.blockHash)
    expect((await b.engine.forkchoiceUpdated(update)).payloadStatus.status).toBe('SYNCING')
    expect(await b.rpc.request('eth_syncing', [])).toMatchObject({ currentBlock: '0x0' })
    expect(await b.rpc.request('admin_addPeer', [a.peerUrl])).toBe(true)
    await vi.waitFor(async () => expect(await b.rpc.request('eth_blockNumber', [])).toBe('0x1e'), {
      timeout: 50_000,
      interval: 10,
    })
    const { payloadStatus } = await b.engine.forkchoiceUpdated(update)
    expect(payloadStatus).toEqual({ status: 'VALID', latestValidHash: head, validationError: null })
    expect(b.chain.head.hash).toBe(a.chain.head.hash)
    expect(await b.rpc.request('eth_getBlockByNumber', ['safe', false])).toMatchObject({ number: '0xa' })
    expect(await b.rpc.request('eth_getBlockByNumber', ['finalized', false])).toMatchObject({ number: '0x5' })
    expect(await b.rpc.request('eth_syncing', [])).toBe(false)
    expect(await b.rpc.request('net_peerCount', [])).toBe('0x1')
  })

  it('reorgs to a side chain and back, and gives the pool its transactions again', async () => {
    const fork = blocks[27]?.payload.blockHash as Hash
    const first = await buildBlock(b, fork, testAttributes(chain, 29n, { salt: 1, noTxPool: true }))
    expect(b.chain.head.hash).toBe(first.payload.blockHash)
    await b.pool.settled()
    expect(await b.rpc.request('txpool_status', [])).toEqual({ pending: '0x2', queued: '0x0' })
    const side = await buildBlock(b, first.payload.blockHash, testAttributes(chain, 30n, { salt: 1 }))
    expect(side.payload.transactions).toHaveLength(3)
    const head = blocks.at(-1)?.payload.blockHash as Hash
    expect((await b.engine.forkchoiceUpdated(headOnly(head))).payloadStatus.status).toBe('VALID')
    await b.pool.settled()
    expect(b.chain.head.hash).toBe(head)
    expect(b.pool.size).toBe(0)
    expect((await b.engine.forkchoiceUpdated(headOnly(side.payload.blockHash))).payloadStatus.status).toBe(
      'VALID',
    )
    await b.engine.forkchoiceUpdated(headOnly(head))
    // The update that reorgs is the one that builds: the pool has followed before the block is made.
    const again = testAttributes(chain, 31n, { salt: 2 })
    expect((await buildPayload(b, first.payload.blockHash, again)).payload.transactions).toHaveLength(3)
    await b.engine.forkchoiceUpdated(headOnly(head))
  })

  it('keeps its head when an update names an ancestor, and builds on that', async () => {
    const [target, safe, finalized] = [19, 18, 17].map((index) => blocks[index]?.payload.blockHash as Hash)
    const head = blocks.at(-1)?.payload.blockHash as Hash
    const number = async (block: string) =>
      ((await b.rpc.request('eth_getBlockByNumber', [block, false])) as { number: string }).number
    const update = headOnly(target as Hash, safe, finalized)
    const attributes = testAttributes(chain, 21n, { salt: 9 })
    const { payloadStatus, payloadId } = await b.engine.forkchoiceUpdated(update, attributes)
    expect(payloadStatus).toEqual({ status: 'VALID', latestValidHash: target, validationError: null })
    expect(await b.rpc.request('eth_blockNumber', [])).toBe('0x1e')
    expect(await Promise.all(['latest', 'safe', 'finalized', '0x15'].map(number))).toEqual([
      '0x1e',
      '0x13',
      '0x12',
      '0x15',
    ])
    // The pool stands at the head: a build below it neither takes from it nor spoils it.
    const raw = await transfer(30)
    await b.rpc.request('eth_sendRawTransaction', [raw])
    const sibling = await b.engine.getPayload(payloadId as Hex, attributes.timestamp)
    expect(sibling.payload).toMatchObject({ parentHash: target, blockNumber: 21n })
    expect(b.pool.size).toBe(1)
    await b.engine.newPayload(sibling)
    expect(b.chain.head.hash).toBe(head)
    await b.engine.forkchoiceUpdated(headOnly(sibling.payload.blockHash))
    expect(b.chain.head.hash).toBe(sibling.payload.blockHash)
    expect(await b.rpc.request('eth_getBlockByNumber', ['0x16', false])).toBeNull()
    // The blocks that lost their place are held still.
    await b.engine.forkchoiceUpdated(headOnly(head))
    expect(await b.rpc.request('eth_blockNumber', [])).toBe('0x1e')
  })

  it('refuses safe and finalized that are not below the head: −38002, head unchanged', async () => {
    const head = blocks[10]?.payload.blockHash as Hash
    const above = blocks[12]?.payload.blockHash as Hash
    const unknown: Hash = `0x${'99'.repeat(32)}`
    for (const update of [headOnly(head, above), headOnly(head, unknown), headOnly(head, head, above)])
      await expect(b.engine.forkchoiceUpdated(update)).rejects.toMatchObject({ code: -38002 })
    expect(await b.rpc.request('eth_blockNumber', [])).toBe('0x1e')
  })

  it('reads the state at past blocks', async () => {
    const to = '0x00000000000000000000000000000000000000aa'
    expect(await b.rpc.request('eth_getBalance', [to, '0x0'])).toBe('0x0')
    expect(await b.rpc.request('eth_getBalance', [to, '0x7'])).toBe('0x7')
    expect(await b.rpc.request('eth_getBalance', [to, { blockHash: blocks[8]?.payload.blockHash }])).toBe(
      '0x9',
    )
    expect(await b.rpc.request('eth_getBalance', [to, 'latest'])).toBe('0x1e')
  })
})

describe('bad payloads', () => {
  it('INVALID for a wrong hash, without a valid ancestor', async () => {
    const built = await buildPayload(a, a.chain.head.hash, testAttributes(chain, 40n))
    const wrong = { ...built, payload: { ...built.payload, gasUsed: built.payload.gasUsed + 1n } }
    expect(await a.engine.newPayload(wrong)).toMatchObject({
      status: 'INVALID',
      latestValidHash: null,
      validationError: expect.stringContaining('blockhash mismatch'),
    })
  })

  it('INVALID with the parent as latest valid hash for a block that breaks a rule, and for its children', async () => {
    const head = a.chain.head.hash
    const built = await buildPayload(a, head, testAttributes(chain, 41n))
    const rehash = (envelope: PayloadEnvelope): PayloadEnvelope => ({
      ...envelope,
      payload: { ...envelope.payload, blockHash: payloadBlockHash(envelope) },
    })
    const bad = rehash({ ...built, payload: { ...built.payload, stateRoot: keccak256('0x01') } })
    const status = { status: 'INVALID', latestValidHash: head, validationError: expect.any(String) }
    expect(await a.engine.newPayload(bad)).toEqual(status)
    expect(await a.engine.newPayload(bad)).toEqual(status)
    const child = rehash({
      ...built,
      payload: {
        ...built.payload,
        parentHash: bad.payload.blockHash,
        blockNumber: built.payload.blockNumber + 1n,
      },
    })
    expect(await a.engine.newPayload(child)).toEqual(status)
    expect((await a.engine.forkchoiceUpdated(headOnly(child.payload.blockHash))).payloadStatus).toEqual(
      status,
    )
    expect(a.chain.head.hash).toBe(head)
  })
})

describe('build jobs', () => {
  it('gives the same id for the same attributes, and another one for others', async () => {
    const head = a.chain.head.hash
    const id = async (seconds: bigint, salt = 0) =>
      (await a.engine.forkchoiceUpdated(headOnly(head), testAttributes(chain, seconds, { salt }))).payloadId
    expect(await id(50n)).toBe(await id(50n))
    expect(await id(50n)).not.toBe(await id(51n))
    expect(await id(50n)).not.toBe(await id(50n, 1))
    expect((await id(50n))?.slice(0, 4)).toBe('0x03')
  })

  it('takes in what comes while it builds, by price, until it is asked; then it stays', async () => {
    const attributes = testAttributes(chain, 60n)
    const { payloadId } = await a.engine.forkchoiceUpdated(headOnly(a.chain.head.hash), attributes)
    const cheap = await transfer(30, { tip: '1' })
    const dear = await transfer(0, { tip: '2', user: 2 })
    for (const raw of [cheap, dear]) await a.rpc.request('eth_sendRawTransaction', [raw])
    const first = await a.engine.getPayload(payloadId as Hex, attributes.timestamp)
    expect(first.payload.transactions.slice(1)).toEqual([dear, cheap])
    await a.rpc.request('eth_sendRawTransaction', [await transfer(0, { user: 3 })])
    expect(await a.engine.getPayload(payloadId as Hex, attributes.timestamp)).toEqual(first)
  })

  it('leaves the pool alone with noTxPool', async () => {
    const built = await buildPayload(a, a.chain.head.hash, testAttributes(chain, 61n, { noTxPool: true }))
    expect(built.payload.transactions).toHaveLength(1)
  })

  it('keeps to the gas limit', async () => {
    // Room for the L1 info deposit and one transfer.
    const built = await buildPayload(
      a,
      a.chain.head.hash,
      testAttributes(chain, 62n, { gasLimit: 1_021_000n }),
    )
    expect(built.payload.gasUsed).toBeLessThanOrEqual(1_021_000n)
    expect(built.payload.gasLimit).toBe(1_021_000n)
  })

  it.each([
    ['a timestamp that is not after the parent', { timestamp: '0x6b49d21e' }],
    ['a transaction that is none', { transactions: ['0x0201'] }],
    ['no EIP-1559 parameters', { eip1559Params: null }],
    ['a field of the wrong shape', { gasLimit: 'much' }],
  ])('refuses %s with −38003, the update stays', async (_name, over) => {
    const head = a.chain.head.hash
    const wrong = { ...attributesToJson(testAttributes(chain, 63n)), ...over }
    await expect(a.auth.request('engine_forkchoiceUpdatedV3', [headOnly(head), wrong])).rejects.toMatchObject(
      {
        code: -38003,
      },
    )
    expect(a.chain.head.hash).toBe(head)
  })

  it('answers −38001 for an unknown job and −38005 for the wrong version', async () => {
    await expect(a.auth.request('engine_getPayloadV4', ['0x0300000000000000'])).rejects.toMatchObject({
      code: -38001,
    })
    const { payloadId } = await a.engine.forkchoiceUpdated(
      headOnly(a.chain.head.hash),
      testAttributes(chain, 64n),
    )
    await expect(a.auth.request('engine_getPayloadV3', [payloadId])).rejects.toMatchObject({ code: -38005 })
  })
})

describe('the ports', () => {
  it('refuses a wrong or missing token with 401 and a reason', async () => {
    const clock = createSystemClock()
    const wrong = createEngineAuthHeaders(new Uint8Array(32), clock)
    for (const [headers, text] of [
      [wrong(), 'the signature does not match'],
      [{}, 'missing token'],
    ] as const) {
      const response = await fetch(a.authUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }),
      })
      expect(response.status).toBe(401)
      expect(await response.text()).toContain(text)
    }
  })

  it('offers only the namespaces that were asked for on the public port, all on the authenticated one', async () => {
    const el = await startTestEl(chain, { namespaces: ['eth', 'web3'] })
    try {
      for (const method of ['admin_nodeInfo', 'debug_getRawHeader', 'net_version'])
        await expect(el.rpc.request(method, [])).rejects.toMatchObject({ code: -32601 })
      expect(await el.rpc.request('rpc_modules', [])).toEqual({ eth: '1.0', rpc: '1.0', web3: '1.0' })
      expect(await el.auth.request('admin_peers', [])).toEqual([])
    } finally {
      await el.close()
    }
  })

  it('serves engine_ on the authenticated port only, eth_ on both', async () => {
    expect(await a.auth.request('eth_chainId', [])).toBe('0x385')
    expect(await a.rpc.request('eth_chainId', [])).toBe('0x385')
    expect(await a.engine.exchangeCapabilities()).toContain('engine_newPayloadV4')
    await expect(a.rpc.request('engine_exchangeCapabilities', [[]])).rejects.toMatchObject({ code: -32601 })
  })

  it('survives what is not a request', async () => {
    const bad: readonly [string, readonly unknown[]][] = [
      ['engine_newPayloadV4', []],
      ['engine_newPayloadV4', [{}, [], null, []]],
      ['engine_forkchoiceUpdatedV3', [{ headBlockHash: 'x' }]],
      ['engine_forkchoiceUpdatedV3', [null, null, null, null]],
      ['engine_getPayloadV4', ['0x']],
      ['eth_getBlockByNumber', ['newest', true]],
      ['eth_getBalance', ['0x12', 'latest']],
      ['eth_call', [{ to: 5 }]],
      ['eth_getLogs', [{ blockHash: `0x${'00'.repeat(32)}`, fromBlock: '0x1' }]],
      ['eth_feeHistory', ['none', 'latest', []]],
      ['admin_addPeer', ['enode://x']],
    ]
    for (const [method, params] of bad)
      await expect(a.auth.request(method, params), method).rejects.toMatchObject({ code: -32602 })
    expect(await a.rpc.request('eth_chainId', [])).toBe('0x385')
  })

  it('says when a port is taken, and leaves nothing open', async () => {
    const port = Number(new URL(a.httpUrl).port)
    await expect(startTestEl(chain, { httpPort: port })).rejects.toThrow(
      `public RPC: expected 127.0.0.1:${port} to be free, found it in use; choose another port with --http.port`,
    )
  })
})

describe('a batcher that falls behind', () => {
  it('keeps transactions out of blocks by their batch data, and lets them in again', async () => {
    const engine = await startTestEl(chain)
    try {
      const genesis = engine.chain.head.hash
      const hash = await engine.rpc.request('eth_sendRawTransaction', [await transfer(0)])
      expect(await engine.rpc.request('miner_setMaxDASize', ['0x1', '0x0'])).toBe(true)
      const one = await buildBlock(engine, genesis, testAttributes(chain, 1n))
      expect(one.payload.transactions).toHaveLength(1)
      await engine.rpc.request('miner_setMaxDASize', ['0x0', '0x0'])
      const two = await buildBlock(engine, one.payload.blockHash, testAttributes(chain, 2n))
      expect(two.payload.transactions.map((raw) => keccak256(raw))).toContain(hash)
    } finally {
      await engine.close()
    }
  })
})
