import { describe, expect, it } from 'vitest'
import type { L2BlockRef } from '../protocol/refs.ts'
import { CriticalDerivationError } from './pipeline/critical-derivation-error.ts'
import { l2Block } from './testing/fake-engine-client.ts'
import { startLocalDerivation } from './testing/local-rig.ts'

describe('local derivation', () => {
  it('starts at the safe head and is idle until L1 has a new head', async () => {
    const t = await startLocalDerivation()
    expect(t.resets).toEqual([t.genesis])
    expect(t.derivation.currentL1).toEqual(t.l1.at(1n))
    const steps = t.parents.length
    await t.clock.advance(60_000)
    expect(t.parents).toHaveLength(steps)
    await t.newHead()
    expect(t.parents).toHaveLength(steps + 1)
  })

  it('has one set of attributes in flight and builds on what the engine made of the last', async () => {
    const t = await startLocalDerivation()
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
    const t = await startLocalDerivation()
    const block = l2Block(t.genesis, 1n, t.l1.at(1n))
    t.engine.onConsolidate = async () => ({ kind: 'deposits-only', block })
    t.script.push(t.attributes(t.genesis, t.l1.at(2n)))
    await t.newHead()
    expect(t.flushed()).toBe(1)
  })

  it.each([{ kind: 'stale' }, { kind: 'dropped', reason: 'invalid' }] as const)(
    '$kind attributes: goes on with the next step, records nothing',
    async (outcome) => {
      const t = await startLocalDerivation()
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
    const t = await startLocalDerivation()
    const survivor = l2Block(t.genesis, 1n, t.l1.at(1n))
    t.engine.onResetHeads = () => ({ localSafe: survivor, pendingSafe: survivor })
    const published: bigint[] = []
    t.derivation.onCurrentL1(({ number }) => published.push(number))
    t.script.push({ kind: 'advanced', origin: t.l1.at(5n) }, { kind: 'reset', reason: 'epoch-mismatch' })
    await t.newHead()
    expect(t.engine.resets).toEqual(['epoch-mismatch'])
    expect(t.counting.value('pipeline_resets_total', { reason: 'epoch-mismatch' })).toBe(1)
    expect(t.resets.at(-1)).toEqual(survivor)
    expect(published).toEqual([5n, 0n, 1n])
  })

  describe('safe blocks that the engine kept without proof', () => {
    /** Block 2 is safe and block 1 is proven; derivation has its place since L1 block 20 and 1 s. */
    async function proving() {
      const t = await startLocalDerivation()
      const proven = l2Block(t.genesis, 1n, t.l1.at(1n))
      const kept = l2Block(proven, 2n, t.l1.at(1n))
      const heads = { unsafe: kept, safe: kept, localSafe: kept, pendingSafe: proven }
      t.engine.onResetHeads = () => heads
      await t.engineReset()
      await t.clock.advance(5_000)
      t.l1.mine(20)
      const read = (number: bigint, timestamp: bigint) => {
        t.script.push({ kind: 'advanced', origin: { ...t.l1.at(number), timestamp } })
        return t.newHead()
      }
      const { length } = t.engine.resets
      return { t, proven, kept, read, resets: () => t.engine.resets.slice(length) }
    }

    it('are derived again from what is proven on', async () => {
      const { t, proven } = await proving()
      expect(t.resets.at(-1)).toEqual(proven)
      expect(t.parents.at(-1)).toEqual(proven)
    })

    it('are taken back when L1 of after the start is read and they did not come', async () => {
      const { t, read, resets } = await proving()
      await read(20n, 100n)
      expect(resets()).toEqual([])
      // Own L1 lagged: this block is from before the start.
      await read(21n, 1n)
      expect(resets()).toEqual([])
      await read(22n, 2n)
      expect(resets()).toEqual(['L1 does not give the safe block that was kept at the start'])
      expect(t.counting.value('pipeline_resets_total', { reason: 'unproven-safe' })).toBe(1)
    })

    it('stay when they came', async () => {
      const { t, kept, read, resets } = await proving()
      t.engine.update({ pendingSafe: kept })
      await read(22n, 2n)
      expect(resets()).toEqual([])
    })
  })

  it('does not storm when every reset leads to the next', async () => {
    const t = await startLocalDerivation()
    for (let index = 0; index < 1_000; index++) t.script.push({ kind: 'reset', reason: 'l1-origin-mismatch' })
    await t.newHead()
    await t.clock.advance(60_000)
    expect(t.engine.resets.length).toBeGreaterThan(5)
    expect(t.engine.resets.length).toBeLessThan(25)
  })

  it('restarts after every other reset of the engine', async () => {
    const t = await startLocalDerivation()
    await t.engine.reset('−38002')
    await t.clock.settle()
    expect(t.resets).toHaveLength(2)
    await t.derivation.reset()
    await t.clock.settle()
    expect(t.engine.resets.at(-1)).toBe('admin_resetDerivationPipeline')
    // An operator knows nothing against safe blocks that a start kept.
    expect(t.engine.resetsThatKeep).toEqual(['admin_resetDerivationPipeline'])
    expect(t.resets).toHaveLength(3)
    // Each reset counts once, under its own reason.
    expect(t.counting.value('pipeline_resets_total', { reason: 'engine' })).toBe(1)
    expect(t.counting.value('pipeline_resets_total', { reason: 'admin' })).toBe(1)
  })

  it('takes currentL1 back at once when the block that it reads is orphaned, and waits for the engine reset', async () => {
    const t = await startLocalDerivation()
    t.script.push({ kind: 'advanced', origin: t.l1.at(5n) })
    await t.newHead()
    const orphan = t.l1.at(5n)
    t.l1.reorg(5n, 16)
    expect(t.derivation.currentL1.number).toBe(5n)
    await t.reorged(orphan)
    expect(t.derivation.currentL1.number).toBe(0n)
    expect(t.derivation.reading).toEqual(orphan)
    await t.newHead()
    expect(t.engine.resets).toEqual([])
    await t.engineReset()
    await t.clock.settle()
    expect(t.derivation.currentL1).toEqual(t.l1.at(1n))
    expect(t.counting.value('pipeline_resets_total', { reason: 'l1-reorg' })).toBe(1)
  })

  // Campaign, seed 881693: derivation stood still for good, with nothing left that L1 could orphan.
  it('starts over when it read two forks before it had a place on L1', async () => {
    const t = await startLocalDerivation()
    t.loseOrigin()
    t.script.push({ kind: 'reset', reason: 'l1-reorg' })
    await t.newHead()
    await t.clock.advance(10_000)
    expect(t.engine.resets).toEqual([])
    expect(t.resets).toHaveLength(2)
    expect(t.derivation.currentL1).toEqual(t.l1.at(1n))
  })

  it('backs off on a temporary error, keeps its attributes and goes on', async () => {
    const t = await startLocalDerivation()
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
    const t = await startLocalDerivation()
    t.script.push(new CriticalDerivationError('no upgrade bundle'))
    await t.newHead()
    expect(String(t.ended.error)).toMatch(/no upgrade bundle/)
  })
})

