import { describe, expect, it } from 'vitest'
import { createListeners } from '../concurrency/listeners.ts'
import type { L1ChainChange } from '../l1/l1-chain-view.ts'
import type { L1Heads } from '../l1/l1-watcher.ts'
import { createCountingMetrics } from '../ports/testing/counting-metrics.ts'
import { createFakeClock } from '../ports/testing/fake-clock.ts'
import { createFakeL1 } from '../ports/testing/fake-l1.ts'
import { createSilentLogger } from '../ports/testing/silent-logger.ts'
import type { AttributesWithParent } from '../protocol/payload.ts'
import { type L1BlockRef, type L2BlockRef, zeroHash, zeroL1BlockRef } from '../protocol/refs.ts'
import { createMemorySafeHeadStore } from '../safe-heads/memory-store.ts'
import { createSafeHeads } from '../safe-heads/safe-heads.ts'
import { createFinalizer } from './finalizer.ts'
import { createLocalDerivation } from './local.ts'
import { CriticalDerivationError } from './pipeline/critical-derivation-error.ts'
import type { Pipeline, PipelineStep } from './pipeline/pipeline.ts'
import { createFakeEngineClient, l2Block, l2Genesis } from './testing/fake-engine-client.ts'

/** The actor on a scripted pipeline: each step takes the next entry of `script`; without one it is idle. */
async function setUp() {
  const l1 = createFakeL1()
  l1.mine(20)
  const clock = createFakeClock(1_000)
  const genesis = l2Genesis(l1.at(0n), 0n)
  const safeHeads = createSafeHeads(createMemorySafeHeadStore())
  const engine = createFakeEngineClient(genesis, () => l1.at(1n), safeHeads)
  const counting = createCountingMetrics()
  const logger = createSilentLogger()
  const latest = createListeners<L1BlockRef>()
  const finalized = createListeners<L1BlockRef>()
  const changes = createListeners<L1ChainChange>()
  const heads = { latest: l1.head, safe: zeroL1BlockRef, finalized: zeroL1BlockRef as L1BlockRef }
  const script: (PipelineStep | Error)[] = []
  const parents: L2BlockRef[] = []
  const resets: L2BlockRef[] = []
  let flushed = 0
  let stepping = 0
  const pipeline: Pipeline & { origin: L1BlockRef } = {
    origin: zeroL1BlockRef,
    async step(parent) {
      parents.push(parent)
      expect(++stepping).toBe(1)
      await Promise.resolve()
      stepping--
      const next = script.shift() ?? { kind: 'idle' }
      if (next instanceof Error) throw next
      if (next.kind === 'advanced') pipeline.origin = next.origin
      return next
    },
    async reset(safeHead) {
      resets.push(safeHead)
      pipeline.origin = l1.at(1n)
    },
    flushChannel: () => void flushed++,
    held: { channels: 0, bytes: 0 },
  }
  const derivation = createLocalDerivation({
    pipeline,
    finalizer: createFinalizer({ l1, engine, safeHeads, logger }),
    engine,
    watcher: {
      get heads(): L1Heads {
        return heads
      },
      onLatest: latest.add,
      onFinalized: finalized.add,
      onChainChange: changes.add,
    },
    clock,
    logger,
    metrics: counting.metrics,
  })
  const attributes = (parent: L2BlockRef, derivedFrom: L1BlockRef, isLastInSpan = true): PipelineStep => ({
    kind: 'attributes',
    attributes: {
      parent,
      derivedFrom,
      isLastInSpan,
      attributes: {
        timestamp: parent.timestamp + 1n,
        prevRandao: zeroHash,
        suggestedFeeRecipient: `0x${'00'.repeat(20)}`,
        transactions: [],
        noTxPool: true,
        gasLimit: 0n,
      },
    } satisfies AttributesWithParent,
  })
  const stop = new AbortController()
  const ended: { error?: unknown } = {}
  derivation.run(stop.signal).catch((error: unknown) => Object.assign(ended, { error }))
  await clock.settle()
  return {
    l1,
    clock,
    genesis,
    engine,
    counting,
    derivation,
    script,
    parents,
    resets,
    heads,
    ended,
    attributes,
    value: counting.value,
    flushed: () => flushed,
    async newHead() {
      latest.emit(l1.head)
      await clock.settle()
    },
    async finalize(number: bigint) {
      heads.finalized = l1.at(number)
      finalized.emit(heads.finalized)
      await clock.settle()
    },
    async reorged(removed: L1BlockRef) {
      latest.emit(l1.head)
      changes.emit({ head: l1.head, added: [l1.head], removed: [removed], restarted: false })
      await clock.settle()
    },
  }
}

