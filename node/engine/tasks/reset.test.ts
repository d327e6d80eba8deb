import { describe, expect, it } from 'vitest'
import type { L2SyncProgress } from '../../ports/l2-source.ts'
import { EngineStoppedError, TemporaryEngineError } from '../errors.ts'
import { createEngineRig, type EngineRig, startEngineRig } from '../testing/engine-rig.ts'
import { attributesOn } from '../testing/test-chain.ts'

describe('reset', () => {
  it('a restart keeps the heads of the engine and tells it nothing', async () => {
    const rig = createEngineRig({ elBlocks: 6 })
    rig.el.label({ safe: rig.el.at(4n), finalized: rig.el.at(2n) })
    await rig.start()
    expect(rig.actor.state).toMatchObject({
      initialized: true,
      unsafe: { number: 6n },
      localSafe: { number: 4n },
      safe: { number: 4n },
      finalized: { number: 2n },
    })
    expect(rig.el.forkchoices).toEqual([])
    await rig.stop()
  })

  it('tells the engine where it must go back to', async () => {
    const rig = createEngineRig({ elBlocks: 4 })
    rig.el.adopt(...rig.extend(rig.el.latest, 2, rig.l1.at(5n)))
    rig.el.label({ safe: rig.el.at(5n) })
    rig.l1.reorg(5n, 7)
    await rig.start()
    expect(rig.actor.state).toMatchObject({ unsafe: { number: 4n }, safe: { number: 4n } })
    const { blockHash } = rig.el.at(4n).payload
    expect(rig.el.forkchoices.at(-1)).toMatchObject({ headBlockHash: blockHash, safeBlockHash: blockHash })
    expect(rig.el.safe).toBe(blockHash)
    await rig.stop()
  })

  it('is not troubled by what the engine keeps above that, until a block of ours takes its place', async () => {
    const rig = createEngineRig({ elBlocks: 4, sequencer: true })
    rig.el.adopt(...rig.extend(rig.el.latest, 2, rig.l1.at(5n)))
    rig.l1.reorg(5n, 7)
    await rig.start()
    await rig.clock.advance(60_000)
    expect(rig.metrics.value('engine_resets_total')).toBe(1)
    expect(rig.actor.state.unsafe.number).toBe(4n)
    expect(rig.el.latest.payload.blockNumber).toBe(6n)
    const ours = rig.extend(rig.el.at(4n), 1, rig.l1.at(5n), 'ours')[0]!
    await rig.actor.addUnsafePayload(ours)
    await rig.clock.advance(1000)
    expect(rig.actor.state.unsafe).toEqual(rig.ref(ours))
    expect(rig.el.head).toBe(ours.payload.blockHash)
    // A second reset begins at what the engine has now.
    await rig.actor.reset('test')
    expect(rig.actor.state.unsafe).toEqual(rig.ref(ours))
    await rig.stop()
  })

  it('comes back to our head, and not to what the engine kept, from a gap that it cannot fill', async () => {
    const rig = createEngineRig({ elBlocks: 4, elSync: false })
    rig.el.adopt(...rig.extend(rig.el.latest, 2, rig.l1.at(5n)))
    rig.l1.reorg(5n, 7)
    await rig.start()
    const { unsafe } = rig.actor.state
    const beyond = rig.extend(rig.el.at(4n), 5, rig.l1.at(5n), 'nobody has them')[4]!
    await rig.actor.addUnsafePayload(beyond)
    await rig.clock.advance(5000)
    const seen = rig.states.length
    await rig.clock.advance(20_000)
    expect(rig.el.forkchoices.map(({ headBlockHash }) => headBlockHash)).toContain(beyond.payload.blockHash)
    expect(rig.states.slice(seen).map((state) => state.unsafe.hash)).not.toContain(rig.el.head)
    expect(rig.metrics.value('engine_resets_total')).toBeGreaterThan(1)
    expect(rig.states.slice(seen).map((state) => state.unsafe)).toContainEqual(unsafe)
    await rig.stop()
  })

  it('backs off while the engine or L1 does not answer, then starts', async () => {
    const rig = createEngineRig({ elBlocks: 2 })
    rig.el.failure = () => new Error('connection refused')
    await rig.start()
    await rig.clock.advance(10_000)
    expect(rig.actor.state.initialized).toBe(false)
    expect(rig.metrics.value('engine_tasks_total', { task: 'reset', outcome: 'temporary' })).toBe(10)
    rig.el.failure = () => null
    await rig.clock.advance(2000)
    expect(rig.actor.state).toMatchObject({ initialized: true, unsafe: { number: 2n } })
    await rig.stop()
  })

  it('a follow target that comes before the start is kept', async () => {
    const rig = createEngineRig({ elBlocks: 5 })
    rig.el.failure = () => new Error('connection refused')
    await rig.start()
    expect(await rig.follow(rig.target(rig.el.at(4n)))).toBe('el-error')
    rig.el.failure = () => null
    await rig.clock.advance(2000)
    expect(rig.actor.state.safe.number).toBe(4n)
    await rig.stop()
  })

  it('callers share a reset that waits', async () => {
    const rig = createEngineRig({ elBlocks: 2 })
    const resets = [rig.actor.reset('start'), rig.actor.reset('again')]
    await rig.start()
    expect(await Promise.all(resets)).toEqual([
      expect.objectContaining({ reason: 'start' }),
      expect.objectContaining({ reason: 'start' }),
    ])
    expect(rig.metrics.value('engine_resets_total')).toBe(1)
    await rig.stop()
  })

  it('a finalized block that L1 reorged ends the node with a clear message', async () => {
    const rig = createEngineRig({ elBlocks: 4 })
    rig.el.label({ finalized: rig.el.at(3n) })
    rig.l1.reorg(1n, 12)
    await rig.start()
    await expect(rig.stop()).rejects.toThrow(/finalized L2 block 3:.* was reorged/)
  })

  it('an engine that denies a finalized block for a moment takes back neither it nor safe', async () => {
    const rig = await startEngineRig({ elBlocks: 6, elSync: false })
    rig.el.label({ safe: rig.el.at(5n), finalized: rig.el.at(4n) })
    await rig.actor.reset('the labels')
    const { blockByLabel, blockByNumber } = rig.el
    rig.el.blockByLabel = async (label) => (label === 'latest' ? blockByLabel(label) : null)
    rig.el.blockByNumber = async () => null
    const again = rig.actor.reset('test')
    await rig.clock.advance(5_000)
    expect(rig.actor.state).toMatchObject({ safe: { number: 5n }, finalized: { number: 4n } })
    rig.el.blockByLabel = blockByLabel
    rig.el.blockByNumber = blockByNumber
    await rig.clock.advance(5_000)
    expect((await again).heads).toMatchObject({ finalized: { number: 4n } })
    await rig.stop()
  })

  it('forgets the conflict and the hold of before', async () => {
    const rig = await startEngineRig({ elBlocks: 6 })
    await rig.follow(rig.target(rig.el.at(5n), { finalized: rig.el.at(4n) }))
    await rig.follow(rig.target(rig.el.at(5n), { finalized: rig.el.at(3n) }))
    expect(rig.actor.state.finalizedConflict).not.toBeNull()
    await rig.actor.reset('test')
    expect(rig.actor.state).toMatchObject({
      finalizedConflict: null,
      holding: false,
      finalized: { number: 4n },
    })
    await rig.stop()
  })
})

