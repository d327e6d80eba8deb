import { describe, expect, it } from 'vitest'
import { EngineApiError, engineErrorCode } from '../../ports/engine-api.ts'
import { zeroHash } from '../../protocol/refs.ts'
import { startEngineRig } from '../testing/engine-rig.ts'

const elBlocks = 8

/** Block 2 is final; the engine was told that block 5 is, with block 7 as local-safe, and its answer was lost. */
async function rigWithLostFinality() {
  const rig = await startEngineRig({ elBlocks })
  await rig.follow(rig.target(rig.el.at(6n), { finalized: rig.el.at(2n) }))
  let losses = 1
  rig.el.loss = (method) =>
    method === 'forkchoiceUpdated' && losses-- > 0 ? new Error('the connection was closed') : null
  rig.follow(rig.target(rig.el.at(7n), { finalized: rig.el.at(5n) })).catch(() => {})
  await rig.clock.settle()
  return rig
}

describe('follow: one tick', () => {
  it('case 1: adopts local-safe ahead of us with one forkchoice update; labels the engine lacks are not sent', async () => {
    const rig = await startEngineRig({ elBlocks })
    const ahead = rig.extend(rig.el.latest, 4)
    const target = rig.target(ahead[3]!, { finalized: rig.el.at(2n) })
    const before = rig.actor.state
    expect(await rig.follow(target)).toBe('el-syncing')
    const { localSafe, safe, finalized } = target
    expect(rig.actor.state).toEqual({
      ...before,
      syncTarget: { unsafe: localSafe, localSafe, safe, finalized },
      elSyncing: true,
    })
    expect(rig.followed).toEqual([])
    expect(rig.el.forkchoices).toHaveLength(1)
    expect(rig.el.forkchoices[0]).toMatchObject({
      headBlockHash: target.localSafe.hash,
      safeBlockHash: zeroHash,
      finalizedBlockHash: target.finalized.hash,
      answer: 'SYNCING',
    })
    await rig.stop()
  })

  it('case 1: sends the labels once the engine has their blocks', async () => {
    const rig = await startEngineRig({ elBlocks })
    const ahead = rig.extend(rig.el.latest, 4)
    for (const block of ahead) rig.el.peers.set(block.payload.blockHash, block)
    const target = rig.target(ahead[3]!, { safe: ahead[2]!, finalized: ahead[0]! })
    await rig.follow(target)
    expect(rig.el.completeSync()).toBe(true)
    await rig.clock.advance(250)
    expect(rig.actor.state.elSyncing).toBe(false)
    expect(rig.el).toMatchObject({
      head: target.localSafe.hash,
      safe: target.safe.hash,
      finalized: target.finalized.hash,
    })
    await rig.stop()
  })

  it('an update whose answer was lost may have finalized a block: no later one says less', async () => {
    const rig = await rigWithLostFinality()
    expect(rig.actor.state.finalized.number).toBe(2n)
    // A block comes by gossip before the target is tried again.
    rig.el.failure = (method) => (method === 'blockByNumber' ? new Error('away') : null)
    void rig.actor.addUnsafePayload(rig.extend(rig.el.latest, 1)[0]!)
    await rig.clock.advance(500)
    rig.el.failure = () => null
    await rig.clock.advance(5_000)
    const numbers = new Map([2n, 5n].map((number) => [rig.el.at(number).payload.blockHash, number]))
    const told = rig.el.forkchoices.flatMap(({ finalizedBlockHash }) => numbers.get(finalizedBlockHash) ?? [])
    expect(told.length).toBeGreaterThan(3)
    expect(told.toSorted((a, b) => Number(a - b))).toEqual(told)
    expect(rig.actor.state.finalized.number).toBe(5n)
    await rig.stop()
  })

  it('an update that the engine refuses says nothing of a finalized block that was told before', async () => {
    const rig = await startEngineRig({ elBlocks })
    await rig.follow(rig.target(rig.el.at(6n), { safe: rig.el.at(3n), finalized: rig.el.at(2n) }))
    const failing = [
      new Error('the connection was closed'),
      new EngineApiError(engineErrorCode.invalidForkchoiceState, 'not that one'),
    ]
    rig.el.failure = (method) => (method === 'forkchoiceUpdated' ? (failing.shift() ?? null) : null)
    // It may have been heard of; then the source takes it back, and the update says nothing of finality.
    rig.follow(rig.target(rig.el.at(7n), { finalized: rig.el.at(5n) })).catch(() => {})
    await rig.clock.settle()
    const before = rig.el.forkchoices.length
    rig.follow(rig.target(rig.el.at(6n), { safe: rig.el.at(4n), finalized: rig.el.at(2n) })).catch(() => {})
    await rig.clock.advance(10_000)
    expect(failing).toEqual([])
    const told = rig.el.forkchoices.slice(before).map(({ finalizedBlockHash }) => finalizedBlockHash)
    expect(told.length).toBeGreaterThan(0)
    expect(told).not.toContain(rig.el.at(2n).payload.blockHash)
    await rig.stop()
  })

  it('refuses what a source says of a block that we know otherwise', async () => {
    const rig = await startEngineRig({ elBlocks })
    await rig.follow(rig.target(rig.el.at(6n), { finalized: rig.el.at(2n) }))
    const target = rig.target(rig.el.at(7n), { safe: rig.el.at(6n), finalized: rig.el.at(2n) })
    const l1Origin = { ...target.safe.l1Origin, number: target.safe.l1Origin.number + 1n }
    expect(await rig.follow({ ...target, safe: { ...target.safe, l1Origin } })).toBe('refused')
    expect(rig.actor.state.localSafe.number).toBe(6n)
    expect(await rig.follow(target)).toBe('consolidated')
    await rig.stop()
  })

  // Campaign, seed 912395~912733: a node that was started again before the engine had confirmed it knew nothing of it.
  it('what becomes final while the engine syncs is published once the engine has confirmed it', async () => {
    const rig = await startEngineRig({ elBlocks })
    await rig.follow(rig.target(rig.el.at(6n), { finalized: rig.el.at(2n) }))
    const blocks = rig.extend(rig.el.latest, 3)
    for (const block of blocks) rig.el.peers.set(block.payload.blockHash, block)
    void rig.actor.addUnsafePayload(blocks[2]!)
    await rig.clock.advance(2_000)
    const [safe, final] = [rig.el.at(7n), rig.ref(rig.el.at(5n))]
    await rig.follow(rig.target(safe, { finalized: rig.el.at(5n) }))
    await rig.clock.advance(1_000)
    expect(rig.el.forkchoices.at(-1)).toMatchObject({ finalizedBlockHash: final.hash, answer: 'SYNCING' })
    expect(rig.actor.state).toMatchObject({ localSafe: rig.ref(safe), finalized: { number: 2n } })
    rig.el.completeSync()
    await rig.clock.advance(1_000)
    expect(rig.actor.state).toMatchObject({ unsafe: rig.ref(blocks[2]!), finalized: final })
    await rig.stop()
  })

  // Campaign, seed 890062~890553~891155~891495.
  it('an update that the engine refuses takes back no finality that it has confirmed', async () => {
    const rig = await rigWithLostFinality()
    // The target is not tried again before the blocks of others have come.
    let refusals = 0
    const away = (method: string) => (method === 'blockByNumber' ? new Error('away') : null)
    rig.el.failure = away
    const blocks = rig.extend(rig.el.latest, 4)
    void rig.actor.addUnsafePayload(blocks[0]!)
    await rig.clock.settle()
    const confirmed = rig.el.at(5n).payload.blockHash
    expect(rig.el.forkchoices.at(-1)).toMatchObject({ finalizedBlockHash: confirmed, answer: 'VALID' })
    expect(rig.actor.state.finalized.number).toBe(2n)
    const before = rig.el.forkchoices.length
    void rig.actor.addUnsafePayload(blocks[3]!)
    await rig.clock.advance(2_000)
    expect(rig.actor.state.elSyncing).toBe(true)
    rig.el.failure = (method) => {
      if (method !== 'forkchoiceUpdated' || refusals++ > 0) return away(method)
      return new EngineApiError(engineErrorCode.invalidForkchoiceState, 'not that one')
    }
    await rig.clock.advance(500)
    rig.el.failure = () => null
    await rig.clock.advance(5_000)
    expect(refusals).toBeGreaterThan(0)
    const told = rig.el.forkchoices.slice(before).map(({ finalizedBlockHash }) => finalizedBlockHash)
    expect(told.length).toBeGreaterThan(0)
    expect(told).not.toContain(rig.el.at(2n).payload.blockHash)
    expect(rig.actor.state.finalized).toEqual(rig.ref(rig.el.at(5n)))
    await rig.stop()
  })

  it('case 1 when the engine has the block already: everything in one update', async () => {
    const rig = await startEngineRig({ elBlocks })
    const ahead = rig.extend(rig.el.latest, 4)
    rig.el.store(...ahead)
    const target = rig.target(ahead[3]!, { safe: ahead[1]!, finalized: rig.el.at(1n) })
    expect(await rig.follow(target)).toBe('ahead')
    expect(rig.el.forkchoices).toEqual([
      expect.objectContaining({
        headBlockHash: target.localSafe.hash,
        safeBlockHash: target.safe.hash,
        finalizedBlockHash: target.finalized.hash,
        answer: 'VALID',
      }),
    ])
    await rig.stop()
  })

  it('case 2a: only labels change while the engine lacks the block', async () => {
    const rig = await startEngineRig({ elBlocks })
    const ahead = rig.extend(rig.el.latest, 6)
    // Gossip has told of block 14: the engine is on its way there.
    await rig.actor.addUnsafePayload(ahead[5]!)
    await rig.clock.advance(2_000)
    const { unsafe } = rig.actor.state
    const target = rig.target(ahead[2]!)
    expect(await rig.follow(target)).toBe('el-syncing')
    expect(rig.el.forkchoices).toHaveLength(1)
    expect(rig.actor.state).toMatchObject({ unsafe, localSafe: { number: 0n } })
    for (const block of ahead) rig.el.peers.set(block.payload.blockHash, block)
    rig.el.completeSync()
    await rig.clock.advance(250)
    expect(rig.actor.state).toMatchObject({
      unsafe: rig.ref(ahead[5]!),
      localSafe: target.localSafe,
      safe: target.safe,
      elSyncing: false,
    })
    expect(rig.el.safe).toBe(target.safe.hash)
    expect(rig.followed).toEqual([{ target, followCase: 'ahead' }])
    await rig.stop()
  })

  it('case 2b: nothing changes when the engine cannot be asked', async () => {
    const rig = await startEngineRig({ elBlocks })
    rig.el.failure = (method) => (method === 'blockByNumber' ? new Error('timeout') : null)
    const before = rig.actor.state
    expect(await rig.follow(rig.target(rig.el.at(4n)))).toBe('el-error')
    expect(rig.actor.state).toBe(before)
    expect(rig.el.forkchoices).toEqual([])
    await rig.stop()
  })

  it('case 3: a forkchoice update although safe is behind unsafe and matches', async () => {
    const rig = await startEngineRig({ elBlocks })
    const target = rig.target(rig.el.at(5n), { safe: rig.el.at(4n), finalized: rig.el.at(2n) })
    expect(await rig.follow(target)).toBe('consolidated')
    expect(rig.el.forkchoices).toHaveLength(1)
    expect(rig.el).toMatchObject({
      head: rig.el.at(8n).payload.blockHash,
      safe: target.safe.hash,
      finalized: target.finalized.hash,
    })
    await rig.stop()
  })

  it('case 3 when only finalized changed: still one update', async () => {
    const rig = await startEngineRig({ elBlocks })
    await rig.follow(rig.target(rig.el.at(5n), { finalized: rig.el.at(2n) }))
    await rig.follow(rig.target(rig.el.at(5n), { finalized: rig.el.at(3n) }))
    expect(rig.el.forkchoices).toHaveLength(2)
    expect(rig.el.finalized).toBe(rig.el.at(3n).payload.blockHash)
    await rig.stop()
  })

  it('a target that says nothing new costs no call to the engine and publishes nothing', async () => {
    const rig = await startEngineRig({ elBlocks })
    const target = rig.target(rig.el.at(5n), { finalized: rig.el.at(2n) })
    await rig.follow(target)
    const calls = [...rig.el.calls]
    const { state } = rig.actor
    const again = rig.target(rig.el.at(5n), { finalized: rig.el.at(2n) })
    expect(await rig.follow(again)).toBe('consolidated')
    expect([...rig.el.calls]).toEqual(calls)
    expect(rig.actor.state).toBe(state)
    await rig.stop()
  })

  it('case 4: replaces our chain by that of the source', async () => {
    const rig = await startEngineRig({ elBlocks })
    const other = rig.extend(rig.el.at(3n), 3, rig.l1.at(2n), 'other')
    rig.el.store(...other)
    const target = rig.target(other[2]!, { finalized: rig.el.at(2n) })
    expect(await rig.follow(target)).toBe('reorged')
    expect(rig.actor.state).toMatchObject({
      unsafe: target.localSafe,
      safe: target.localSafe,
      holding: false,
    })
    expect(rig.el.head).toBe(target.localSafe.hash)
    expect(rig.el.forkchoices).toHaveLength(1)
    await rig.stop()
  })

  it('case 4 does not happen again once it was applied', async () => {
    const rig = await startEngineRig({ elBlocks })
    const other = rig.extend(rig.el.at(3n), 3, rig.l1.at(2n), 'other')
    rig.el.store(...other)
    await rig.follow(rig.target(other[2]!))
    expect(await rig.follow(rig.target(other[2]!))).toBe('consolidated')
    await rig.stop()
  })

  it('follows a source that goes back: safe never exceeds what the source says', async () => {
    const rig = await startEngineRig({ elBlocks })
    await rig.follow(rig.target(rig.el.at(6n)))
    await rig.clock.advance(1)
    expect(await rig.follow(rig.target(rig.el.at(4n)))).toBe('consolidated')
    expect(rig.actor.state.safe.number).toBe(4n)
    expect(rig.el.safe).toBe(rig.el.at(4n).payload.blockHash)
    await rig.stop()
  })
})

