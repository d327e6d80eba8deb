import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Hash, keccak256 } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
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
const genesisTimestamp = 1_700_000_000n
const directory = mkdtempSync(join(tmpdir(), 'lockstep-forks-'))
const tree = new ForkTree()
const events: L1Event[] = []
const nonces = new Map<number, number>()
let anvil: AnvilClient
let l1: L1Controller
let stop: () => Promise<void>

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
    anvil,
    clock: { nowMs: () => 0, sleep: () => Promise.reject(new Error('nothing here waits')) },
    schedule: { genesisTime: genesisTimestamp, blockTime: 2n },
    distances: { safe: 40n, finalized: 40n },
    tree,
    onEvent: (event) => events.push(event),
  })
}, 30_000)
afterAll(async () => {
  await stop?.()
  rmSync(directory, { recursive: true })
})
// Whatever a test left in the pool.
beforeEach(async () => void (await l1.mine({ everySlot: true })))

/** Sends a transfer of that account; its hash. */
async function send(user: number): Promise<Hash> {
  const sender = privateKeyToAccount(accounts.users[user]!.privateKey)
  const nonce = nonces.get(user) ?? 0
  nonces.set(user, nonce + 1)
  const raw = await sender.signTransaction({
    ...{ chainId: testChainParameters.l1ChainId, type: 'eip1559', nonce, gas: 21_000n },
    ...{ to: accounts.owner.address, value: 1n },
    ...{ maxFeePerGas: 10_000_000_000n, maxPriorityFeePerGas: 1n },
  })
  await anvil.resubmit([raw])
  return keccak256(raw)
}

/** The newest blocks, as anvil has them; the oldest first. */
async function newest(count: number) {
  const { number } = await l1.head()
  const numbers = Array.from({ length: count }, (_, index) => number - BigInt(count - 1 - index))
  return Promise.all(
    numbers.map(async (at) => {
      const { ref, block, receipts } = await anvil.fullBlock((await anvil.block(at))!)
      return { ref, block, receipts, transactions: block.transactions.map(({ hash }) => hash) }
    }),
  )
}

