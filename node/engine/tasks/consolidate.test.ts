import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import type { AttributesWithParent, PayloadEnvelope } from '../../protocol/payload.ts'
import { CriticalEngineError } from '../errors.ts'
import {
  createEngineRig,
  type EngineRig,
  type EngineRigOptions,
  startEngineRig,
} from '../testing/engine-rig.ts'
import { attributesOn, userTransaction } from '../testing/test-chain.ts'

/** A node that derives: nothing comes from a source, and the engine does not sync from peers. */
const derivingRig = (options: EngineRigOptions = {}) => startEngineRig({ elSync: false, ...options })

/** Derived attributes on `parent`, read from L1 block `from`. */
const derive = (
  rig: EngineRig,
  parent: PayloadEnvelope,
  options: { transactions?: Hex[]; from?: bigint; isLastInSpan?: boolean; origin?: bigint } = {},
): AttributesWithParent => {
  const { transactions = [], from = 2n, isLastInSpan = true, origin = 1n } = options
  const derived = attributesOn(rig.chain.config, rig.ref(parent), rig.l1.at(origin), transactions)
  return { ...derived, isLastInSpan, derivedFrom: rig.l1.at(from) }
}

describe('consolidate: the unsafe chain matches', () => {
  it('moves the labels, tells the engine, and remembers where the block came from', async () => {
    const rig = await derivingRig({ elBlocks: 4 })
    const outcome = await rig.actor.consolidate(derive(rig, rig.chain.genesis, { from: 3n }))
    expect(outcome).toEqual({ kind: 'consolidated', block: rig.ref(rig.el.at(1n)) })
    expect(rig.actor.state).toMatchObject({
      unsafe: { number: 4n },
      localSafe: { number: 1n },
      safe: { number: 1n },
    })
    expect(rig.el.forkchoices).toEqual([
      expect.objectContaining({
        headBlockHash: rig.el.at(4n).payload.blockHash,
        safeBlockHash: rig.el.at(1n).payload.blockHash,
        attributes: null,
      }),
    ])
    expect(rig.safeHeads.safeHeadAt(3n)).toMatchObject({ l1: { number: 3n }, l2: { number: 1n } })
    await rig.stop()
  })

  it('is on record before the engine hears of it', async () => {
    const rig = await derivingRig({ elBlocks: 4 })
    rig.el.failure = (method) => (method === 'forkchoiceUpdated' ? new Error('timeout') : null)
    const outcome = rig.actor.consolidate(derive(rig, rig.chain.genesis, { from: 3n }))
    await rig.clock.settle()
    expect(rig.actor.state.safe.number).toBe(0n)
    expect(rig.safeHeads.safeHeadAt(3n)?.l2.number).toBe(1n)
    rig.el.failure = () => null
    await rig.clock.advance(2000)
    expect((await outcome).kind).toBe('consolidated')
    expect(rig.safeHeads.safeHeadAt(3n)?.l2.number).toBe(1n)
    await rig.stop()
  })

  it('moves local-safe only when a span ends', async () => {
    const rig = await derivingRig({ elBlocks: 4 })
    await rig.actor.consolidate(derive(rig, rig.chain.genesis, { isLastInSpan: false }))
    expect(rig.actor.state).toMatchObject({ pendingSafe: { number: 1n }, localSafe: { number: 0n } })
    expect(rig.el.forkchoices).toEqual([])
    await rig.actor.consolidate(derive(rig, rig.el.at(1n)))
    expect(rig.actor.state).toMatchObject({ pendingSafe: { number: 2n }, localSafe: { number: 2n } })
    await rig.stop()
  })
})