describe('follow: finalized', () => {
  it('never goes back: the conflict is an error state, counted, logged once, and the rest is applied', async () => {
    const rig = await startEngineRig({ elBlocks })
    await rig.follow(rig.target(rig.el.at(5n), { finalized: rig.el.at(4n) }))
    for (const safe of [6n, 7n])
      expect(await rig.follow(rig.target(rig.el.at(safe), { finalized: rig.el.at(3n) }))).toBe('consolidated')
    expect(rig.actor.state).toMatchObject({ finalized: { number: 4n }, safe: { number: 7n } })
    expect(rig.actor.state.finalizedConflict).toMatch(/cannot finalize 3:.*below the finalized block 4:/)
    expect(rig.metrics.value('finalized_conflicts_total')).toBe(2)
    expect(rig.logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1)
    await rig.stop()
  })

  it('never changes at its height: the whole target is refused', async () => {
    const rig = await startEngineRig({ elBlocks })
    await rig.follow(rig.target(rig.el.at(5n), { finalized: rig.el.at(4n) }))
    const other = rig.extend(rig.el.at(3n), 4, rig.l1.at(2n), 'other')
    rig.el.store(...other)
    const before = rig.actor.state
    expect(await rig.follow(rig.target(other[3]!, { finalized: other[0]! }))).toBe('refused')
    expect(rig.actor.state).toMatchObject({
      unsafe: before.unsafe,
      safe: before.safe,
      finalized: before.finalized,
    })
    expect(rig.el.head).toBe(before.unsafe.hash)
    await rig.stop()
  })

  it('refuses a safe block that is not in the chain of local-safe', async () => {
    const rig = await startEngineRig({ elBlocks })
    const other = rig.extend(rig.el.at(3n), 1, rig.l1.at(2n), 'other')
    rig.el.store(...other)
    expect(await rig.follow(rig.target(rig.el.at(6n), { safe: other[0]! }))).toBe('refused')
    expect(rig.el.forkchoices).toEqual([])
    await rig.stop()
  })
})

