import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPublicClient, createWalletClient, type Hash, http, parseEther } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { JsonRpcClient } from '../../../node/json-rpc/client.ts'
import { createHttpRpcClient } from '../../../node/json-rpc/http-client.ts'
import type { L1BlockRef } from '../../../node/protocol/refs.ts'
import type { Fault } from '../../faults/fault.ts'
import type { InstalledFault } from '../../faults/fault-point.ts'
import { createFaultStand, type FaultStand } from '../../faults/fault-stand.ts'
import { testFaultContext } from '../../faults/testing/fault-context.ts'
import { faults } from '../../faults/vocabulary.ts'
import { deriveAccounts } from '../../genesis/accounts.ts'
import { testChainParameters } from '../../genesis/chain-parameters.fixture.ts'
import { generateChain } from '../../genesis/generate.ts'
import { type L1, startL1 } from '../l1.ts'

const accounts = deriveAccounts()
const genesisTimestamp = 1_700_000_000n
const directory = mkdtempSync(join(tmpdir(), 'lockstep-views-'))
const clock = {
  nowMs: () => Number(genesisTimestamp) * 1000,
  sleep: () => Promise.reject(new Error('nothing here waits')),
}
let l1: L1
let stand: FaultStand
/** The consumer with the faults, and one without. */
let seen: JsonRpcClient
let real: JsonRpcClient
/** Blocks 4 to 9 of the first fork, which were replaced; block 5 has the transaction. */
let orphaned: readonly L1BlockRef[]
let replaced: readonly L1BlockRef[]
let transaction: Hash

beforeAll(async () => {
  const { l1State, rollup } = await generateChain(testChainParameters, accounts, genesisTimestamp)
  const statePath = join(directory, 'l1-state.json')
  writeFileSync(statePath, JSON.stringify(l1State))
  stand = createFaultStand({
    ...testFaultContext(clock),
    point: 'follower→l1',
    carriers: ['request', 'l1'],
  })
  l1 = await startL1({
    parameters: { ...testChainParameters, l1SafeDistance: 2, l1FinalizedDistance: 2 },
    statePath,
    genesisHash: rollup.genesis.l1.hash,
    genesisTimestamp,
    port: await freePort(),
    beaconPort: await freePort(),
    anvilPort: await freePort(),
    log: () => {},
    onEvent: () => {},
    onExit: () => {},
    clock,
    consumers: new Map([['follower', { consumer: 'follower', stands: [stand] }]]),
  })
  seen = createHttpRpcClient({ url: `${l1.url}/follower`, timeoutMs: 5_000 })
  real = createHttpRpcClient({ url: `${l1.url}/reference`, timeoutMs: 5_000 })
  await l1.controller.mine({ blocks: 4, everySlot: true })
  transaction = await send()
  await l1.controller.mine({ blocks: 5, everySlot: true })
  ;({ orphaned, replaced } = await l1.controller.reorg(4n))
}, 60_000)

afterEach(async () => {
  for (const fault of [...stand.faults]) await fault.remove()
})
afterAll(async () => {
  await l1?.stop()
  rmSync(directory, { recursive: true })
})

