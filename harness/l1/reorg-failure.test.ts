import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHttpRpcClient } from '../../node/json-rpc/http-client.ts'
import { deriveAccounts } from '../genesis/accounts.ts'
import { testChainParameters } from '../genesis/chain-parameters.fixture.ts'
import { generateChain } from '../genesis/generate.ts'
import { createPortAllocator } from '../world/live/ports.ts'
import { startAnvil } from './anvil.ts'
import { type AnvilClient, anvilTimeoutMs, createAnvilClient } from './anvil-client.ts'
import { createL1Controller, type L1Controller, type L1Event } from './controller.ts'
import { ForkTree } from './fork-tree.ts'

const accounts = deriveAccounts()
const sender = privateKeyToAccount(accounts.users[1]!.privateKey)
const genesisTimestamp = 1_700_000_000n
const directory = mkdtempSync(join(tmpdir(), 'lockstep-reorg-'))
const tree = new ForkTree()
const events: L1Event[] = []
/** Decides of every call to anvil whether it fails. */
let fails: (call: string) => boolean = () => false
let anvil: AnvilClient
let l1: L1Controller
let stop: () => Promise<void>
let nonce = 0

beforeAll(async () => {
  const { l1State } = await generateChain(testChainParameters, accounts, genesisTimestamp)
  const statePath = join(directory, 'l1-state.json')
  writeFileSync(statePath, JSON.stringify(l1State))
  const running = await startAnvil({
    chainId: testChainParameters.l1ChainId,
    statePath,
    genesisTimestamp,
    port: await createPortAllocator({ slot: process.pid }).next(),
    log: () => {},
    onExit: () => {},
  })
  stop = running.stop
  anvil = createAnvilClient(createHttpRpcClient({ url: running.url, timeoutMs: anvilTimeoutMs }))
  l1 = await createL1Controller({
    anvil: new Proxy(anvil, {
      get: (real, call, self) =>
        fails(String(call))
          ? () => Promise.reject(new Error(`anvil refuses ${String(call)}`))
          : Reflect.get(real, call, self),
    }),
    clock: { nowMs: () => 0, sleep: () => Promise.reject(new Error('nothing here waits')) },
    schedule: { genesisTime: genesisTimestamp, blockTime: 2n },
    distances: { safe: 4n, finalized: 4n },
    tree,
    onEvent: (event) => events.push(event),
  })
}, 30_000)

afterAll(async () => {
  await stop?.()
  rmSync(directory, { recursive: true })
})

async function send(): Promise<void> {
  const raw = await sender.signTransaction({
    chainId: testChainParameters.l1ChainId,
    nonce: nonce++,
    to: accounts.owner.address,
    value: 1n,
    gas: 21_000n,
    maxFeePerGas: 10_000_000_000n,
    maxPriorityFeePerGas: 1n,
    type: 'eip1559',
  })
  await anvil.resubmit([raw])
}

async function mineTransfer(): Promise<void> {
  await send()
  await l1.mine({ everySlot: true })
}

describe('a reorg that fails', () => {
  it.each<{ call: keyof AnvilClient; after: number; restored: boolean }>([
    { call: 'pool', after: 0, restored: false },
    { call: 'rawTransaction', after: 1, restored: false },
    { call: 'dropAll', after: 0, restored: false },
    { call: 'rollback', after: 0, restored: true },
    { call: 'setNextBaseFee', after: 0, restored: true },
    { call: 'mineBlock', after: 0, restored: true },
    { call: 'mineBlock', after: 2, restored: true },
  ])('at $call, after $after of them, changes nothing and says so', async ({ call, after, restored }) => {
    let calls = 0
    for (let blocks = 0; blocks < 3; blocks++) await mineTransfer()
    await send()
    const pending = await l1.pending()
    expect(pending).toHaveLength(1)
    const before = await l1.head()
    const blocks = await Promise.all([0n, 1n, 2n].map((below) => anvil.block(before.number - below)))
    events.length = 0
    fails = (called) => called === call && calls++ === after

    const refused = `anvil refuses ${call}`
    await expect(l1.reorg(before.number - 2n)).rejects.toThrow(
      restored ? `the old chain is back: ${refused}` : refused,
    )
    expect(events).toEqual([{ kind: 'l1-error', message: expect.stringContaining(refused) }])
    expect(await l1.head()).toEqual(before)
    expect(await Promise.all([0n, 1n, 2n].map((below) => anvil.block(before.number - below)))).toEqual(blocks)
    expect(tree.blocks().filter((block) => block.canonical)).toHaveLength(Number(before.number) + 1)
    expect(await l1.pending()).toEqual(pending)

    fails = () => false
    const { orphaned, replaced } = await l1.reorg(before.number - 2n)
    expect([orphaned.length, replaced.length]).toEqual([3, 4])
    expect(await l1.pending()).toHaveLength(4)
    await l1.mine({ everySlot: true })
  })

  it('tells what L1 is when the old chain cannot be put back either', async () => {
    for (let blocks = 0; blocks < 2; blocks++) await mineTransfer()
    const before = await l1.head()
    events.length = 0
    fails = (call) => call === 'mineBlock'
    await expect(l1.reorg(before.number - 1n)).rejects.toThrow('anvil refuses mineBlock')
    const head = await l1.head()
    expect(head.number).toBe(before.number - 2n)
    expect(events.map(({ kind }) => kind)).toEqual(['l1-block', 'l1-error'])
    expect(events[0]).toMatchObject({ block: { hash: head.hash } })
    fails = () => false
    await l1.mine({ everySlot: true })
  })
})
