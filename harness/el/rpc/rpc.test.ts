import {
  type Address,
  concat,
  createPublicClient,
  type Hash,
  type Hex,
  http,
  keccak256,
  numberToHex,
  parseEther,
  parseGwei,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { chainConfig } from 'viem/op-stack'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createL2Source } from '../../../node/adapters/engine/l2-source.ts'
import { createL1Source } from '../../../node/adapters/l1/l1-source.ts'
import { recoverKey } from '../../../node/adapters/secp256k1/recover-key.ts'
import { createSystemClock } from '../../../node/adapters/system/system-clock.ts'
import { createSystemRandom } from '../../../node/adapters/system/system-random.ts'
import { encodeDepositTransaction } from '../../../node/protocol/deposit-transaction.ts'
import { decodeHeader, hashHeader } from '../chain/header.ts'
import {
  buildBlock,
  createTestChain,
  headOnly,
  silentLogger,
  startTestEl,
  type TestChain,
  type TestEl,
  testAttributes,
} from '../testing/test-el.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let chain: TestChain
let el: TestEl
let emitter: Address
const sent: Record<string, Hash> = {}
const user = () => privateKeyToAccount(chain.accounts.users[1]?.privateKey as Hex)
const other: Address = '0x00000000000000000000000000000000000000aa'
const topic: Hash = `0x${'ab'.repeat(32)}`

/** Init code of a contract that logs its first word as topic. */
const emitterCode: Hex = '0x6860003560006000a10060005260096017f3'
/** Init code that reverts with these bytes. */
const reverting = (data: Hex): Hex => {
  const length = numberToHex((data.length - 2) / 2, { size: 1 })
  return concat(['0x60', length, '0x600c60003960', length, '0x6000fd', data])
}

const deposit = encodeDepositTransaction({
  sourceHash: keccak256('0xd1'),
  from: '0x00000000000000000000000000000000000000dd',
  to: other,
  mint: parseEther('2'),
  value: parseEther('1'),
  gas: 100_000n,
  isSystemTransaction: false,
  data: '0x',
})

beforeAll(async () => {
  chain = await createTestChain('jovian')
  el = await startTestEl(chain)
  const account = user()
  const base = { chainId: 901, gas: 100_000n }
  const market = { ...base, maxFeePerGas: parseGwei('5'), maxPriorityFeePerGas: parseGwei('1') }
  const legacy = { ...base, gasPrice: parseGwei('3') }
  const authorization = await account.signAuthorization({ chainId: 901, nonce: 5, contractAddress: other })
  const raws: [string, Hex][] = [
    ['create', await account.signTransaction({ ...market, type: 'eip1559', nonce: 0, data: emitterCode })],
    ['legacy', await account.signTransaction({ ...legacy, type: 'legacy', nonce: 1, to: other, value: 5n })],
    [
      'eip2930',
      await account.signTransaction({
        ...legacy,
        type: 'eip2930',
        nonce: 2,
        to: other,
        accessList: [{ address: other, storageKeys: [topic] }],
      }),
    ],
    [
      'eip1559',
      await account.signTransaction({
        ...market,
        type: 'eip1559',
        nonce: 3,
        to: other,
        maxPriorityFeePerGas: 0n,
      }),
    ],
    [
      'eip7702',
      await account.signTransaction({
        ...market,
        type: 'eip7702',
        nonce: 4,
        to: other,
        authorizationList: [authorization],
      }),
    ],
  ]
  for (const [name, raw] of raws) sent[name] = (await el.rpc.request('eth_sendRawTransaction', [raw])) as Hash
  const first = testAttributes(chain, 1n)
  const one = await buildBlock(el, el.chain.head.hash, {
    ...first,
    transactions: [...first.transactions, deposit],
  })
  emitter = (
    (await el.rpc.request('eth_getTransactionReceipt', [sent['create']])) as { contractAddress: Address }
  ).contractAddress
  const call = await account.signTransaction({
    ...market,
    type: 'eip1559',
    nonce: 6,
    to: emitter,
    data: topic,
  })
  sent['call'] = (await el.rpc.request('eth_sendRawTransaction', [call])) as Hash
  const two = await buildBlock(el, one.payload.blockHash, testAttributes(chain, 2n))
  await el.engine.forkchoiceUpdated(headOnly(two.payload.blockHash, one.payload.blockHash))
})
afterAll(() => el.close())