describe('follow: an engine that does not answer', () => {
  it('keeps the target and applies it when the engine is back', async () => {
    const rig = await startEngineRig({ elBlocks })
    rig.el.failure = () => new Error('connection refused')
    expect(await rig.follow(rig.target(rig.el.at(5n)))).toBe('el-error')
    await rig.clock.advance(5000)
    expect(rig.actor.state.safe.number).toBe(0n)
    rig.el.failure = () => null
    await rig.clock.advance(2000)
    expect(rig.actor.state.safe.number).toBe(5n)
    expect(rig.el.safe).toBe(rig.el.at(5n).payload.blockHash)
    await rig.stop()
  })

  it('backs off between attempts, up to 2 s', async () => {
    const rig = await startEngineRig({ elBlocks })
    rig.el.failure = () => new Error('connection refused')
    await rig.follow(rig.target(rig.el.at(5n)))
    await rig.clock.advance(60_000)
    // The first, six waits of 50 to 1600 ms that end after 3150 ms, then one each 2 s.
    expect(rig.metrics.value('engine_tasks_total', { task: 'follow', outcome: 'temporary' })).toBe(35)
    await rig.stop()
  })

  it('a newer target replaces the one that waits, and is tried at once', async () => {
    const rig = await startEngineRig({ elBlocks })
    rig.el.failure = () => new Error('connection refused')
    await rig.follow(rig.target(rig.el.at(5n)))
    rig.el.failure = () => null
    expect(await rig.follow(rig.target(rig.el.at(6n)))).toBe('consolidated')
    await rig.clock.advance(10_000)
    expect(rig.actor.state.safe.number).toBe(6n)
    expect(rig.states.some(({ safe }) => safe.number === 5n)).toBe(false)
    await rig.stop()
  })

  it('drops a waiting target whose L1 origin was reorged out meanwhile', async () => {
    const rig = await startEngineRig({ elBlocks })
    const other = rig.extend(rig.el.at(3n), 3, rig.l1.at(5n), 'other')
    rig.el.store(...other)
    rig.el.failure = () => new Error('connection refused')
    await rig.follow(rig.target(other[2]!))
    rig.l1.reorg(5n, 8)
    rig.el.failure = () => null
    await rig.clock.advance(10_000)
    expect(rig.actor.state.safe.number).toBe(0n)
    expect(rig.el.forkchoices).toEqual([])
    await rig.stop()
  })

  it('resets on −38002 and goes on with the target', async () => {
    const rig = await startEngineRig({ elBlocks })
    await rig.follow(rig.target(rig.el.at(5n)))
    let refusals = 1
    rig.el.failure = (method) =>
      method === 'forkchoiceUpdated' && refusals-- > 0
        ? new EngineApiError(engineErrorCode.invalidForkchoiceState, 'invalid forkchoice state')
        : null
    const resets: string[] = []
    rig.actor.onReset(({ reason }) => resets.push(reason))
    expect(await rig.follow(rig.target(rig.el.at(6n)))).toBe('el-error')
    await rig.clock.advance(1000)
    expect(resets).toEqual([
      expect.stringMatching(/refuses the forkchoice \(head 0x.*invalid forkchoice state/),
    ])
    expect(rig.actor.state.safe.number).toBe(6n)
    expect(rig.el.safe).toBe(rig.el.at(6n).payload.blockHash)
    await rig.stop()
  })

  it('tells the engine its head again when the answer to an update was lost', async () => {
    const rig = await startEngineRig({ elBlocks })
    const ours = rig.el.latest.payload.blockHash
    const other = rig.extend(rig.el.at(3n), 3, rig.l1.at(2n), 'other')
    rig.el.store(...other)
    let losses = 1
    rig.el.loss = (method) => (method === 'forkchoiceUpdated' && losses-- > 0 ? new Error('timeout') : null)
    expect(await rig.follow(rig.target(other[2]!))).toBe('el-error')
    expect(rig.el.head).toBe(other[2]!.payload.blockHash)
    // The source is back on our chain before the target is tried again.
    await rig.follow(rig.target(rig.chain.genesis))
    await rig.clock.advance(100)
    expect(rig.el.head).toBe(ours)
    expect(rig.actor.state.unsafe.hash).toBe(ours)
    await rig.stop()
  })

  it('an INVALID head is refused and moves nothing', async () => {
    const rig = await startEngineRig({ elBlocks })
    const ahead = rig.extend(rig.el.latest, 1)
    rig.el.invalidBlocks.add(ahead[0]!.payload.blockHash)
    const before = rig.actor.state
    expect(await rig.follow(rig.target(ahead[0]!))).toBe('refused')
    expect(rig.actor.state).toEqual(before)
    await rig.stop()
  })
})
