import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hash } from 'viem'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { payloadBlockHash } from '../../../node/protocol/block-hash.ts'
import { SpillFile } from '../persistence/spill-file.ts'
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
import { coldInMemory } from './cold-storage.ts'
import type { BlockHeader } from './header.ts'
import { MemoryBlockRecords } from './memory-block-records.ts'
import { oldestStateKept } from './retention.ts'

let test: TestChain
beforeAll(async () => {
  test = await createTestChain()
})

describe('oldestStateKept', () => {
  it.each([
    ['full', 1_000n, 990n, 872n],
    ['full', 1_000n, 500n, 500n],
    ['full', 100n, 99n, 0n],
    ['full', 1_000n, null, 0n],
    ['archive', 1_000n, 990n, 0n],
  ] as const)('%s, head %i, finalized %s: %i', (mode, head, finalized, oldest) => {
    expect(oldestStateKept(mode, head, finalized)).toBe(oldest)
  })
})

// It makes some hundred blocks.
vi.setConfig({ testTimeout: 120_000 })

/**
 * Nobody says what is final: the states of a chain that is synced go all the same, and come again for whoever wants to go on
 * from an old block.
 */
async function forgetsWhileItSyncs(
  source: TestEl,
  headers: readonly BlockHeader[],
  isInMemory: boolean,
): Promise<void> {
  const hashOf = (number: bigint): Hash => source.chain.store.canonicalHash(number)!
  const datadir = mkdtempSync(join(tmpdir(), 'lockstep-retention-'))
  await using opened = new AsyncDisposableStack()
  opened.defer(() => rmSync(datadir, { recursive: true }))
  const start = async (options: { readonly datadir?: string } = {}) =>
    opened.adopt(await startTestEl(test, options), (el) => el.close())
  const other = await start()
  const synced = await start(isInMemory ? {} : { datadir })
  const goTo = async (el: TestEl, head: Hash) => {
    await el.engine.forkchoiceUpdated(headOnly(head))
    await vi.waitFor(() => expect(el.chain.head.hash).toBe(head), { timeout: 60_000, interval: 10 })
  }
  for (const el of [other, synced]) await el.rpc.request('admin_addPeer', [source.peerUrl])
  await goTo(other, hashOf(20n))
  await buildBlock(other, hashOf(20n), testAttributes(test, 22n, { noTxPool: true }))
  const beside = other.chain.head
  await goTo(synced, hashOf(200n))
  const has = (number: number) => synced.chain.executor.hasState(headers[number]!.stateRoot)
  expect([has(0), has(20), has(200)]).toEqual([true, false, true])

  const attributes = testAttributes(test, 31n, { noTxPool: true })
  const ask = () => synced.engine.forkchoiceUpdated(headOnly(hashOf(30n)), attributes)
  expect((await ask()).payloadStatus.status).toBe('SYNCING')
  await vi.waitFor(async () => expect((await ask()).payloadId).not.toBeNull(), { timeout: 60_000 })
  expect(synced.chain.head.hash).toBe(hashOf(200n))
  // On the way there a state is wanted for one block only.
  expect([has(20), has(29), has(30)]).toEqual([false, false, true])

  expect(beside.header.parentHash).toBe(hashOf(20n))
  expect((await synced.engine.newPayload(beside.envelope)).status).toBe('ACCEPTED')
  await goTo(synced, beside.hash)
}