const request = (method: string, ...params: unknown[]) => el.rpc.request(method, params) as Promise<never>

describe('blocks and transactions', () => {
  it('has every kind of transaction, and our own L2 source can read them all', async () => {
    const source = createL2Source({ rpc: el.rpc, forks: chain.rollup.forks })
    const block = await source.blockByNumber(1n)
    expect(block).toEqual(el.chain.store.byNumber(1n)?.envelope)
    expect(block?.payload.transactions).toHaveLength(7)
  })

  it('is an L1 for a chain on top of it: deposits and their receipts are proven by the roots', async () => {
    const l1 = createL1Source({
      rpc: el.rpc,
      clock: createSystemClock(),
      random: createSystemRandom(),
      logger: silentLogger,
      recoverKey,
    })
    const header = await l1.headerByNumber(1n)
    const transactions = await l1.transactionsByHash(header!.hash)
    expect(transactions?.map(({ type }) => type)).toEqual([0x7e, 0x7e, 2, 0, 1, 2, 4])
    expect(transactions?.every(({ from }) => from.length === 42)).toBe(true)
    expect(await l1.receiptsByHash(header!.hash)).toHaveLength(7)
  })

  it('gives the header fields of the newest fork', async () => {
    expect(await request('eth_getBlockByNumber', '0x1', false)).toMatchObject({
      number: '0x1',
      difficulty: '0x0',
      nonce: '0x0000000000000000',
      uncles: [],
      withdrawals: [],
      withdrawalsRoot: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      requestsHash: '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      blobGasUsed: expect.stringMatching(/^0x[1-9a-f]/),
      excessBlobGas: '0x0',
      parentBeaconBlockRoot: `0x${'22'.repeat(32)}`,
      extraData: '0x01000000fa000000060000000000000000',
    })
  })

  it('says the size that the encoding has', async () => {
    for (const number of ['0x0', '0x1', '0x2']) {
      const raw: Hex = await request('debug_getRawBlock', number)
      const { size, hash } = (await request('eth_getBlockByNumber', number, true)) as {
        size: Hex
        hash: Hash
      }
      expect(Number(size)).toBe((raw.length - 2) / 2)
      const header = Buffer.from(((await request('debug_getRawHeader', number)) as Hex).slice(2), 'hex')
      expect(hashHeader(decodeHeader(header))).toBe(hash)
    }
  })

  it('gives a deposit as op-geth does', async () => {
    expect(await request('eth_getTransactionByBlockNumberAndIndex', '0x1', '0x1')).toEqual({
      blockHash: el.chain.store.canonicalHash(1n),
      blockNumber: '0x1',
      transactionIndex: '0x1',
      type: '0x7e',
      hash: keccak256(deposit),
      from: '0x00000000000000000000000000000000000000dd',
      to: other,
      gas: '0x186a0',
      gasPrice: '0x0',
      value: numberToHex(parseEther('1')),
      input: '0x',
      nonce: '0x0',
      sourceHash: keccak256('0xd1'),
      mint: numberToHex(parseEther('2')),
      depositReceiptVersion: '0x1',
      v: '0x0',
      r: '0x0',
      s: '0x0',
    })
    const receipt = await request('eth_getTransactionReceipt', keccak256(deposit))
    expect(receipt).toMatchObject({
      type: '0x7e',
      status: '0x1',
      depositNonce: '0x0',
      depositReceiptVersion: '0x1',
    })
    expect(receipt).not.toHaveProperty('l1Fee')
  })

  it('gives receipts with their fees, and the block receipts alike', async () => {
    const receipts = (await request('eth_getBlockReceipts', '0x1')) as { transactionHash: Hash }[]
    expect(receipts).toHaveLength(7)
    for (const receipt of receipts)
      expect(await request('eth_getTransactionReceipt', receipt.transactionHash)).toEqual(receipt)
    expect(await request('eth_getTransactionReceipt', sent['legacy'])).toMatchObject({
      type: '0x0',
      l1GasPrice: '0x7',
      l1GasUsed: expect.stringMatching(/^0x[1-9a-f]/),
      l1Fee: expect.stringMatching(/^0x/),
      l1BlobBaseFee: '0x1',
      l1BaseFeeScalar: numberToHex(1368),
      l1BlobBaseFeeScalar: numberToHex(810_949),
      blobGasUsed: expect.stringMatching(/^0x[1-9a-f]/),
      daFootprintGasScalar: '0x190',
      effectiveGasPrice: numberToHex(parseGwei('3')),
      contractAddress: null,
    })
    expect(await request('eth_getTransactionReceipt', keccak256('0x00'))).toBeNull()
  })

  it('speaks so that viem understands', async () => {
    const client = createPublicClient({
      chain: {
        ...chainConfig,
        id: 901,
        name: 'test',
        nativeCurrency: { name: '', symbol: '', decimals: 18 },
        rpcUrls: { default: { http: [] } },
      },
      transport: http(el.httpUrl),
    })
    const block = await client.getBlock({ blockNumber: 1n, includeTransactions: true })
    expect(block.transactions.map(({ type }) => type)).toEqual([
      'deposit',
      'deposit',
      'eip1559',
      'legacy',
      'eip2930',
      'eip1559',
      'eip7702',
    ])
    const receipt = await client.getTransactionReceipt({ hash: sent['create'] as Hash })
    expect(receipt).toMatchObject({ status: 'success', l1FeeScalar: null })
    expect(receipt.l1Fee).toBeGreaterThanOrEqual(0n)
    expect(await client.getLogs({ address: emitter, fromBlock: 0n })).toHaveLength(1)
    const fees = await client.estimateFeesPerGas()
    expect(fees.maxFeePerGas).toBeGreaterThan(fees.maxPriorityFeePerGas)
    expect(await client.estimateGas({ account: user().address, to: other, value: 1n })).toBe(21_000n)
    const proof = await client.getProof({ address: other, storageKeys: [topic], blockNumber: 1n })
    expect(proof).toMatchObject({ balance: parseEther('1') + 5n, nonce: 0 })
    expect(proof.accountProof.length).toBeGreaterThan(0)
  })

  it('counts from the pool when asked for pending', async () => {
    const raw = await user().signTransaction({
      chainId: 901,
      type: 'legacy',
      nonce: 7,
      to: other,
      gas: 21_000n,
      gasPrice: parseGwei('2'),
    })
    const hash = await request('eth_sendRawTransaction', raw)
    expect(await request('eth_getTransactionCount', user().address, 'latest')).toBe('0x7')
    expect(await request('eth_getTransactionCount', user().address, 'pending')).toBe('0x8')
    expect(await request('eth_getTransactionByHash', hash)).toMatchObject({ blockHash: null, nonce: '0x7' })
    expect(await request('txpool_content')).toMatchObject({
      pending: { [user().address.toLowerCase()]: { 7: { hash } } },
      queued: {},
    })
    expect(await request('debug_getRawTransaction', hash)).toBe(raw)
  })
})