describe('finality', () => {
  const derived = async () => {
    const t = await startLocalDerivation()
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

  it.each([
    ['has another block there', 5n],
    ['is not as far', 1_000n],
  ])('of a block of another fork waits while the view %s', async (_, number) => {
    const t = await derived()
    await t.finalize(number, { ...t.l1.at(5n), number, hash: `0x${'77'.repeat(32)}` })
    expect(t.engine.finalizedBlocks).toEqual([])
    await t.finalize(5n)
    expect(t.engine.finalizedBlocks).toEqual([t.chain[2]])
  })

  it('waits too when the view turns out to be of another fork while it is asked', async () => {
    const t = await derived()
    const { headerByNumber } = t.l1
    const final = t.l1.at(5n)
    t.l1.headerByNumber = async (number, signal) => {
      const found = await headerByNumber(number, signal)
      t.l1.reorg(5n, 10)
      return found
    }
    await t.finalize(5n, final)
    expect(t.engine.finalizedBlocks).toEqual([])
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
    const t = await startLocalDerivation()
    await t.finalize(15n)
    t.script.push(t.attributes(t.genesis, t.l1.at(2n)), { kind: 'advanced', origin: t.l1.at(3n) })
    await t.newHead()
    expect(t.engine.finalizedBlocks).toHaveLength(1)
  })

  it('waits while the block is recorded and not safe yet', async () => {
    const t = await startLocalDerivation()
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