describe('local derivation', () => {
  it('starts at the safe head and is idle until L1 has a new head', async () => {
    const t = await setUp()
    expect(t.resets).toEqual([t.genesis])
    expect(t.derivation.currentL1).toEqual(t.l1.at(1n))
    const steps = t.parents.length
    await t.clock.advance(60_000)
    expect(t.parents).toHaveLength(steps)
    await t.newHead()
    expect(t.parents).toHaveLength(steps + 1)
  })

  it('has one set of attributes in flight and builds on what the engine made of the last', async () => {
    const t = await setUp()
    const first = l2Block(t.genesis, 1n, t.l1.at(1n))
    t.script.push(
      { kind: 'advanced', origin: t.l1.at(2n) },
      t.attributes(t.genesis, t.l1.at(2n)),
      t.attributes(first, t.l1.at(2n)),
      { kind: 'advanced', origin: t.l1.at(3n) },
    )
    await t.newHead()
    expect(t.engine.consolidated.map(({ parent }) => parent.number)).toEqual([0n, 1n])
    expect(t.engine.state.localSafe.number).toBe(2n)
    expect(t.parents.at(-1)).toEqual(t.engine.state.pendingSafe)
    expect(t.derivation.currentL1.number).toBe(3n)
  })

  it('flushes the channel when a payload was replaced by its deposits', async () => {
    const t = await setUp()
    const block = l2Block(t.genesis, 1n, t.l1.at(1n))
    t.engine.onConsolidate = async () => ({ kind: 'deposits-only', block })
    t.script.push(t.attributes(t.genesis, t.l1.at(2n)))
    await t.newHead()
    expect(t.flushed()).toBe(1)
  })

  it.each([{ kind: 'stale' }, { kind: 'dropped', reason: 'invalid' }] as const)(
    '$kind attributes: goes on with the next step, records nothing',
    async (outcome) => {
      const t = await setUp()
      t.engine.onConsolidate = async () => outcome
      t.script.push(t.attributes(t.genesis, t.l1.at(2n)), { kind: 'progress' })
      await t.newHead()
      expect(t.script).toEqual([])
      await t.finalize(10n)
      expect(t.engine.finalizedBlocks).toEqual([])
      expect(t.flushed()).toBe(0)
    },
  )

  it("resets the engine when the pipeline asks, then the pipeline to the engine's safe head", async () => {
    const t = await setUp()
    const survivor = l2Block(t.genesis, 1n, t.l1.at(1n))
    t.engine.onResetHeads = () => ({ localSafe: survivor, pendingSafe: survivor })
    const published: bigint[] = []
    t.derivation.onCurrentL1(({ number }) => published.push(number))
    t.script.push({ kind: 'advanced', origin: t.l1.at(5n) }, { kind: 'reset', reason: 'l1-reorg' })
    await t.newHead()
    expect(t.engine.resets).toEqual(['l1-reorg'])
    expect(t.counting.value('pipeline_resets_total', { reason: 'l1-reorg' })).toBe(1)
    expect(t.resets.at(-1)).toEqual(survivor)
    expect(published).toEqual([5n, 0n, 1n])
  })

  it('does not storm when every reset leads to the next', async () => {
    const t = await setUp()
    for (let index = 0; index < 1_000; index++) t.script.push({ kind: 'reset', reason: 'l1-origin-mismatch' })
    await t.newHead()
    await t.clock.advance(60_000)
    expect(t.engine.resets.length).toBeGreaterThan(5)
    expect(t.engine.resets.length).toBeLessThan(25)
  })

  it('restarts after every other reset of the engine', async () => {
    const t = await setUp()
    await t.engine.reset('−38002')
    await t.clock.settle()
    expect(t.resets).toHaveLength(2)
    await t.derivation.reset()
    await t.clock.settle()
    expect(t.engine.resets.at(-1)).toBe('admin_resetDerivationPipeline')
    expect(t.resets).toHaveLength(3)
    // Each reset counts once, under its own reason.
    expect(t.counting.value('pipeline_resets_total', { reason: 'engine' })).toBe(1)
    expect(t.counting.value('pipeline_resets_total', { reason: 'admin' })).toBe(1)
  })

  it('does not wait for L1 to grow when the block that it reads is gone', async () => {
    const t = await setUp()
    t.script.push({ kind: 'advanced', origin: t.l1.at(5n) })
    await t.newHead()
    const orphan = t.l1.at(5n)
    t.l1.reorg(5n, 0)
    await t.reorged(orphan)
    expect(t.engine.resets[0]).toMatch(/L1 reorg: 5:/)
    expect(t.counting.value('pipeline_resets_total', { reason: 'l1-reorg' })).toBe(1)
  })

  it('backs off on a temporary error, keeps its attributes and goes on', async () => {
    const t = await setUp()
    let failures = 2
    const consolidate = t.engine.onConsolidate
    t.engine.onConsolidate = async (attributes) => {
      if (failures-- > 0) throw new Error('engine is down')
      return consolidate(attributes)
    }
    t.script.push(t.attributes(t.genesis, t.l1.at(2n)), new Error('L1 is down'))
    await t.newHead()
    expect(t.engine.consolidated).toHaveLength(1)
    await t.clock.advance(10_000)
    expect(t.engine.consolidated).toHaveLength(3)
    expect(t.engine.state.localSafe.number).toBe(1n)
    expect(t.value('derivation_errors_total')).toBe(3)
  })

  it('ends with a critical error', async () => {
    const t = await setUp()
    t.script.push(new CriticalDerivationError('no upgrade bundle'))
    await t.newHead()
    expect(String(t.ended.error)).toMatch(/no upgrade bundle/)
  })
})