describe('blocks by name', () => {
  it.each([
    ['latest', '0x2'],
    ['pending', '0x2'],
    ['earliest', '0x0'],
    ['safe', '0x1'],
  ])('%s', async (tag, number) => {
    expect(await request('eth_getBlockByNumber', tag, false)).toMatchObject({ number })
  })
})

describe('calls', () => {
  const text = (reason: string): Hex =>
    concat([
      '0x08c379a0',
      numberToHex(32, { size: 32 }),
      numberToHex(reason.length, { size: 32 }),
      `0x${Buffer.from(reason).toString('hex').padEnd(64, '0')}`,
    ])

  it('tells why a call reverted, with its data', async () => {
    for (const method of ['eth_call', 'eth_estimateGas'])
      await expect(request(method, { data: reverting(text('not today')) }), method).rejects.toMatchObject({
        code: 3,
        message: 'execution reverted: not today',
        data: text('not today'),
      })
  })

  it.each<[string, Hex]>([
    ['ends before the text', text('not today').slice(0, -66) as Hex],
    ['has a text of endless length', text('x').replace(/0{63}1(?=78)/, 'f'.repeat(64)) as Hex],
    ['has its text beyond the end', text('x').replace(/^(0x08c379a0).{64}/, `$1${'f'.repeat(64)}`) as Hex],
    ['has nothing behind the selector', '0x08c379a0'],
  ])('tells no reason when what is reverted with %s', async (_, data) => {
    await expect(request('eth_call', { data: reverting(data) })).rejects.toMatchObject({
      code: 3,
      message: 'execution reverted',
      data,
    })
  })

  it('tells when a call fails otherwise', async () => {
    await expect(request('eth_call', { data: '0xfe' })).rejects.toMatchObject({ code: -32000 })
    await expect(request('eth_call', { to: other, gas: '0x1' })).rejects.toMatchObject({ code: -32000 })
  })
})