describe('an engine that restarts without its newest blocks', () => {
  it('el-sync: keeps our head as the target, finalized stays, and converges when peers have the blocks', async () => {
    const rig = await startEngineRig({ elBlocks: 8 })
    await rig.follow(rig.target(rig.el.at(6n), { finalized: rig.el.at(4n) }))
    for (let number = 1n; number <= 8n; number++)
      rig.el.peers.set(rig.el.at(number).payload.blockHash, rig.el.at(number))
    const before = rig.actor.state
    rig.el.restartAt(0n)
    await rig.actor.reset('the engine restarted')
    expect(rig.actor.state).toMatchObject({
      unsafe: before.unsafe,
      finalized: before.finalized,
      elSyncing: true,
    })
    rig.el.completeSync()
    await rig.clock.advance(250)
    expect(rig.actor.state.elSyncing).toBe(false)
    expect(rig.el).toMatchObject({
      head: before.unsafe.hash,
      safe: before.safe.hash,
      finalized: before.finalized.hash,
    })
    await rig.stop()
  })

  it('el-sync: a follow target notices the loss', async () => {
    const rig = await startEngineRig({ elBlocks: 8 })
    await rig.follow(rig.target(rig.el.at(4n)))
    const blocks = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n].map((number) => rig.el.at(number))
    for (const block of blocks) rig.el.peers.set(block.payload.blockHash, block)
    rig.el.syncUpdates = 3
    rig.el.restartAt(2n)
    expect(await rig.follow(rig.target(blocks[5]!))).toBe('el-syncing')
    await rig.clock.advance(2000)
    expect(rig.actor.state).toMatchObject({ elSyncing: false, unsafe: { number: 8n }, safe: { number: 6n } })
    expect(rig.el).toMatchObject({ head: blocks[7]!.payload.blockHash, safe: blocks[5]!.payload.blockHash })
    await rig.stop()
  })

  it('without el-sync: takes what the engine has, so that it is derived again', async () => {
    const rig = await startEngineRig({ elBlocks: 6, elSync: false })
    await rig.actor.consolidate({
      ...attributesOn(rig.chain.config, rig.ref(rig.chain.genesis), rig.l1.at(1n)),
      derivedFrom: rig.l1.at(2n),
    })
    const [next] = rig.extend(rig.el.latest, 1)
    rig.el.restartAt(3n)
    await rig.actor.addUnsafePayload(next!)
    await rig.clock.advance(1000)
    expect(rig.actor.state).toMatchObject({ elSyncing: false, unsafe: { number: 3n } })
    await rig.stop()
  })

  it('a sequencer stops building until its head is back', async () => {
    const rig = await startEngineRig({ sequencer: true, elBlocks: 4 })
    for (let number = 1n; number <= 4n; number++)
      rig.el.peers.set(rig.el.at(number).payload.blockHash, rig.el.at(number))
    const attributes = attributesOn(rig.chain.config, rig.actor.state.unsafe, rig.l1.at(1n))
    rig.el.restartAt(2n)
    await expect(rig.actor.build(attributes)).rejects.toThrow(TemporaryEngineError)
    expect(rig.actor.state.elSyncing).toBe(true)
    rig.el.completeSync()
    await rig.clock.advance(250)
    await rig.actor.seal(await rig.actor.build(attributes))
    expect(rig.actor.state.unsafe.number).toBe(5n)
    await rig.stop()
  })
})