describe('L1 between forks', () => {
  it('comes back to the very blocks that a reorg orphaned: A, B, A, B', async () => {
    await send(1)
    await l1.mine({ everySlot: true })
    await Promise.all([send(1), send(2)])
    await l1.mine({ blocks: 2, everySlot: true })
    const a = await newest(3)
    const first = a[0]!.ref.number

    const { orphaned, replaced } = await l1.reorg(first)
    await l1.mine({ everySlot: true })
    const b = await newest(5)
    expect(orphaned).toEqual(a.map(({ ref }) => ref))
    expect(b.flatMap(({ transactions }) => transactions)).toHaveLength(3)

    events.length = 0
    const back = await l1.reorg(first, { to: orphaned })
    expect(back.replaced).toEqual(orphaned)
    expect(await newest(3)).toEqual(a)
    expect(events.map((event) => (event.kind === 'l1-block' ? event.fork : event.kind))).toEqual([
      tree.forkOf(orphaned[0]!.hash),
      tree.forkOf(orphaned[0]!.hash),
      tree.forkOf(orphaned[0]!.hash),
      'l1-reorg',
    ])
    expect(tree.forkOf(replaced[0]!.hash)).toBeGreaterThan(tree.forkOf(orphaned[0]!.hash)!)
    // Everything is mined again: nothing of it is pending.
    expect(await l1.pending()).toEqual([])
    expect(tree.blocks().filter((block) => block.canonical)).toHaveLength(
      Number((await l1.head()).number) + 1,
    )

    const again = await l1.reorg(first, { to: back.orphaned })
    expect(again.replaced).toEqual(b.map(({ ref }) => ref))
    expect(await newest(5)).toEqual(b)
  })

  it('knows its forks by name, and goes on where each was left', async () => {
    const [base] = await l1.mine({ everySlot: true })
    await l1.reorg(base!.number, { as: 'A' })
    const [target] = await l1.mine({ blocks: 3, everySlot: true })
    await l1.reorg(target!.number, { as: 'B' })
    await l1.switchTo('A')
    const [onA] = await l1.mine({ everySlot: true })
    await l1.switchTo('B')
    const b = await l1.head()
    const { replaced } = await l1.switchTo('A')
    expect(replaced[0]).toEqual(target)
    expect(replaced.at(-1)).toEqual(onA)
    // What is mined after a return is another block than what was there before.
    await l1.reorg(onA!.number, { to: 'equal' })
    expect((await l1.head()).hash).not.toBe(onA!.hash)
    await l1.switchTo('B')
    expect(await l1.head()).toEqual(b)
  })

  it('refuses what cannot come back, and stays as it is', async () => {
    const [at, tip] = await l1.mine({ blocks: 2, everySlot: true })
    const { orphaned } = await l1.reorg(at!.number)
    const before = await l1.head()
    await expect(l1.reorg(tip!.number, { to: orphaned })).rejects.toThrow(
      `its fork begins at block ${at!.number}, reorg there`,
    )
    await expect(l1.reorg(at!.number, { to: [before] })).rejects.toThrow('is canonical already')
    const unknown = { number: 7n, hash: `0x${'77'.repeat(32)}` as const }
    await expect(l1.reorg(at!.number, { to: [unknown] })).rejects.toThrow('cannot come back')
    await expect(l1.reorg(at!.number, { to: [] })).rejects.toThrow('to no blocks')
    await expect(l1.switchTo('C')).rejects.toThrow(/^L1 is fork \d+ and cannot switch to C: it was main, /)
    await expect(l1.reorg(at!.number, { as: 'B' })).rejects.toThrow('there is one of that name')
    expect(await l1.head()).toEqual(before)
  })
})

describe('the transactions of a fork', () => {
  /** Three blocks: of accounts 3 and 4, of 3, and an empty one. */
  async function mineSome() {
    const hashes = [await send(3), await send(4)]
    const [target] = await l1.mine({ everySlot: true })
    hashes.push(await send(3))
    await l1.mine({ blocks: 2, everySlot: true })
    return { at: target!.number, hashes: hashes as [Hash, Hash, Hash] }
  }
  const held = async (count: number) => (await newest(count)).map(({ transactions }) => transactions)

  it('return to the pool', async () => {
    const { at, hashes } = await mineSome()
    await l1.reorg(at)
    expect([await held(4), (await l1.pending()).toSorted()]).toEqual([[[], [], [], []], hashes.toSorted()])
  })

  it('are kept, each at its height', async () => {
    const { at, hashes } = await mineSome()
    const { orphaned, replaced } = await l1.reorg(at, { transactions: 'keep' })
    expect(await held(4)).toEqual([[hashes[0], hashes[1]], [hashes[2]], [], []])
    expect(replaced[0]!.hash).not.toBe(orphaned[0]!.hash)
    expect(await l1.pending()).toEqual([])
  })

  it('are kept as far as the fork goes', async () => {
    const hash = await send(3)
    const later = await send(4)
    const [target] = await l1.mine({ only: [hash], everySlot: true })
    await l1.mine({ everySlot: true })
    await l1.reorg(target!.number, { transactions: 'keep', to: 'shorter' })
    expect([await held(1), await l1.pending()]).toEqual([[[hash]], [later]])
  })

  it('come in another order', async () => {
    const { at, hashes } = await mineSome()
    await l1.reorg(at, { transactions: 'reorder', to: 'equal' })
    expect(await held(3)).toEqual([[hashes[1], hashes[0], hashes[2]], [], []])
  })

  it('are gone', async () => {
    const { at } = await mineSome()
    await l1.reorg(at, { transactions: 'drop' })
    expect([await held(4), await l1.pending()]).toEqual([[[], [], [], []], []])
  })
})