describe('consolidate: the block is built', () => {
  it('extends the chain when there is no unsafe block, in four calls', async () => {
    const rig = await derivingRig()
    const outcome = await rig.actor.consolidate(derive(rig, rig.chain.genesis))
    expect(outcome).toEqual({ kind: 'built', block: rig.ref(rig.el.latest) })
    expect(rig.actor.state).toMatchObject({ unsafe: { number: 1n }, localSafe: { number: 1n } })
    expect(rig.el.forkchoices.map(({ attributes, answer }) => [attributes !== null, answer])).toEqual([
      [true, 'VALID'],
      [false, 'VALID'],
    ])
    expect(rig.el.safe).toBe(rig.el.head)
    await rig.stop()
  })

  it('replaces an unsafe chain that differs', async () => {
    const rig = await derivingRig({ elBlocks: 4 })
    const transactions = [userTransaction('derived')]
    const outcome = await rig.actor.consolidate(derive(rig, rig.el.at(0n), { transactions }))
    expect(outcome.kind).toBe('built')
    expect(rig.actor.state.unsafe).toEqual(rig.ref(rig.el.at(1n)))
    expect(rig.el.at(1n).payload.transactions).toHaveLength(2)
    expect(rig.logger.lines.at(-1)?.fields['reason']).toMatch(/transactions: derived 2, block has 1/)
    await rig.stop()
  })

  it('keeps trying while the engine does not answer', async () => {
    const rig = await derivingRig()
    rig.el.failure = (method) => (method === 'getPayload' ? new Error('timeout') : null)
    const outcome = rig.actor.consolidate(derive(rig, rig.chain.genesis))
    await rig.clock.advance(3000)
    rig.el.failure = () => null
    await rig.clock.advance(2000)
    expect((await outcome).kind).toBe('built')
    await rig.stop()
  })
})

describe('consolidate: attributes that do not continue the derived chain', () => {
  it('are stale when the derived chain has passed their parent', async () => {
    const rig = await derivingRig({ elBlocks: 4 })
    const attributes = derive(rig, rig.chain.genesis)
    await rig.actor.consolidate(attributes)
    const calls = [...rig.el.calls]
    expect(await rig.actor.consolidate(attributes)).toEqual({ kind: 'stale' })
    expect([...rig.el.calls]).toEqual(calls)
    await rig.stop()
  })

  it.each([
    [
      'another parent of that height',
      (rig: EngineRig) => rig.extend(rig.chain.genesis, 1, rig.l1.at(1n), 'other')[0]!,
    ],
    ['a parent ahead of us', (rig: EngineRig) => rig.el.at(3n)],
  ])('reset the heads: %s', async (_name, parentOf) => {
    const rig = await derivingRig({ elBlocks: 4 })
    await rig.actor.consolidate(derive(rig, rig.chain.genesis))
    const parent = parentOf(rig)
    const resets: string[] = []
    rig.actor.onReset(({ reason }) => resets.push(reason))
    const outcome = rig.actor.consolidate(derive(rig, parent))
    await rig.clock.advance(1000)
    expect(await outcome).toEqual({ kind: 'reset' })
    expect(resets).toEqual([
      expect.stringMatching(/derived attributes build on .* our derived chain ends at 1:/),
    ])
    await rig.stop()
  })

  it('reset the heads when the engine lost the unsafe block', async () => {
    const rig = await derivingRig({ elBlocks: 4 })
    rig.el.restartAt(0n)
    const outcome = rig.actor.consolidate(derive(rig, rig.chain.genesis))
    await rig.clock.advance(1000)
    expect(await outcome).toEqual({ kind: 'reset' })
    expect(rig.actor.state.unsafe.number).toBe(0n)
    await rig.stop()
  })

  it('reset the heads when the engine answers INVALID for a head that it had', async () => {
    const rig = await derivingRig({ elBlocks: 4 })
    rig.el.invalidBlocks.add(rig.el.head)
    const outcome = rig.actor.consolidate(derive(rig, rig.chain.genesis))
    await rig.clock.advance(1000)
    expect(await outcome).toEqual({ kind: 'reset' })
    await rig.stop()
  })

  it('all that wait are answered by the reset, after those who listen for it', async () => {
    const rig = await derivingRig({ elBlocks: 4 })
    const order: string[] = []
    rig.actor.onReset(() => order.push('listener'))
    await Promise.all([
      rig.actor.consolidate(derive(rig, rig.chain.genesis)).then(({ kind }) => order.push(kind)),
      rig.actor.reset('test').then(() => order.push('caller')),
    ])
    expect(order).toEqual(['listener', 'caller', 'reset'])
    await rig.stop()
  })
})