describe.each(['in memory', 'with a datadir'])('an engine %s', (where) => {
  it('drops states that nobody can need, in geth’s words, keeps every block, and finds the newest transactions', async () => {
    const datadir = mkdtempSync(join(tmpdir(), 'lockstep-retention-'))
    const el = await startTestEl(test, where === 'in memory' ? {} : { datadir })
    try {
      const { chain } = el
      const headers: BlockHeader[] = [chain.head.header]
      const transactions: Hash[] = []
      for (let number = 1; number <= 200; number++) {
        const attributes = testAttributes(test, BigInt(number), { noTxPool: true })
        const { block } = await chain.executor.build(chain.head.header, attributes, { pool: [] })
        chain.adopt(block)
        const decision = chain.decide(headOnly(block.hash, block.hash, block.hash))
        if (decision.kind !== 'apply') throw new Error(`expected to apply, found ${decision.kind}`)
        chain.apply(decision)
        headers.push(chain.head.header)
        transactions.push(chain.head.transactions[0]!.hash)
      }
      const balanceAt = (number: number) =>
        el.rpc.request('eth_getBalance', [`0x${'11'.repeat(20)}`, `0x${number.toString(16)}`])
      await expect(balanceAt(71)).rejects.toMatchObject({
        code: -32000,
        message: expect.stringContaining(
          `historical state ${headers[71]!.stateRoot.slice(2)} is not available`,
        ),
      })
      await expect(balanceAt(72)).resolves.toBe('0x0')
      // Genesis is what every tool asks for first.
      await expect(balanceAt(0)).resolves.toBe('0x0')

      using spill = new SpillFile(silentLogger)
      for (const cold of [coldInMemory, spill]) {
        const compressed = new MemoryBlockRecords(chain.store.genesis, { warmBytesMax: 20_000, cold })
        for (let number = 1n; number <= 200n; number++) compressed.add(chain.store.byNumber(number)!)
        for (let number = 0n; number <= 200n; number++) {
          const block = chain.store.byNumber(number)!
          expect(compressed.byHash(block.hash)).toEqual(block)
          expect(compressed.header(block.hash)).toEqual(block.header)
        }
      }

      const indexed = new MemoryBlockRecords(chain.store.genesis, { gcMode: 'full', indexedMax: 150 })
      for (let number = 1n; number <= 200n; number++) {
        const block = chain.store.byNumber(number)!
        indexed.add(block)
        const labels = { head: block.hash, safe: block.hash, finalized: block.hash }
        indexed.move(labels, { removed: [], added: [block] }, number)
      }
      const found = transactions.map((hash) => indexed.transaction(hash) !== undefined)
      expect([found.indexOf(true), found.lastIndexOf(false)]).toEqual([50, 49])

      for (const [number, header] of headers.entries()) {
        const block = chain.store.byNumber(BigInt(number))
        expect(block?.header).toEqual(header)
        if (number === 0) continue
        expect(block?.transactions[0]?.hash).toBe(transactions[number - 1])
        expect(chain.store.transaction(transactions[number - 1]!)?.block.hash).toBe(block?.hash)
        expect(block?.receipts).toHaveLength(block?.transactions.length ?? -1)
      }

      // A block beside block 71, whose parent's state is gone.
      const { envelope } = chain.store.byNumber(71n)!
      const beside = { ...envelope, payload: { ...envelope.payload, prevRandao: headers[1]!.stateRoot } }
      const blockHash = payloadBlockHash(beside)
      await expect(
        el.engine.newPayload({ ...beside, payload: { ...beside.payload, blockHash } }),
      ).resolves.toEqual({ status: 'ACCEPTED', latestValidHash: null, validationError: null })

      // An engine that has nothing can still have all of it.
      const fresh = await startTestEl(test)
      try {
        const head = chain.head.hash
        const steps: number[] = []
        fresh.chain.onHeadChange(({ added }) => steps.push(added.length))
        await fresh.rpc.request('admin_addPeer', [el.peerUrl])
        await fresh.engine.forkchoiceUpdated(headOnly(head, head, head))
        await vi.waitFor(() => expect(fresh.chain.head.hash).toBe(head), { timeout: 60_000, interval: 10 })
        // Batch by batch: nothing is as large as the gap, and states get old meanwhile.
        expect(Math.max(...steps)).toBeLessThanOrEqual(64)
        // Its old states go by and by.
        await fresh.engine.forkchoiceUpdated(headOnly(head, head, headers[71]!.parentHash))
        const has = (number: number) => fresh.chain.executor.hasState(headers[number]!.stateRoot)
        expect([has(1), has(62), has(72), has(200)]).toEqual([false, false, true, true])
      } finally {
        await fresh.close()
      }
      await forgetsWhileItSyncs(el, headers, where === 'in memory')
    } finally {
      await el.close()
      rmSync(datadir, { recursive: true })
    }
  })
})