describe('finality', () => {
  const derived = async () => {
    const t = await setUp()
    const chain: L2BlockRef[] = [t.genesis]
    for (const origin of [2n, 4n, 6n]) {
      const parent = chain.at(-1) as L2BlockRef
      chain.push(l2Block(parent, parent.timestamp + 1n, t.l1.at(1n)))
      t.script.push({ kind: 'advanced', origin: t.l1.at(origin) }, t.attributes(parent, t.l1.at(origin)))
    }
    await t.newHead()
    return { ...t, chain }
  }

  it('follows L1 finality', async () => {
    const t = await derived()
    await t.finalize(3n)
    expect(t.engine.state.finalized).toEqual(t.chain[1])
    await t.finalize(3n)
    await t.finalize(5n)
    await t.finalize(9n)
    expect(t.engine.finalizedBlocks).toEqual([t.chain[1], t.chain[2], t.chain[3]])
  })

  it('of an orphaned L1 block finalizes nothing through it', async () => {
    const t = await derived()
    t.l1.reorg(4n, 10)
    await t.finalize(5n)
    expect(t.engine.finalizedBlocks).toEqual([t.chain[1]])
  })

  it('passes by a block that the engine does not have', async () => {
    const t = await derived()
    const sibling = l2Block(t.genesis, 1n, t.l1.at(1n), 'sibling')
    t.engine.update({ unsafe: sibling })
    t.engine.update({ unsafe: t.chain[3] as L2BlockRef })
    await t.finalize(3n)
    expect(t.engine.finalizedBlocks).toEqual([])
  })

  it('is not lost by a reset that leaves the safe chain alone', async () => {
    const t = await derived()
    await t.engine.reset('admin')
    await t.clock.settle()
    await t.finalize(5n)
    expect(t.engine.finalizedBlocks).toEqual([t.chain[2]])
  })

  it('comes at once when derivation is behind L1 finality', async () => {
    const t = await setUp()
    await t.finalize(15n)
    t.script.push(t.attributes(t.genesis, t.l1.at(2n)), { kind: 'advanced', origin: t.l1.at(3n) })
    await t.newHead()
    expect(t.engine.finalizedBlocks).toHaveLength(1)
  })

  it('waits while the block is recorded and not safe yet', async () => {
    const t = await setUp()
    const block = l2Block(t.genesis, 1n, t.l1.at(1n))
    t.engine.onConsolidate = async () => {
      t.engine.update({ unsafe: block, pendingSafe: block })
      return { kind: 'built', block }
    }
    t.script.push(t.attributes(t.genesis, t.l1.at(2n)))
    await t.newHead()
    await t.finalize(3n)
    expect(t.engine.finalizedBlocks).toEqual([])
    t.engine.update({ localSafe: block, safe: block })
    await t.finalize(4n)
    expect(t.engine.finalizedBlocks).toEqual([block])
  })

  it('is asked again when L1 was down', async () => {
    const t = await derived()
    t.l1.failure = new Error('down')
    await t.finalize(3n)
    t.l1.failure = null
    await t.newHead()
    expect(t.engine.finalizedBlocks).toEqual([t.chain[1]])
  })
})