async function send(): Promise<Hash> {
  const transport = http(l1.url)
  const wallet = createWalletClient({
    account: privateKeyToAccount(accounts.users[1]!.privateKey),
    transport,
  })
  const request = await wallet.prepareTransactionRequest({
    chain: null,
    to: accounts.owner.address,
    value: parseEther('1'),
    type: 'eip1559',
  })
  const serializedTransaction = await wallet.signTransaction({
    ...request,
    chainId: testChainParameters.l1ChainId,
  } as never)
  return createPublicClient({ transport }).sendRawTransaction({ serializedTransaction })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

type Block = { readonly number: string; readonly hash: Hash; readonly transactions: readonly Hash[] } | null
const block = async (at: string, of = seen) =>
  (await of.request('eth_getBlockByNumber', [at, false])) as Block
const byHash = async (hash: Hash, of = seen) =>
  (await of.request('eth_getBlockByHash', [hash, false])) as Block
const numberAt = async (at: string) => Number((await block(at))?.number)
const install = (fault: Fault): Promise<InstalledFault> => stand.install(fault)
const first = (refs: readonly L1BlockRef[]) => refs[0]!
const last = (refs: readonly L1BlockRef[]) => refs.at(-1)!
const hex = (number: bigint | number) => `0x${number.toString(16)}`

describe('what one consumer sees of L1', () => {
  it('is what everybody sees without a fault', async () => {
    // Ten blocks in place of nine; labels two and four behind.
    expect([await numberAt('latest'), await numberAt('safe'), await numberAt('finalized')]).toEqual([
      10, 8, 6,
    ])
    expect((await byHash(first(orphaned).hash))?.hash).toBe(first(orphaned).hash)
  })

  it('lag: every method answers without the newest blocks, and labels do not go back', async () => {
    const fault = await install(faults.lag(2))
    const unknown = last(replaced)
    expect(await seen.request('eth_blockNumber', [])).toBe('0x8')
    expect(await block('latest')).toEqual(await block('0x8', real))
    expect([await numberAt('safe'), await numberAt('finalized')]).toEqual([8, 6])
    expect([await block(hex(9)), await byHash(unknown.hash)]).toEqual([null, null])
    expect(await seen.request('eth_getBlockReceipts', [unknown.hash])).toBeNull()
    await expect(seen.request('eth_getBalance', [accounts.owner.address, '0x9'])).rejects.toThrow(
      'header not found',
    )
    expect(await seen.request('eth_getBalance', [accounts.owner.address, 'latest'])).toBe(
      await real.request('eth_getBalance', [accounts.owner.address, '0x8']),
    )
    expect(await seen.request('eth_feeHistory', ['0x2', 'latest', []])).toEqual(
      await real.request('eth_feeHistory', ['0x2', '0x8', []]),
    )
    expect(fault.hits).toBeGreaterThan(5)
    expect(await numberAt('latest')).toBe(8)
    expect((await block('latest', real))?.number).toBe('0xa')
  })

  it('lag beyond a reorg: the blocks before it', async () => {
    await install(faults.lag(8))
    expect([await numberAt('latest'), await numberAt('safe'), await numberAt('finalized')]).toEqual([2, 2, 2])
    expect(await byHash(first(orphaned).hash)).toBeNull()
  })

  it('shows a fork: its head, blocks, receipts, transactions, logs and fees, and nothing of the other', async () => {
    const fault = await install(faults.shows(0))
    const head = last(orphaned)
    // Of the other fork block 6 is final by now, and what is final is of both.
    expect([await numberAt('safe'), await numberAt('finalized')]).toEqual([8, 3])
    expect(await seen.request('eth_blockNumber', [])).toBe(hex(head.number))
    expect((await block('latest'))?.hash).toBe(head.hash)
    expect((await block(hex(4)))?.hash).toBe(first(orphaned).hash)
    expect(await block(hex(3))).toEqual(await block(hex(3), real))
    expect((await byHash(first(orphaned).hash))?.number).toBe('0x4')
    expect([await byHash(first(replaced).hash), await block(hex(10))]).toEqual([null, null])
    expect((await block(hex(5)))?.transactions).toEqual([transaction])
    expect((await block(hex(5), real))?.transactions).toEqual([])
    expect(await seen.request('eth_getTransactionReceipt', [transaction])).toMatchObject({
      blockNumber: '0x5',
    })
    expect(await real.request('eth_getTransactionReceipt', [transaction])).toBeNull()
    expect(await seen.request('eth_getBlockReceipts', ['0x5'])).toMatchObject([
      { transactionHash: transaction },
    ])
    expect(await seen.request('eth_getBlockTransactionCountByNumber', ['0x5'])).toBe('0x1')
    expect(await seen.request('eth_getLogs', [{ fromBlock: '0x0', toBlock: 'latest' }])).toEqual([])
    const fees = (await seen.request('eth_feeHistory', ['0x3', 'latest', [50]])) as {
      oldestBlock: string
      baseFeePerGas: string[]
      reward: string[][]
    }
    expect(fees.oldestBlock).toBe(hex(head.number - 2n))
    const shown = (await seen.request('eth_getBlockByNumber', ['latest', false])) as { baseFeePerGas: string }
    expect(fees.baseFeePerGas[2]).toBe(shown.baseFeePerGas)
    expect([fees.baseFeePerGas.length, fees.reward]).toEqual([4, [['0x0'], ['0x0'], ['0x0']]])
    expect(fault.hits).toBeGreaterThan(5)
  })

  it('shows a fork: the state of replaced blocks is pruned, that below the fork is not', async () => {
    await install(faults.shows(last(orphaned).hash))
    await expect(seen.request('eth_getBalance', [accounts.owner.address, 'latest'])).rejects.toThrow(
      'missing trie node',
    )
    expect(await seen.request('eth_getBalance', [accounts.owner.address, '0x3'])).toBe(
      await real.request('eth_getBalance', [accounts.owner.address, '0x3']),
    )
  })

  it('alternates: request by request, and a batch is one request', async () => {
    await install(faults.alternates(0, 'canonical'))
    const heads = [await block('latest'), await block('latest'), await block('latest')]
    expect(heads.map((head) => head?.hash)).toEqual([
      last(orphaned).hash,
      last(replaced).hash,
      last(orphaned).hash,
    ])
    const call = (id: number) => ({ jsonrpc: '2.0', id, method: 'eth_blockNumber', params: [] })
    const answer = await fetch(`${l1.url}/follower`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([call(1), call(2)]),
    })
    const results = (await answer.json()) as { result: string }[]
    expect(results.map(({ result }) => result)).toEqual(['0xa', '0xa'])
  })

  it('says so when there is no such fork', async () => {
    await install(faults.shows(7))
    await expect(block('latest')).rejects.toThrow('L1 has no fork 7')
  })

  it('forgetsOrphans: what was replaced is not there by hash, what is canonical is', async () => {
    const fault = await install(faults.forgetsOrphans())
    expect(await byHash(first(orphaned).hash)).toBeNull()
    expect(await seen.request('eth_getBlockReceipts', [first(orphaned).hash])).toBeNull()
    expect((await byHash(first(replaced).hash))?.number).toBe('0x4')
    expect(fault.hits).toBe(2)
    expect((await byHash(first(orphaned).hash, real))?.number).toBe('0x4')
  })

  it('emptyReceipts: none in a block that has transactions', async () => {
    const shows = await install(faults.shows(0))
    const fault = await install(faults.emptyReceipts())
    expect(await seen.request('eth_getBlockReceipts', ['0x5'])).toEqual([])
    expect(await seen.request('eth_getBlockReceipts', ['0x3'])).toEqual([])
    expect(await seen.request('eth_getTransactionReceipt', [transaction])).toBeNull()
    expect((await block(hex(5)))?.transactions).toEqual([transaction])
    // A block without transactions has no receipts without the fault as well.
    expect(fault.hits).toBe(2)
    expect(shows.hits).toBeGreaterThan(0)
  })

  it('refusesLabels: for labels alone', async () => {
    const fault = await install(faults.refusesLabels())
    await expect(block('safe')).rejects.toMatchObject({ code: -32000, message: 'safe block not found' })
    await expect(seen.request('eth_getBlockReceipts', ['finalized'])).rejects.toThrow(
      'finalized block not found',
    )
    expect([await numberAt('latest'), fault.hits]).toEqual([10, 2])
  })

  it('labelsGoBack, within its conditions', async () => {
    const fault = await install(faults.labelsGoBack(3).after(1).times(1))
    expect([await numberAt('safe'), await numberAt('safe'), await numberAt('safe')]).toEqual([8, 5, 8])
    expect(fault.hits).toBe(1)
  })

  it('changes one method only, when it is for one', async () => {
    await install(faults.lag(2).to('eth_blockNumber'))
    expect([await seen.request('eth_blockNumber', []), await numberAt('latest')]).toEqual(['0x8', 10])
  })

  it('lets faults about different things stand beside each other, and the newest about one decide', async () => {
    const older = await install(faults.lag(1))
    await install(faults.refusesLabels())
    await install(faults.lag(3))
    expect(await numberAt('latest')).toBe(7)
    await expect(block('safe')).rejects.toThrow('safe block not found')
    expect([older.hits, older.shadowed]).toEqual([0, 2])
  })

  it('finalityStall: labels stay, the head goes on', async () => {
    const fault = await install(faults.finalityStall())
    expect([await numberAt('safe'), await numberAt('finalized')]).toEqual([8, 6])
    await l1.controller.mine({ blocks: 3, everySlot: true })
    expect([await numberAt('latest'), await numberAt('safe'), await numberAt('finalized')]).toEqual([
      13, 8, 6,
    ])
    expect((await block('safe', real))?.number).toBe('0xb')
    expect(fault.hits).toBe(2)
  })

  // Campaign, seed 1051345~1051805~1052186~1053233.
  it('finalityStall: no replaced block is final, whichever fork is shown', async () => {
    await install(faults.finalityStall())
    expect(await numberAt('finalized')).toBe(9)
    await install(faults.shows(0))
    expect(await numberAt('finalized')).toBe(3)
    expect((await block('finalized'))?.hash).toBe((await block('0x3', real))?.hash)
  })
})
