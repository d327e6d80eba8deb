import { describe, expect, it } from 'vitest'
import { EngineApiError, engineErrorCode } from '../../ports/engine-api.ts'
import type { AttributesWithParent } from '../../protocol/payload.ts'
import { UnsafeHeadChangedError } from '../engine-client.ts'
import { TemporaryEngineError } from '../errors.ts'
import { createEngineRig, type EngineRig, startEngineRig } from '../testing/engine-rig.ts'
import { attributesOn, userTransaction } from '../testing/test-chain.ts'

const onHead = (rig: EngineRig): AttributesWithParent => {
  const derived = attributesOn(rig.chain.config, rig.actor.state.unsafe, rig.l1.at(1n))
  return { ...derived, attributes: { ...derived.attributes, noTxPool: false } }
}

describe('build and seal', () => {
  it('makes a block in four calls and publishes it as the unsafe head', async () => {
    const rig = await startEngineRig({ sequencer: true })
    rig.el.pool = [userTransaction('from the pool')]
    const before = new Map(rig.el.calls)
    const job = await rig.actor.build(onHead(rig))
    const envelope = await rig.actor.seal(job)
    expect(envelope.payload.transactions).toHaveLength(2)
    expect(rig.actor.state.unsafe).toEqual(rig.ref(envelope))
    expect(rig.el.head).toBe(envelope.payload.blockHash)
    const made = [...rig.el.calls].filter(([method, count]) => count !== before.get(method))
    expect(Object.fromEntries(made)).toEqual({ forkchoiceUpdated: 2, getPayload: 1, newPayload: 1 })
    await rig.stop()
  })

  it('refuses to build on anything but the unsafe head', async () => {
    const rig = await startEngineRig({ sequencer: true, elBlocks: 3 })
    const stale = attributesOn(rig.chain.config, rig.ref(rig.el.at(2n)), rig.l1.at(1n))
    await expect(rig.actor.build(stale)).rejects.toThrow(UnsafeHeadChangedError)
    expect(rig.el.forkchoices).toEqual([])
    await rig.stop()
  })

  it('refuses to seal when the head moved since the build', async () => {
    const rig = await startEngineRig({ sequencer: true })
    const job = await rig.actor.build(onHead(rig))
    const [theirs] = rig.extend(rig.chain.genesis, 1, rig.l1.at(1n), 'theirs')
    await rig.actor.addUnsafePayload(theirs!)
    await expect(rig.actor.seal(job)).rejects.toThrow(UnsafeHeadChangedError)
    expect(rig.el.calls.get('getPayload')).toBeUndefined()
    await rig.stop()
  })

  it('tells the caller about an unknown payload id', async () => {
    const rig = await startEngineRig({ sequencer: true })
    const job = await rig.actor.build(onHead(rig))
    rig.el.restartAt(0n)
    await expect(rig.actor.seal(job)).rejects.toThrow(EngineApiError)
    await rig.stop()
  })

  it('tells of a block that the engine has, also when it does not say whether that is its head', async () => {
    const rig = await startEngineRig({ sequencer: true })
    const job = await rig.actor.build(onHead(rig))
    const inserted: string[] = []
    rig.el.loss = (method) => (method === 'forkchoiceUpdated' ? new Error('no answer') : null)
    const sealed = rig.actor.seal(job, ({ payload }) => void inserted.push(payload.blockHash))
    await expect(sealed).rejects.toThrow('no answer')
    expect(inserted).toEqual([rig.el.head])
    expect(rig.actor.state.unsafe).toEqual(rig.ref(rig.chain.genesis))
    await rig.stop()
  })

  it('resets on −38002, so that the next build is on what is safe', async () => {
    const rig = await startEngineRig({ sequencer: true, elBlocks: 4 })
    const safe = rig.el.at(4n)
    await rig.follow(rig.target(safe))
    // The engine came back with another chain: it has our safe block beside that.
    const other = rig.extend(rig.el.at(2n), 3, rig.l1.at(1n), 'other')
    rig.el.adopt(...other)
    let refused = false
    rig.el.failure = (method) => {
      if (method !== 'forkchoiceUpdated' || refused) return null
      refused = true
      return new EngineApiError(engineErrorCode.invalidForkchoiceState, 'invalid forkchoice state')
    }
    await expect(rig.actor.build(onHead(rig))).rejects.toThrow(/refuses the forkchoice/)
    await rig.clock.settle()
    expect(rig.actor.state.unsafe).toEqual(rig.ref(safe))
    expect(rig.el.at(4n)).toEqual(safe)
    await rig.stop()
  })

  it('is rejected as temporary, not held up, while the heads are being read', async () => {
    const rig = await startEngineRig({ sequencer: true })
    rig.el.failure = () => new Error('connection refused')
    const reset = rig.actor.reset('test')
    await rig.clock.settle()
    await expect(rig.actor.build(onHead(rig))).rejects.toThrow(TemporaryEngineError)
    rig.el.failure = () => null
    await rig.clock.advance(3000)
    await expect(reset).resolves.toMatchObject({ reason: 'test' })
    await rig.stop()
  })

  it('goes before inserts and follow targets that wait', async () => {
    const rig = await startEngineRig({ sequencer: true, elBlocks: 3 })
    const order: string[] = []
    const blocks = rig.extend(rig.el.latest, 2, rig.l1.at(1n), 'theirs')
    const job = await rig.actor.build(onHead(rig))
    await Promise.all([
      rig.follow(rig.target(rig.el.at(2n))).then(() => order.push('follow')),
      rig.actor.addUnsafePayload(blocks[1]!).then(() => order.push('insert')),
      rig.actor.seal(job).then(() => order.push('seal')),
    ])
    expect(order).toEqual(['seal', 'insert', 'follow'])
    await rig.stop()
  })
})