describe('consolidate: while the engine syncs over a gap in the unsafe chain', () => {
  /** An engine whose peers have none of the blocks between its head and a payload that waits. */
  const gapRig = async (options: EngineRigOptions = {}) => {
    const rig = await derivingRig(options)
    const ahead = rig.extend(rig.el.latest, 6)
    await rig.actor.addUnsafePayload(ahead[5] as PayloadEnvelope)
    await rig.clock.advance(2_000)
    expect(rig.actor.state.syncTarget?.unsafe).toEqual(rig.ref(ahead[5] as PayloadEnvelope))
    return { rig, ahead }
  }

  it('derivation does not wait for it: the block is built, nothing is reset, and the payload still waits', async () => {
    const { rig, ahead } = await gapRig()
    const outcome = await rig.actor.consolidate(derive(rig, rig.chain.genesis))
    expect(outcome).toEqual({ kind: 'built', block: rig.ref(ahead[0] as PayloadEnvelope) })
    expect(rig.actor.state).toMatchObject({ elSyncing: false, unsafe: { number: 1n }, safe: { number: 1n } })
    for (const index of [0, 1, 2, 3])
      await rig.actor.consolidate(derive(rig, ahead[index] as PayloadEnvelope))
    await rig.clock.settle()
    expect(rig.actor.state).toMatchObject({
      unsafe: rig.ref(ahead[5] as PayloadEnvelope),
      safe: { number: 5n },
    })
    expect(rig.metrics.value('engine_resets_total')).toBe(1)
    await rig.stop()
  })

  it('the engine may have got a block above our head meanwhile: it is safe, and the head is not below it', async () => {
    const { rig, ahead } = await gapRig()
    // Its peers gave it two of the blocks, which are canonical there; its answer about the target has not come yet.
    rig.el.adopt(...ahead.slice(0, 2))
    const outcome = await rig.actor.consolidate(derive(rig, rig.chain.genesis))
    expect(outcome).toEqual({ kind: 'consolidated', block: rig.ref(ahead[0] as PayloadEnvelope) })
    expect(rig.actor.state).toMatchObject({
      elSyncing: true,
      unsafe: { number: 1n },
      pendingSafe: { number: 1n },
      localSafe: { number: 1n },
      syncTarget: { unsafe: { number: 6n }, localSafe: { number: 1n } },
    })
    await rig.stop()
  })

  it('a target that was never reached is no unsafe chain to come back to', async () => {
    const { rig } = await gapRig({ lastFork: 'granite' })
    const bad = userTransaction('bad')
    rig.el.invalidTransactions.add(bad)
    await rig.actor.consolidate(derive(rig, rig.chain.genesis, { isLastInSpan: false }))
    const second = await rig.actor.consolidate(derive(rig, rig.el.at(1n), { transactions: [bad] }))
    expect(second.kind).toBe('dropped')
    expect(rig.actor.state).toMatchObject({ elSyncing: false, unsafe: { number: 1n } })
    await rig.stop()
  })
})