describe('logs', () => {
  const log = () => ({
    address: emitter,
    topics: [topic],
    blockNumber: '0x2',
    transactionHash: sent['call'],
    logIndex: '0x0',
    removed: false,
  })
  it.each<[string, () => object, number]>([
    ['all', () => ({ fromBlock: 'earliest' }), 1],
    ['by address', () => ({ fromBlock: '0x0', address: emitter }), 1],
    ['by one of two addresses', () => ({ fromBlock: '0x0', address: [other, emitter] }), 1],
    ['by another address', () => ({ fromBlock: '0x0', address: other }), 0],
    ['by topic', () => ({ fromBlock: '0x0', topics: [topic] }), 1],
    ['by one of two topics', () => ({ fromBlock: '0x0', topics: [[keccak256('0x'), topic]] }), 1],
    ['by another topic', () => ({ fromBlock: '0x0', topics: [keccak256('0x')] }), 0],
    ['by any first and a second topic', () => ({ fromBlock: '0x0', topics: [null, topic] }), 0],
    ['of one block by hash', () => ({ blockHash: el.chain.head.hash }), 1],
    ['of a block without', () => ({ fromBlock: '0x1', toBlock: '0x1' }), 0],
    ['beyond the head', () => ({ fromBlock: '0x50', toBlock: '0x60' }), 0],
  ])('%s', async (_name, filter, count) => {
    const logs = (await request('eth_getLogs', filter())) as object[]
    expect(logs).toHaveLength(count)
    if (count > 0) expect(logs[0]).toMatchObject(log())
  })

  it('bounds the range', async () => {
    await expect(request('eth_getLogs', { fromBlock: '0x2', toBlock: '0x1' })).rejects.toMatchObject({
      code: -32602,
    })
  })
})

describe('fees', () => {
  it('gives the history with the next base fee and rewards', async () => {
    const history = (await request('eth_feeHistory', '0x5', 'latest', [0, 100])) as Record<string, unknown[]>
    expect(history).toMatchObject({
      oldestBlock: '0x0',
      gasUsedRatio: [0, expect.any(Number), expect.any(Number)],
    })
    expect(history['baseFeePerGas']).toHaveLength(4)
    expect(history['reward']?.[1]).toEqual(['0x0', expect.stringMatching(/^0x[1-9a-f]/)])
    expect(await request('eth_maxPriorityFeePerGas')).toBe(numberToHex(1_000_000))
  })
})
