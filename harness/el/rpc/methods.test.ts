import {
  type Address,
  concat,
  createPublicClient,
  type Hash,
  type Hex,
  http,
  keccak256,
  numberToHex,
  type PublicClient,
  parseAbiItem,
  parseGwei,
  stringToHex,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { JsonRpcError } from '../../../node/json-rpc/errors.ts'
import {
  buildBlock,
  createTestChain,
  headOnly,
  startTestEl,
  type TestChain,
  type TestEl,
  testAttributes,
} from '../testing/test-el.ts'

/** Of a wait: how long something takes on a busy machine says nothing. */
const patient = { timeout: 50_000 }

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const other: Address = '0x00000000000000000000000000000000000000aa'
const slot7: Hash = numberToHex(7, { size: 32 })
const event = parseAbiItem('event Happened()')
const topic = keccak256(stringToHex('Happened()'))
/** Runtime code: loads slot 7, asks for the balance of `other`, and logs the event. */
const runtime = concat(['0x60075450', '0x73', other, '0x3150', '0x7f', topic, '0x60006000a1', '0x00'])
const initCode = concat([
  '0x60',
  numberToHex((runtime.length - 2) / 2, { size: 1 }),
  '0x80600b6000396000f3',
  runtime,
])

let chain: TestChain
let el: TestEl
let client: PublicClient
let contract: Address
let one: Hash
const user = () => privateKeyToAccount(chain.accounts.users[1]?.privateKey as Hex)
let nonce = 0
const sign = (fields: { to?: Address; data?: Hex }) =>
  user().signTransaction({
    type: 'eip1559',
    chainId: 901,
    gas: 200_000n,
    maxFeePerGas: parseGwei('5'),
    maxPriorityFeePerGas: parseGwei('1'),
    nonce: nonce++,
    ...fields,
  })
const send = async (fields: { to?: Address; data?: Hex }) =>
  client.sendRawTransaction({ serializedTransaction: await sign(fields) })
const build = (seconds: bigint) => buildBlock(el, el.chain.head.hash, testAttributes(chain, seconds))

let created: Hash
let called: Hash
beforeAll(async () => {
  chain = await createTestChain('jovian')
  el = await startTestEl(chain)
  client = createPublicClient({ transport: http(el.httpUrl), pollingInterval: 20 })
  created = await send({ data: initCode })
  one = (await build(1n)).payload.blockHash
  contract = (await client.getTransactionReceipt({ hash: created })).contractAddress as Address
  called = await send({ to: contract })
  const two = await build(2n)
  await el.engine.forkchoiceUpdated(headOnly(two.payload.blockHash, one))
})
afterAll(() => el.close())

const ask = (method: string, ...params: unknown[]) =>
  client.request({ method, params } as never) as Promise<unknown>
const refused = async (method: string, ...params: unknown[]): Promise<JsonRpcError> => {
  const error = await el.rpc.request(method, params).catch((thrown: unknown) => thrown)
  expect(error, `${method} ${JSON.stringify(params)}`).toBeInstanceOf(JsonRpcError)
  return error as JsonRpcError
}

const hex = expect.stringMatching(/^0x/)
const block = { number: '0x1' }
const call = () => ({ to: contract })

/** One question for each method that the port answers, with what viem's transport must bring back. */
const questions: Readonly<Record<string, readonly [params: () => unknown[], answer: () => unknown]>> = {
  eth_chainId: [() => [], () => '0x385'],
  eth_blockNumber: [() => [], () => '0x2'],
  eth_syncing: [() => [], () => false],
  eth_accounts: [() => [], () => []],
  eth_config: [
    () => [],
    () =>
      expect.objectContaining({
        current: expect.objectContaining({ chainId: '0x385' }),
        next: null,
        last: null,
      }),
  ],
  eth_gasPrice: [() => [], () => hex],
  eth_maxPriorityFeePerGas: [() => [], () => '0xf4240'],
  eth_blobBaseFee: [() => [], () => '0x1'],
  eth_feeHistory: [
    () => ['0x2', 'latest', [50]],
    () => expect.objectContaining({ oldestBlock: '0x1', reward: [[hex], [hex]] }),
  ],
  eth_getBlockByNumber: [() => ['0x1', true], () => expect.objectContaining(block)],
  eth_getBlockByHash: [() => [one, false], () => expect.objectContaining(block)],
  eth_getHeaderByNumber: [() => ['safe'], () => expect.objectContaining(block)],
  eth_getHeaderByHash: [() => [one], () => expect.objectContaining(block)],
  eth_getBlockReceipts: [() => [{ blockHash: one, requireCanonical: true }], () => [{}, {}].map(receipt)],
  eth_getBlockTransactionCountByNumber: [() => ['0x1'], () => '0x2'],
  eth_getBlockTransactionCountByHash: [() => [one], () => '0x2'],
  eth_getUncleCountByBlockNumber: [() => ['0x1'], () => '0x0'],
  eth_getUncleCountByBlockHash: [() => [one], () => '0x0'],
  eth_getUncleByBlockNumberAndIndex: [() => ['0x1', '0x0'], () => null],
  eth_getUncleByBlockHashAndIndex: [() => [one, '0x0'], () => null],
  eth_getTransactionByHash: [() => [created], () => expect.objectContaining({ hash: created })],
  eth_getTransactionByBlockNumberAndIndex: [
    () => ['0x1', '0x1'],
    () => expect.objectContaining({ hash: created }),
  ],
  eth_getTransactionByBlockHashAndIndex: [
    () => [one, '0x1'],
    () => expect.objectContaining({ hash: created }),
  ],
  eth_getRawTransactionByHash: [() => [created], () => hex],
  eth_getRawTransactionByBlockNumberAndIndex: [() => ['0x1', '0x1'], () => hex],
  eth_getRawTransactionByBlockHashAndIndex: [() => [one, '0x1'], () => hex],
  eth_getTransactionReceipt: [
    () => [created],
    () => expect.objectContaining({ contractAddress: contract, status: '0x1' }),
  ],
  eth_getTransactionCount: [() => [user().address, 'pending'], () => '0x2'],
  eth_sendRawTransaction: [
    () => ['0x02'],
    // Refused: the question is whether it is answered.
    () => expect.objectContaining({ code: -32000 }),
  ],
  eth_getBalance: [() => [other, 'latest'], () => '0x0'],
  eth_getCode: [() => [contract, '0x2'], () => runtime],
  eth_getStorageAt: [() => [contract, '0x7', 'latest'], () => numberToHex(0, { size: 32 })],
  eth_getProof: [
    () => [contract, ['0x7'], { blockHash: one }],
    () =>
      expect.objectContaining({ address: contract, storageProof: [{ key: '0x7', value: '0x0', proof: [] }] }),
  ],
  eth_call: [() => [call()], () => '0x'],
  eth_estimateGas: [() => [call()], () => hex],
  eth_createAccessList: [() => [call(), 'latest'], () => expect.objectContaining({ gasUsed: hex })],
  eth_getLogs: [() => [{ fromBlock: '0x0' }], () => [expect.objectContaining({ transactionHash: called })]],
  eth_newFilter: [() => [{ fromBlock: '0x0', topics: [[null, topic]] }], () => hex],
  eth_newBlockFilter: [() => [], () => hex],
  eth_newPendingTransactionFilter: [() => [true], () => hex],
  eth_getFilterChanges: [() => ['0x1'], () => expect.objectContaining({ code: -32000 })],
  eth_getFilterLogs: [() => ['0x1'], () => expect.objectContaining({ code: -32000 })],
  eth_uninstallFilter: [() => ['0x1'], () => false],
  net_version: [() => [], () => '901'],
  net_listening: [() => [], () => true],
  net_peerCount: [() => [], () => '0x0'],
  web3_clientVersion: [() => [], () => expect.stringContaining('lockstep-el/')],
  web3_sha3: [() => ['0x'], () => keccak256('0x')],
  rpc_modules: [
    () => [],
    () => ({
      admin: '1.0',
      debug: '1.0',
      eth: '1.0',
      miner: '1.0',
      net: '1.0',
      rpc: '1.0',
      txpool: '1.0',
      web3: '1.0',
    }),
  ],
  txpool_status: [() => [], () => ({ pending: '0x0', queued: '0x0' })],
  txpool_content: [() => [], () => ({ pending: {}, queued: {} })],
  txpool_contentFrom: [() => [other], () => ({ pending: {}, queued: {} })],
  txpool_inspect: [() => [], () => ({ pending: {}, queued: {} })],
  admin_nodeInfo: [() => [], () => expect.objectContaining({ listenAddr: expect.any(String) })],
  admin_peers: [() => [], () => []],
  admin_addPeer: [() => ['enode://x'], () => expect.objectContaining({ code: -32602 })],
  admin_removePeer: [() => ['enode://x'], () => expect.objectContaining({ code: -32602 })],
  miner_setMaxDASize: [() => ['0x0', '0x0'], () => true],
  debug_getRawHeader: [() => ['0x1'], () => hex],
  debug_getRawBlock: [() => [one], () => hex],
  debug_getRawReceipts: [() => ['latest'], () => [hex, hex]],
  debug_getRawTransaction: [() => [created], () => hex],
  debug_chainConfig: [() => [], () => expect.objectContaining({ chainId: 901 })],
}
function receipt(): unknown {
  return expect.objectContaining({ blockHash: one })
}

describe('every method', () => {
  it.each(Object.keys(questions))('%s answers viem', async (method) => {
    const [params, answer] = questions[method] as (typeof questions)[string]
    expect(await ask(method, ...params()).catch((error: unknown) => error)).toEqual(answer())
  })

  it('is asked above', async () => {
    const { allMethods } = await import('./methods.ts')
    const served = allMethods({ chain: {}, network: {}, pool: {} } as never)
    expect([...served.keys()].toSorted()).toEqual(Object.keys(questions).toSorted())
  })

  it.each(Object.keys(questions))('%s refuses surplus and missing arguments', async (method) => {
    const params = questions[method]?.[0]() ?? []
    const tooMany = await refused(method, ...Array.from({ length: 5 }, (_, index) => params[index] ?? null))
    expect(tooMany).toMatchObject({ code: -32602, message: expect.stringMatching(/^too many arguments/) })
    const optional = ['eth_newPendingTransactionFilter']
    if (params.length > 0 && !optional.includes(method))
      expect(await refused(method)).toMatchObject({
        code: -32602,
        message: 'missing value for required argument 0',
      })
  })

  it.each([
    ['eth_getBlockByNumber', ['0x01', false]],
    ['eth_getBlockByNumber', [1, false]],
    ['eth_getBlockByNumber', ['1', false]],
    ['eth_getBlockByNumber', ['0x', false]],
    ['eth_getBlockByNumber', ['newest', false]],
    ['eth_getBlockByNumber', ['0x8000000000000000', false]],
    ['eth_getBlockByNumber', [`0x${'11'.repeat(32)}`, false]],
    ['eth_getBlockByNumber', ['0x1', 'yes']],
    ['eth_getBlockByNumber', ['0x1']],
    ['eth_getBlockByHash', ['0x1', false]],
    ['eth_getBalance', [other]],
    ['eth_getBalance', [other, 2]],
    ['eth_getBalance', [other, {}]],
    ['eth_getBalance', [other, { blockHash: `0x${'11'.repeat(32)}`, blockNumber: '0x1' }]],
    ['eth_getBalance', ['0xaa', 'latest']],
    ['eth_getStorageAt', [other, `0x${'0'.repeat(66)}`, 'latest']],
    ['eth_getTransactionByBlockNumberAndIndex', ['0x1', '0x01']],
    ['eth_getTransactionByBlockNumberAndIndex', ['0x1', 1]],
    ['eth_call', [{ to: other, value: 1 }, 'latest']],
    ['eth_call', [{ to: other, value: '0x00' }, 'latest']],
    ['eth_call', [{ to: other, gas: '0x05208' }, 'latest']],
    ['eth_call', [{ to: other, data: '0x123' }, 'latest']],
    ['eth_call', [{ to: other, data: '0x12', input: '0x13' }, 'latest']],
    ['eth_call', [{ to: other, gasPrice: '0x1', maxFeePerGas: '0x1' }, 'latest']],
    ['eth_call', [{ to: other }, 'latest', { [other]: { balance: '0x01' } }]],
    ['eth_call', [{ to: other }, 'latest', { '0xaa': { balance: '0x1' } }]],
    ['eth_call', [{ to: other }, 'latest', { [other]: { state: { '0x7': `0x${'00'.repeat(32)}` } } }]],
    ['eth_call', [{ to: other }, 'latest', { [other]: { movePrecompileToAddress: other } }]],
    ['eth_call', [{ to: other, authorizationList: [{ chainId: '0x1', address: other }] }, 'latest']],
    ['eth_call', [{ to: other }, 'latest', {}, { number: 1 }]],
    ['eth_call', [{ to: other, blobVersionedHashes: [`0x01${'00'.repeat(31)}`] }, 'latest']],
    ['eth_estimateGas', [{ to: other }, 'latest', { [other]: { code: '0x1' } }]],
    ['eth_createAccessList', [{ to: other }, 'latest', { [other]: { nonce: 1 } }]],
    ['eth_createAccessList', [{ to: other }, 'latest', {}, {}]],
    ['eth_sendRawTransaction', ['0x123']],
    ['eth_getLogs', [{ fromBlock: '0x01' }]],
    ['eth_getLogs', [{ fromBlock: '0x2', toBlock: '0x1' }]],
    ['eth_getLogs', [{ blockHash: `0x${'11'.repeat(32)}`, toBlock: '0x1' }]],
    ['eth_newFilter', [{ topics: ['0x12'] }]],
    ['eth_feeHistory', ['five', 'latest', []]],
  ])('%s refuses %j with -32602', async (method, params) => {
    expect(await refused(method, ...params)).toMatchObject({ code: -32602 })
  })

  it.each([
    'eth_simulateV1',
    'debug_traceTransaction',
    'debug_traceCall',
    'debug_traceBlockByNumber',
    'debug_executionWitness',
    'trace_block',
    'eth_sign',
    'eth_sendTransaction',
    'eth_subscribe',
  ])('%s is not there over HTTP', async (method) => {
    expect(await refused(method)).toMatchObject({
      code: -32601,
      message: `the method ${method} does not exist/is not available`,
    })
  })
})

describe('what is not there', () => {
  it('is an error for a label that nobody set, where op-geth makes it one', async () => {
    const missing = { code: -32000, message: 'finalized block not found' }
    expect(await refused('eth_getBlockByNumber', 'finalized', false)).toMatchObject(missing)
    expect(await refused('eth_getHeaderByNumber', 'finalized')).toMatchObject(missing)
    expect(await refused('eth_getBalance', other, 'finalized')).toMatchObject(missing)
    expect(await refused('eth_call', { to: other }, 'finalized')).toMatchObject(missing)
    expect(await refused('eth_getLogs', { fromBlock: 'finalized' })).toMatchObject(missing)
    expect(await refused('debug_getRawBlock', 'finalized')).toMatchObject(missing)
    expect(await ask('eth_getBlockReceipts', 'finalized')).toBeNull()
    expect(await ask('eth_getBlockTransactionCountByNumber', 'finalized')).toBeNull()
    expect(await ask('eth_getUncleCountByBlockNumber', 'finalized')).toBeNull()
    expect(await ask('eth_getTransactionByBlockNumberAndIndex', 'finalized', '0x0')).toBeNull()
  })

  it('is null for an unknown block, and an error where its state is asked for', async () => {
    const unknown = keccak256('0x')
    expect(await ask('eth_getBlockByNumber', '0x99', false)).toBeNull()
    expect(await ask('eth_getBlockByHash', unknown, false)).toBeNull()
    expect(await ask('eth_getBlockReceipts', unknown)).toBeNull()
    expect(await refused('eth_getBalance', other, '0x99')).toMatchObject({
      code: -32000,
      message: 'header not found',
    })
    expect(await refused('eth_getBalance', other, { blockHash: unknown })).toMatchObject({
      code: -32000,
      message: 'header for hash not found',
    })
    expect(await refused('eth_getLogs', { blockHash: unknown })).toMatchObject({ message: 'unknown block' })
  })

  it('is told of a block that is off the chain when the caller wants one on it', async () => {
    const parent = el.chain.head.hash
    const off = await build(3n)
    await buildBlock(el, parent, testAttributes(chain, 3n, { salt: 9, noTxPool: true }))
    const blockHash = off.payload.blockHash
    expect(await ask('eth_getBalance', other, { blockHash })).toBe('0x0')
    expect(await refused('eth_getBalance', other, { blockHash, requireCanonical: true })).toMatchObject({
      code: -32000,
      message: 'hash is not currently canonical',
    })
  })
})

describe('as op-geth shows it', () => {
  it('gives a deposit that mints nothing a mint of zero', async () => {
    expect(await ask('eth_getTransactionByBlockNumberAndIndex', '0x1', '0x0')).toMatchObject({
      type: '0x7e',
      mint: '0x0',
    })
  })

  it('counts deposits with a tip of nothing in the fee history', async () => {
    const [deposit, signed] = (await ask('eth_getBlockReceipts', '0x2')) as { gasUsed: Hex }[]
    const percent = (gas: number) => (100 * gas) / (Number(deposit?.gasUsed) + Number(signed?.gasUsed))
    const below = percent(Number(deposit?.gasUsed) - 1)
    const above = percent(Number(deposit?.gasUsed) + 1)
    expect(await ask('eth_feeHistory', '0x1', '0x2', [0, below, above, 100])).toMatchObject({
      reward: [['0x0', '0x0', numberToHex(parseGwei('1')), numberToHex(parseGwei('1'))]],
    })
  })

  it("gives an empty fee history for no blocks, and refuses what it cannot have, in geth's words", async () => {
    expect(await ask('eth_feeHistory', '0x0', 'latest', [])).toEqual({
      oldestBlock: '0x0',
      gasUsedRatio: null,
    })
    expect(await ask('eth_feeHistory', 1, 'latest', [])).toMatchObject({ gasUsedRatio: [expect.any(Number)] })
    for (const [params, message] of [
      [['0x1', '0x99', []], /^request beyond head block: requested 153, head \d+$/],
      [['0x1', 'latest', [2, 1]], /^invalid reward percentile: #0:2 >= #1:1$/],
      [['0x1', 'latest', [101]], /^invalid reward percentile: 101$/],
    ] as const)
      expect(await refused('eth_feeHistory', ...params)).toMatchObject({
        code: -32000,
        message: expect.stringMatching(message),
      })
  })

  it('names the slots of a proof as they were asked for when they are whole, else as quantities', async () => {
    const whole = numberToHex(7, { size: 32 })
    const keys = async (...slots: string[]) =>
      (
        (await ask('eth_getProof', contract, slots, 'latest')) as { storageProof: { key: Hex }[] }
      ).storageProof.map(({ key }) => key)
    expect(await keys('0x7', '0x07', '0x0007', '7', '0x', whole, `0x${'0'.repeat(63)}`)).toEqual([
      ...['0x7', '0x7', '0x7', '0x7', '0x0'],
      whole,
      numberToHex(0, { size: 32 }),
    ])
  })

  it('refuses a call for another chain', async () => {
    expect(await refused('eth_call', { to: other, chainId: '0x1' })).toMatchObject({
      code: -32000,
      message: "chainId does not match node's (have=1, want=901)",
    })
  })
})

describe('eth_createAccessList', () => {
  const list = () => [
    { address: contract, storageKeys: [slot7] },
    { address: other, storageKeys: [] },
  ]
  const sorted = (entries: readonly { address: Address }[]) =>
    entries.toSorted((a, b) => (a.address < b.address ? -1 : 1))

  it('lists what the call touches, and the gas that it takes with the list', async () => {
    const { accessList, gasUsed } = await client.createAccessList({ account: user().address, to: contract })
    expect(sorted(accessList)).toEqual(sorted(list()))
    // PUSH SLOAD POP, PUSH BALANCE POP, 3 × PUSH, LOG1 and STOP, all warm, on top of the transaction and its list.
    expect(gasUsed).toBe(21_000n + 2_400n + 1_900n + 2_400n + (3n + 100n + 2n) * 2n + 9n + 750n)
  })

  it('gives a list that counts in other calls', async () => {
    const accessList = list()
    const { gasUsed } = (await ask('eth_createAccessList', { to: contract, accessList })) as { gasUsed: Hex }
    const gas = BigInt(gasUsed)
    expect(await ask('eth_call', { to: contract, accessList, gas: gasUsed })).toBe('0x')
    expect(await refused('eth_call', { to: contract, accessList, gas: numberToHex(gas - 1n) })).toMatchObject(
      { code: -32000, message: 'out of gas' },
    )
    // Warm reads save 2000 and 2500; the list costs more.
    expect(await ask('eth_call', { to: contract, gas: numberToHex(gas - 2_200n) })).toBe('0x')
  })

  it('says why the call fails, and lists what it touched until then', async () => {
    // BALANCE of other, then INVALID.
    const data = concat(['0x73', other, '0x3150fe'])
    expect(await ask('eth_createAccessList', { from: user().address, data, gas: '0x30d40' })).toEqual({
      accessList: [{ address: other, storageKeys: [] }],
      gasUsed: numberToHex(200_000),
      error: expect.stringMatching(/invalid opcode/),
    })
    expect(await refused('eth_createAccessList', { to: contract, gas: '0x1' })).toMatchObject({
      code: -32000,
      message: expect.stringMatching(/^failed to apply transaction: intrinsic gas too low/),
    })
  })

  it('does not name a contract that the call creates, and leaves nothing to the next call', async () => {
    // CREATE of nothing.
    expect(
      await ask('eth_createAccessList', { from: user().address, data: '0x600060006000f000' }),
    ).toMatchObject({
      accessList: [],
    })
    expect(await ask('eth_createAccessList', { to: other })).toMatchObject({ accessList: [] })
  })
})

describe('filters', () => {
  it('tell of new blocks, transactions and logs once, with what a reorg removed', async () => {
    const blocks = await client.createBlockFilter()
    const pending = await client.createPendingTransactionFilter()
    const logs = await client.createEventFilter({ address: contract, event })
    const none = await client.createEventFilter({ address: other, event })
    expect(await client.getFilterChanges({ filter: blocks })).toEqual([])
    const parent = el.chain.head.hash
    const hash = await send({ to: contract })
    const first = await build(4n)
    expect(await client.getFilterChanges({ filter: pending })).toEqual([hash])
    expect(await client.getFilterChanges({ filter: blocks })).toEqual([first.payload.blockHash])
    expect(await client.getFilterChanges({ filter: blocks })).toEqual([])
    expect(await client.getFilterChanges({ filter: logs })).toMatchObject([
      { transactionHash: hash, eventName: 'Happened', removed: false },
    ])
    expect(await client.getFilterLogs({ filter: logs })).toMatchObject([{ transactionHash: hash }])
    const side = await buildBlock(el, parent, testAttributes(chain, 4n, { salt: 7, noTxPool: true }))
    expect(await client.getFilterChanges({ filter: blocks })).toEqual([side.payload.blockHash])
    expect(await client.getFilterChanges({ filter: logs })).toMatchObject([
      { transactionHash: hash, removed: true },
    ])
    expect(await client.getFilterChanges({ filter: none })).toEqual([])
    expect(await client.uninstallFilter({ filter: logs })).toBe(true)
    expect(await client.uninstallFilter({ filter: logs })).toBe(false)
    expect(await refused('eth_getFilterChanges', logs.id)).toMatchObject({ message: 'filter not found' })
    expect(await refused('eth_getFilterLogs', blocks.id)).toMatchObject({ message: 'filter not found' })
  })

  it('carry what viem watches', async () => {
    const seen: bigint[] = []
    const stop = client.watchBlockNumber({ poll: true, onBlockNumber: (number) => seen.push(number) })
    const head = el.chain.head.header.number
    await vi.waitFor(() => expect(seen).toContain(head), patient)
    stop()
    const logs: unknown[] = []
    const stopLogs = client.watchEvent({ address: contract, event, onLogs: (more) => logs.push(...more) })
    await vi.waitFor(async () => {
      if (logs.length === 0) await build(5n)
      expect(logs).toHaveLength(1)
    }, patient)
    stopLogs()
  })
})