describe('consolidate: an invalid payload', () => {
  const bad = userTransaction('bad')

  it.each(['invalidTransactions', 'refusedTransactions'] as const)(
    'Holocene: its deposits take its place (%s)',
    async (where) => {
      const rig = await derivingRig({ lastFork: 'holocene', elBlocks: 3 })
      rig.el[where].add(bad)
      const outcome = await rig.actor.consolidate(
        derive(rig, rig.chain.genesis, { transactions: [bad], isLastInSpan: false }),
      )
      expect(outcome).toEqual({ kind: 'deposits-only', block: rig.ref(rig.el.at(1n)) })
      expect(rig.el.at(1n).payload.transactions).toHaveLength(1)
      expect(rig.actor.state).toMatchObject({ unsafe: { number: 1n }, localSafe: { number: 1n } })
      await rig.stop()
    },
  )

  it('before Holocene: its batch is dropped and the unsafe chain stays', async () => {
    const rig = await derivingRig({ lastFork: 'granite', elBlocks: 3 })
    rig.el.invalidTransactions.add(bad)
    const { unsafe } = rig.actor.state
    const outcome = await rig.actor.consolidate(derive(rig, rig.chain.genesis, { transactions: [bad] }))
    expect(outcome).toEqual({ kind: 'dropped', reason: 'INVALID: invalid transaction' })
    expect(rig.actor.state).toMatchObject({ unsafe, localSafe: { number: 0n } })
    expect(rig.el.head).toBe(unsafe.hash)
    await rig.stop()
  })

  it('before Holocene, inside a span: the derived chain falls back and the replaced unsafe chain returns', async () => {
    const rig = await derivingRig({ lastFork: 'granite', elBlocks: 3 })
    rig.el.invalidTransactions.add(bad)
    const { unsafe } = rig.actor.state
    const first = await rig.actor.consolidate(
      derive(rig, rig.chain.genesis, { transactions: [userTransaction('good')], isLastInSpan: false }),
    )
    expect(first.kind).toBe('built')
    expect(rig.actor.state).toMatchObject({
      unsafe: { number: 1n },
      pendingSafe: { number: 1n },
      localSafe: { number: 0n },
    })
    const second = await rig.actor.consolidate(derive(rig, rig.el.at(1n), { transactions: [bad] }))
    expect(second.kind).toBe('dropped')
    expect(rig.actor.state).toMatchObject({ unsafe, pendingSafe: { number: 0n }, localSafe: { number: 0n } })
    expect(rig.el.head).toBe(unsafe.hash)
    await rig.stop()
  })

  it('before Holocene: a replaced unsafe chain that the engine refuses meanwhile is given up, at once', async () => {
    const rig = await derivingRig({ lastFork: 'granite', elBlocks: 3 })
    rig.el.invalidTransactions.add(bad)
    const { unsafe } = rig.actor.state
    await rig.actor.consolidate(
      derive(rig, rig.chain.genesis, { transactions: [userTransaction('good')], isLastInSpan: false }),
    )
    const built = rig.actor.state.unsafe
    rig.el.invalidBlocks.add(unsafe.hash)
    const second = await rig.actor.consolidate(derive(rig, rig.el.at(1n), { transactions: [bad] }))
    expect(second.kind).toBe('dropped')
    expect(rig.actor.state).toMatchObject({ unsafe: built, pendingSafe: { number: 0n } })
    expect(rig.el.head).toBe(built.hash)
    await rig.stop()
  })

  it('before Holocene: the replaced unsafe chain comes back although the engine did not answer at first', async () => {
    const rig = await derivingRig({ lastFork: 'granite', elBlocks: 3 })
    rig.el.invalidTransactions.add(bad)
    const { unsafe } = rig.actor.state
    await rig.actor.consolidate(
      derive(rig, rig.chain.genesis, { transactions: [userTransaction('good')], isLastInSpan: false }),
    )
    await rig.actor.consolidate(derive(rig, rig.el.at(1n), { isLastInSpan: false }))
    let updates = 0
    // The first update starts the build, the second one is to bring the old chain back.
    rig.el.failure = (method) =>
      method === 'forkchoiceUpdated' && ++updates === 2 ? new Error('timeout') : null
    const third = rig.actor.consolidate(derive(rig, rig.el.at(2n), { transactions: [bad] }))
    await rig.clock.advance(1000)
    expect((await third).kind).toBe('dropped')
    expect(rig.el.head).toBe(unsafe.hash)
    await rig.stop()
  })

  it('a span that ends leaves nothing to come back to', async () => {
    const rig = await derivingRig({ lastFork: 'granite', elBlocks: 3 })
    rig.el.invalidTransactions.add(bad)
    const good = { transactions: [userTransaction('good')] }
    await rig.actor.consolidate(derive(rig, rig.chain.genesis, { ...good, isLastInSpan: false }))
    await rig.actor.consolidate(derive(rig, rig.el.at(1n), good))
    const { unsafe } = rig.actor.state
    const dropped = await rig.actor.consolidate(derive(rig, rig.el.at(2n), { transactions: [bad] }))
    expect(dropped.kind).toBe('dropped')
    expect(rig.actor.state).toMatchObject({ unsafe, localSafe: { number: 2n } })
    await rig.stop()
  })

  it.each(['granite', 'holocene'] as const)(
    'deposits alone that are invalid end the node (%s)',
    async (lastFork) => {
      const rig = await derivingRig({ lastFork })
      const attributes = derive(rig, rig.chain.genesis)
      rig.el.invalidTransactions.add(attributes.attributes.transactions[0]!)
      await expect(rig.actor.consolidate(attributes)).rejects.toThrow(CriticalEngineError)
      await expect(rig.stop()).rejects.toThrow(/deposits alone on 0:.* is invalid/)
    },
  )

  it('deposits alone that are invalid as a replacement end the node', async () => {
    const rig = await derivingRig()
    const attributes = derive(rig, rig.chain.genesis, { transactions: [bad] })
    rig.el.invalidTransactions.add(attributes.attributes.transactions[0]!)
    await expect(rig.actor.consolidate(attributes)).rejects.toThrow(CriticalEngineError)
    await expect(rig.stop()).rejects.toThrow(CriticalEngineError)
  })
})