describe('while the engine syncs', () => {
  it('is told its target at most four times a block, and at least once in a quarter of one', async () => {
    const rig = await startEngineRig({ blockTime: 2n })
    await rig.follow(rig.target(rig.extend(rig.chain.genesis, 3)[2]!))
    await rig.clock.advance(10_000)
    const first = rig.el.forkchoices.length
    await rig.clock.advance(10_000)
    expect(rig.el.forkchoices.length - first).toBe(20)
    await rig.stop()
  })

  it('leaves a target that no peer has, for what the engine has', async () => {
    const rig = await startEngineRig({ elBlocks: 4 })
    await rig.actor.addUnsafePayload(rig.extend(rig.el.latest, 4)[3]!)
    await rig.clock.advance(2000)
    expect(rig.actor.state).toMatchObject({ elSyncing: true, syncTarget: { unsafe: { number: 8n } } })
    await rig.clock.advance(11_000)
    expect(rig.actor.state).toMatchObject({ elSyncing: false, unsafe: { number: 4n } })
    await rig.stop()
  })

  const warnings = (rig: EngineRig) => rig.logger.lines.filter(({ level }) => level === 'warn')

  it.each<[string, L2SyncProgress | null, string]>([
    ['does not sync', null, 'from block 4 to 8:HASH…, and says that it does not sync'],
    [
      'stands still',
      { currentBlock: 5n, highestBlock: 8n, mark: 'five' },
      'from block 4 to 8:HASH…, and its eth_syncing stands at block 5 of 8',
    ],
  ])('says of an engine that it %s', async (_, progress, text) => {
    const rig = await startEngineRig({ elBlocks: 4 })
    rig.el.progress = progress
    await rig.actor.addUnsafePayload(rig.extend(rig.el.latest, 4)[3]!)
    await rig.clock.advance(13_000)
    expect(rig.actor.state).toMatchObject({ elSyncing: false, unsafe: { number: 4n } })
    const said = warnings(rig).map(({ fields }) => String(fields['error']).replace(/0x\w+/, 'HASH'))
    expect(said.join()).toContain(text)
    await rig.stop()
  })

  it('leaves no target to which the engine gets on, although its latest block stands still', async () => {
    const rig = await startEngineRig({ elBlocks: 4 })
    await rig.actor.addUnsafePayload(rig.extend(rig.el.latest, 4)[3]!)
    for (let second = 0; second < 60; second++) {
      // A newer target is no progress, executed blocks are.
      rig.el.progress = { currentBlock: BigInt(second), highestBlock: 8n, mark: String(second) }
      await rig.clock.advance(1_000)
    }
    expect(rig.actor.state).toMatchObject({ elSyncing: true, syncTarget: { unsafe: { number: 8n } } })
    expect(warnings(rig)).toEqual([])
    await rig.clock.advance(20_000)
    expect(rig.actor.state).toMatchObject({ elSyncing: false, unsafe: { number: 4n } })
    await rig.stop()
  })

  it('leaves a target that no peer has, for the local-safe block of the source', async () => {
    const rig = await startEngineRig({ elBlocks: 4 })
    const ahead = rig.extend(rig.el.latest, 6)
    await rig.actor.addUnsafePayload(ahead[5]!)
    await rig.clock.advance(2000)
    expect(await rig.follow(rig.target(ahead[2]!))).toBe('el-syncing')
    for (const block of ahead.slice(0, 3)) rig.el.peers.set(block.payload.blockHash, block)
    await rig.clock.advance(11_000)
    expect(rig.el.forkchoices.at(-1)?.headBlockHash).toBe(ahead[2]!.payload.blockHash)
    rig.el.completeSync()
    await rig.clock.advance(250)
    expect(rig.actor.state).toMatchObject({ elSyncing: false, unsafe: { number: 7n }, safe: { number: 7n } })
    await rig.stop()
  })

  it('waits without limit for the block that the source vouches for', async () => {
    const rig = await startEngineRig()
    const ahead = rig.extend(rig.chain.genesis, 3)
    await rig.follow(rig.target(ahead[2]!))
    await rig.clock.advance(60_000)
    expect(rig.actor.state).toMatchObject({ syncTarget: { unsafe: { number: 3n } }, unsafe: { number: 0n } })
    expect(rig.metrics.value('engine_resets_total')).toBe(1)
    await rig.stop()
  })

  it('a newer target of the source takes over', async () => {
    const rig = await startEngineRig()
    const ahead = rig.extend(rig.chain.genesis, 9)
    for (const block of ahead) rig.el.peers.set(block.payload.blockHash, block)
    await rig.follow(rig.target(ahead[3]!))
    expect(await rig.follow(rig.target(ahead[8]!))).toBe('el-syncing')
    expect(rig.actor.state.syncTarget?.unsafe).toEqual(rig.ref(ahead[8]!))
    rig.el.completeSync()
    await rig.clock.advance(250)
    expect(rig.actor.state).toMatchObject({ elSyncing: false, unsafe: { number: 9n }, safe: { number: 9n } })
    expect(rig.el.safe).toBe(ahead[8]!.payload.blockHash)
    await rig.stop()
  })
})

describe('stop', () => {
  it('rejects what waits and whatever comes later', async () => {
    const rig = await startEngineRig({ elBlocks: 4 })
    rig.el.failure = () => new Error('connection refused')
    const reset = rig.actor.reset('test')
    await rig.clock.settle()
    const ended = expect(reset).rejects.toThrow(EngineStoppedError)
    await rig.stop()
    await ended
    await expect(rig.follow(rig.target(rig.el.at(1n)))).rejects.toThrow(EngineStoppedError)
    expect(rig.clock.sleeping).toBe(0)
  })
})