describe('a sequencer that follows', () => {
  it('holds, cancels the build, adopts with one update, confirms from the engine, resumes', async () => {
    const rig = await startEngineRig({ sequencer: true, elBlocks: 6 })
    const job = await rig.actor.build(onHead(rig))
    const other = rig.extend(rig.el.at(3n), 2, rig.l1.at(2n), 'other')
    rig.el.store(...other)
    const updates = rig.el.forkchoices.length
    const published = rig.states.length
    const target = rig.target(other[1]!)
    const [followCase, seal] = await Promise.allSettled([rig.follow(target), rig.actor.seal(job)])
    // The seal came first by priority: it made our own block, which the source then replaces.
    expect(seal.status).toBe('fulfilled')
    expect(followCase).toEqual({ status: 'fulfilled', value: 'reorged' })
    expect(rig.el.forkchoices.length - updates).toBe(2)
    const holding = rig.states.slice(published).map((state) => [state.holding, state.unsafe.number])
    expect(holding).toEqual([
      [false, 7n],
      [true, 7n],
      [true, 5n],
      [false, 5n],
    ])
    expect(rig.el).toMatchObject({ head: target.localSafe.hash, safe: target.localSafe.hash })
    await rig.stop()
  })

  it('rejects a seal of a block on the old chain', async () => {
    const rig = await startEngineRig({ sequencer: true, elBlocks: 6 })
    const job = await rig.actor.build(onHead(rig))
    const other = rig.extend(rig.el.at(3n), 2, rig.l1.at(2n), 'other')
    rig.el.store(...other)
    expect(await rig.follow(rig.target(other[1]!))).toBe('reorged')
    await expect(rig.actor.seal(job)).rejects.toThrow(UnsafeHeadChangedError)
    expect(rig.el.head).toBe(other[1]!.payload.blockHash)
    await rig.stop()
  })

  it('neither builds, seals nor inserts until the engine has confirmed the new head', async () => {
    const rig = await startEngineRig({ sequencer: true, elBlocks: 6 })
    const other = rig.extend(rig.el.at(3n), 2, rig.l1.at(2n), 'other')
    for (const block of other) rig.el.peers.set(block.payload.blockHash, block)
    const oldHead = onHead(rig)
    const oldJob = await rig.actor.build(oldHead)
    await rig.follow(rig.target(other[1]!))
    expect(rig.actor.state).toMatchObject({ holding: true, elSyncing: true })
    const updates = rig.el.forkchoices.length
    await expect(rig.actor.build(oldHead)).rejects.toThrow(TemporaryEngineError)
    await expect(rig.actor.seal(oldJob)).rejects.toThrow(UnsafeHeadChangedError)
    await expect(rig.actor.build(onHead(rig))).rejects.toThrow(TemporaryEngineError)
    await rig.actor.addUnsafePayload(rig.extend(other[1]!, 1)[0]!)
    expect(rig.el.forkchoices).toHaveLength(updates)
    rig.el.completeSync()
    await rig.clock.advance(250)
    expect(rig.actor.state).toMatchObject({ holding: false, elSyncing: false, unsafe: { number: 6n } })
    await rig.actor.seal(await rig.actor.build(onHead(rig)))
    expect(rig.actor.state.unsafe.number).toBe(7n)
    await rig.stop()
  })

  it('keeps holding while the engine does not say what it has', async () => {
    const rig = await startEngineRig({ sequencer: true, elBlocks: 6 })
    const other = rig.extend(rig.el.at(3n), 2, rig.l1.at(2n), 'other')
    rig.el.store(...other)
    const updates = rig.el.forkchoices.length
    rig.el.failure = (method) =>
      method === 'blockByNumber' && rig.el.forkchoices.length > updates ? new Error('timeout') : null
    expect(await rig.follow(rig.target(other[1]!))).toBe('reorged')
    expect(rig.actor.state).toMatchObject({ holding: true, unsafe: rig.ref(other[1]!) })
    rig.el.failure = () => null
    await rig.clock.advance(250)
    expect(rig.actor.state.holding).toBe(false)
    await rig.stop()
  })

  it('keeps holding although the update was VALID, until the engine itself has the new head', async () => {
    const rig = await startEngineRig({ sequencer: true, elBlocks: 6 })
    const old = rig.el.at(5n)
    const other = rig.extend(rig.el.at(3n), 2, rig.l1.at(2n), 'other')
    rig.el.store(...other)
    const { blockByNumber } = rig.el
    rig.el.blockByNumber = async () => old
    expect(await rig.follow(rig.target(other[1]!))).toBe('reorged')
    await rig.clock.advance(1000)
    expect(rig.actor.state).toMatchObject({ holding: true, elSyncing: false })
    rig.el.blockByNumber = blockByNumber
    await rig.clock.advance(250)
    expect(rig.actor.state.holding).toBe(false)
    await rig.stop()
  })

  it('holds no longer than needed when the new head is an ancestor of what the engine has', async () => {
    const rig = createEngineRig({ sequencer: true, elBlocks: 4 })
    rig.el.adopt(...rig.extend(rig.el.latest, 2, rig.l1.at(5n)))
    rig.l1.reorg(5n, 7)
    await rig.start()
    expect(rig.actor.state.unsafe.number).toBe(4n)
    // The engine has kept blocks 5 and 6, which an L1 reorg orphaned, and the source vouches for block 5 after all.
    expect(await rig.follow(rig.target(rig.el.at(5n)))).toBe('ahead')
    await rig.clock.advance(250)
    expect(rig.actor.state).toMatchObject({ holding: false, unsafe: rig.ref(rig.el.at(5n)) })
    expect(rig.el.latest.payload.blockNumber).toBe(6n)
    await rig.stop()
  })

  it('does not oscillate: an update that never reached the engine is repeated before anything is built', async () => {
    const rig = await startEngineRig({ sequencer: true, elBlocks: 6 })
    const other = rig.extend(rig.el.at(3n), 2, rig.l1.at(2n), 'other')
    rig.el.store(...other)
    let failures = 1
    rig.el.failure = (method) =>
      method === 'forkchoiceUpdated' && failures-- > 0 ? new Error('timeout') : null
    expect(await rig.follow(rig.target(other[1]!))).toBe('el-error')
    for (let waitedMs = 0; waitedMs < 50; waitedMs += 10) {
      expect(rig.actor.state.holding).toBe(true)
      await expect(rig.actor.build(onHead(rig))).rejects.toThrow(TemporaryEngineError)
      await rig.clock.advance(10)
    }
    expect(rig.actor.state).toMatchObject({ holding: false, unsafe: rig.ref(other[1]!) })
    expect(new Set(rig.el.forkchoices.map(({ headBlockHash }) => headBlockHash))).toEqual(
      new Set([other[1]!.payload.blockHash]),
    )
    await rig.stop()
  })

  it('ends the hold when the status to adopt is replaced by one that is refused', async () => {
    const rig = await startEngineRig({ sequencer: true, elBlocks: 6 })
    await rig.follow(rig.target(rig.el.at(4n), { finalized: rig.el.at(2n) }))
    const other = rig.extend(rig.el.at(3n), 2, rig.l1.at(2n), 'other')
    rig.el.store(...other)
    let failures = 1
    rig.el.failure = (method) =>
      method === 'forkchoiceUpdated' && failures-- > 0 ? new Error('timeout') : null
    await rig.follow(rig.target(other[1]!, { finalized: rig.el.at(2n) }))
    expect(rig.actor.state.holding).toBe(true)
    expect(await rig.follow(rig.target(rig.el.at(1n), { finalized: rig.el.at(1n) }))).toBe('refused')
    expect(rig.actor.state.holding).toBe(false)
    await rig.actor.seal(await rig.actor.build(onHead(rig)))
    expect(rig.actor.state.unsafe.number).toBe(7n)
    await rig.stop()
  })

  // Campaign, seed 740004: it held for ever, and its engine was told nothing any more.
  it('holds for the head of its own chain when the source takes back what is synced to', async () => {
    const rig = await startEngineRig({ sequencer: true, elBlocks: 6 })
    const ours = rig.el.latest
    const foreign = rig.extend(rig.el.at(3n), 2, rig.l1.at(2n), 'of another chain')
    expect(await rig.follow(rig.target(foreign[1]!))).toBe('el-syncing')
    expect(rig.actor.state).toMatchObject({ holding: true, elSyncing: true })
    expect(await rig.follow(rig.target(ours))).toBe('el-syncing')
    await rig.clock.advance(1_000)
    expect(rig.actor.state).toMatchObject({ holding: false, elSyncing: false, unsafe: rig.ref(ours) })
    await rig.actor.seal(await rig.actor.build(onHead(rig)))
    expect(rig.actor.state.unsafe.number).toBe(7n)
    await rig.stop()
  })

  it('does not hold on labels alone', async () => {
    const rig = await startEngineRig({ sequencer: true, elBlocks: 6 })
    const published = rig.states.length
    await rig.follow(rig.target(rig.el.at(4n)))
    expect(rig.states.slice(published).some(({ holding }) => holding)).toBe(false)
    await rig.stop()
  })

  it('a verifier never holds', async () => {
    const rig = await startEngineRig({ elBlocks: 6 })
    await rig.follow(rig.target(rig.extend(rig.el.at(3n), 2, rig.l1.at(2n), 'other')[1]!))
    expect(rig.states.some(({ holding }) => holding)).toBe(false)
    await rig.stop()
  })
})