describe('consolidate: safe blocks that a start kept without proof', () => {
  /** Safe is block 3 of 4 blocks, and nothing tells from where it was derived. */
  async function restartedRig() {
    const rig = createEngineRig({ elSync: false, elBlocks: 4 })
    rig.el.label({ safe: rig.el.at(3n) })
    await rig.start()
    return rig
  }

  it('are derived again from finalized on: no head moves, the engine hears nothing, and they go on record', async () => {
    const rig = await restartedRig()
    expect(rig.actor.state).toMatchObject({ pendingSafe: { number: 0n }, localSafe: { number: 3n } })
    for (const parent of [0n, 1n, 2n]) {
      const attributes = derive(rig, rig.el.at(parent), { from: parent + 2n })
      expect((await rig.actor.consolidate(attributes)).kind).toBe('consolidated')
      expect(rig.actor.state).toMatchObject({
        pendingSafe: { number: parent + 1n },
        localSafe: { number: 3n },
        safe: { number: 3n },
        unsafe: { number: 4n },
      })
      expect(rig.safeHeads.safeHeadAt(parent + 2n)?.l2.number).toBe(parent + 1n)
    }
    expect(rig.el.forkchoices).toEqual([])
    await rig.actor.consolidate(derive(rig, rig.el.at(3n), { from: 5n }))
    expect(rig.actor.state).toMatchObject({ pendingSafe: { number: 4n }, localSafe: { number: 4n } })
    // All of it is proven: it is on record, and stays.
    const { heads } = await rig.actor.reset('test')
    expect(heads.localSafe.number).toBe(4n)
    expect(rig.actor.state.pendingSafe.number).toBe(4n)
    await rig.stop()
  })

  it('are taken back as far as L1 gives another block, which takes its place then', async () => {
    const rig = await restartedRig()
    await rig.actor.consolidate(derive(rig, rig.chain.genesis))
    const other = derive(rig, rig.el.at(1n), { transactions: [userTransaction('other')] })
    expect((await rig.actor.consolidate(other)).kind).toBe('reset')
    expect(rig.actor.state).toMatchObject({
      pendingSafe: { number: 1n },
      localSafe: { number: 1n },
      safe: { number: 1n },
      unsafe: { number: 4n },
    })
    expect(rig.el.safe).toBe(rig.el.at(1n).payload.blockHash)
    const outcome = await rig.actor.consolidate(other)
    expect(outcome.kind).toBe('built')
    expect(rig.actor.state).toMatchObject({ localSafe: { number: 2n }, unsafe: { number: 2n } })
    await rig.stop()
  })

  it('are taken back by any reset before they are proven, as far as the last span that ended', async () => {
    const rig = await restartedRig()
    await rig.actor.consolidate(derive(rig, rig.chain.genesis))
    await rig.actor.consolidate(derive(rig, rig.el.at(1n), { isLastInSpan: false }))
    const { heads } = await rig.actor.reset('test')
    expect(heads).toMatchObject({ localSafe: { number: 1n }, unsafe: { number: 4n } })
    expect(rig.actor.state.pendingSafe.number).toBe(1n)
    await rig.stop()
  })

  it('stay over a reset of somebody who knows nothing against them, and are derived again', async () => {
    const rig = await restartedRig()
    await rig.actor.consolidate(derive(rig, rig.chain.genesis))
    const { heads } = await rig.actor.reset('test', { keepsUnproven: true })
    expect(heads).toMatchObject({ localSafe: { number: 3n }, unsafe: { number: 4n } })
    expect(rig.actor.state.pendingSafe.number).toBe(0n)
    // Two who ask at once: the one who may know of something decides.
    const [one] = await Promise.all([
      rig.actor.reset('test', { keepsUnproven: true }),
      rig.actor.reset('test'),
    ])
    expect(one.heads.localSafe.number).toBe(0n)
    await rig.stop()
  })

  it('a span over their end leaves safe where it is until it ends', async () => {
    const rig = await restartedRig()
    for (const parent of [0n, 1n, 2n])
      await rig.actor.consolidate(derive(rig, rig.el.at(parent), { isLastInSpan: false }))
    expect(rig.actor.state).toMatchObject({ pendingSafe: { number: 3n }, localSafe: { number: 3n } })
    await rig.actor.consolidate(derive(rig, rig.el.at(3n)))
    expect(rig.actor.state).toMatchObject({ pendingSafe: { number: 4n }, localSafe: { number: 4n } })
    await rig.stop()
  })
})

describe('finalize', () => {
  it('tells the engine with one update', async () => {
    const rig = await derivingRig({ elBlocks: 4 })
    await rig.actor.consolidate(derive(rig, rig.chain.genesis))
    await rig.actor.finalize(rig.ref(rig.el.at(1n)))
    expect(rig.actor.state.finalized.number).toBe(1n)
    expect(rig.el.finalized).toBe(rig.el.at(1n).payload.blockHash)
    expect(rig.el.forkchoices).toHaveLength(2)
    await rig.actor.finalize(rig.ref(rig.el.at(1n)))
    expect(rig.el.forkchoices).toHaveLength(2)
    await rig.stop()
  })

  it.each([
    ['above safe', (rig: EngineRig) => rig.el.at(3n)],
    ['not in our chain', (rig: EngineRig) => rig.extend(rig.chain.genesis, 1, rig.l1.at(1n), 'other')[0]!],
  ])('refuses a block %s: recorded, not thrown', async (_name, blockOf) => {
    const rig = await derivingRig({ elBlocks: 4 })
    for (const parent of [0n, 1n]) await rig.actor.consolidate(derive(rig, rig.el.at(parent)))
    await rig.actor.finalize(rig.ref(blockOf(rig)))
    expect(rig.actor.state.finalized.number).toBe(0n)
    expect(rig.actor.state.finalizedConflict).toMatch(/cannot finalize/)
    expect(rig.metrics.value('finalized_conflicts_total')).toBe(1)
    await rig.stop()
  })

  it('waits while the engine syncs, and the caller does not', async () => {
    const rig = await derivingRig({ elBlocks: 2 })
    await rig.actor.consolidate(derive(rig, rig.chain.genesis))
    const ahead = rig.extend(rig.el.latest, 3)
    for (const block of ahead) rig.el.peers.set(block.payload.blockHash, block)
    await rig.actor.addUnsafePayload(ahead[2]!)
    await rig.clock.advance(2000)
    expect(rig.actor.state.elSyncing).toBe(true)
    await rig.actor.finalize(rig.ref(rig.el.at(1n)))
    expect(rig.actor.state.finalized.number).toBe(0n)
    rig.el.completeSync()
    await rig.clock.advance(2000)
    expect(rig.actor.state).toMatchObject({ elSyncing: false, finalized: { number: 1n } })
    await rig.stop()
  })

  it('requests that wait are one: the highest', async () => {
    const rig = await derivingRig({ elBlocks: 4 })
    for (const parent of [0n, 1n, 2n]) await rig.actor.consolidate(derive(rig, rig.el.at(parent)))
    const updates = rig.el.forkchoices.length
    await Promise.all([2n, 3n, 1n].map((number) => rig.actor.finalize(rig.ref(rig.el.at(number)))))
    expect(rig.actor.state.finalized.number).toBe(3n)
    expect(rig.el.forkchoices).toHaveLength(updates + 1)
    await rig.stop()
  })
})
