import { describe, expect, it } from 'vitest'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import { zeroHash } from '../protocol/refs.ts'
import { labelAfterElSync } from './el-sync.ts'
import type { InitialElSyncOptions } from './options.ts'
import { createEngineRig, type EngineRig, type EngineRigOptions } from './testing/engine-rig.ts'
import { attributesOn, createTestChain } from './testing/test-chain.ts'

const { config } = createTestChain({ hash: zeroHash, number: 0n, timestamp: 0n })

describe('the block that becomes safe after the initial EL sync', () => {
  // Vectors of op-node and kona-node: `--syncmode.offset-el-safe`.
  it.each<[string, bigint, number, bigint, bigint]>([
    ['3 s of 2 s blocks are two', 2n, 3, 100n, 98n],
    ['10 s of 2 s blocks are five', 2n, 10, 100n, 95n],
    ['15 s of 4 s blocks are four', 4n, 15, 100n, 96n],
    ['12 h of 2 s blocks are 21600', 2n, 43_200, 30_000n, 8_400n],
    ['no offset', 2n, 0, 100n, 100n],
    ['an offset longer than the chain ends at genesis', 2n, 43_200, 100n, 0n],
    ['exactly as long as the chain', 1n, 100, 100n, 0n],
  ])('%s', (_, blockTime, seconds, tip, expected) => {
    expect(labelAfterElSync({ ...config, blockTime }, tip, seconds * 1000)).toBe(expected)
  })

  it('is never below an L2 genesis that is not 0', () => {
    const genesis = { ...config.genesis, l2: { hash: zeroHash, number: 50n } }
    expect(labelAfterElSync({ ...config, genesis }, 60n, 20_000)).toBe(50n)
  })
})

/** An engine at genesis whose peers have ten blocks. */
async function start(
  options: Partial<InitialElSyncOptions> = {},
  rigOptions: EngineRigOptions = {},
  before: (rig: EngineRig) => void = () => {},
) {
  const rig = createEngineRig({
    elSync: true,
    initialElSync: { offsetMs: 4_000, afterFinality: false, ...options },
    ...rigOptions,
  })
  before(rig)
  const chain = rig.extend(rig.el.latest, 10)
  for (const block of chain) rig.el.peers.set(block.payload.blockHash, block)
  await rig.start()
  const at = (number: number) => chain[number - 1] as PayloadEnvelope
  const add = async (...numbers: number[]) => {
    for (const number of numbers) await rig.actor.addUnsafePayload(at(number))
    await rig.clock.settle()
  }
  const labels = () =>
    rig.el.forkchoices.map(({ safeBlockHash, finalizedBlockHash }) => [safeBlockHash, finalizedBlockHash])
  return { rig, at, add, labels }
}

describe('initial EL sync', () => {
  it('syncs to the first payload, whatever its parent, and tells the engine of no label', async () => {
    const { rig, at, add, labels } = await start()
    expect(rig.actor.state).toMatchObject({ initialized: true, initialElSync: 'will-start' })
    expect(rig.el.forkchoices).toEqual([])
    await add(8)
    expect(rig.actor.state).toMatchObject({
      initialElSync: 'started',
      unsafe: rig.ref(rig.chain.genesis),
      syncTarget: { unsafe: rig.ref(at(8)) },
    })
    await rig.clock.advance(60_000)
    expect(rig.actor.state.syncTarget?.unsafe).toEqual(rig.ref(at(8)))
    expect(new Set(labels().flat())).toEqual(new Set([zeroHash]))
    await rig.stop()
  })

  it('takes every newer payload for its target, and no older one', async () => {
    const { rig, at, add } = await start()
    await add(5, 8)
    await add(6)
    expect(rig.actor.state.syncTarget?.unsafe).toEqual(rig.ref(at(8)))
    expect(rig.el.calls.get('newPayload')).toBe(2)
    await add(10)
    expect(rig.actor.state.syncTarget?.unsafe).toEqual(rig.ref(at(10)))
    expect(rig.el.forkchoices.map(({ headBlockHash }) => headBlockHash)).not.toContain(
      at(6).payload.blockHash,
    )
    await rig.stop()
  })

  it('ends when the engine has the chain: safe and finalized an offset behind, in one more update', async () => {
    const { rig, at, add } = await start()
    await add(8)
    rig.el.completeSync()
    await rig.clock.advance(2_000)
    const label = rig.ref(at(4))
    expect(rig.actor.state).toMatchObject({
      initialElSync: 'finished',
      elSyncing: false,
      unsafe: rig.ref(at(8)),
      pendingSafe: label,
      localSafe: label,
      safe: label,
      finalized: label,
    })
    expect(rig.el.forkchoices.at(-1)).toMatchObject({
      headBlockHash: at(8).payload.blockHash,
      safeBlockHash: label.hash,
      finalizedBlockHash: label.hash,
      answer: 'VALID',
    })
    await rig.stop()
  })

  it('publishes its steps in order, and safe only at the last', async () => {
    const { rig, add } = await start()
    await add(8)
    rig.el.completeSync()
    await rig.clock.advance(2_000)
    const steps = rig.states.map(({ initialElSync }) => initialElSync)
    expect([...new Set(steps.slice(steps.indexOf('will-start')))]).toEqual([
      'will-start',
      'started',
      'finished-not-finalized',
      'finished',
    ])
    for (const state of rig.states) if (state.initialElSync !== 'finished') expect(state.safe.number).toBe(0n)
    await rig.stop()
  })

  it('goes on with payloads one by one afterwards', async () => {
    const { rig, at, add } = await start()
    await add(8)
    rig.el.completeSync()
    await rig.clock.advance(2_000)
    await add(10)
    expect(rig.actor.state.unsafe).toEqual(rig.ref(at(8)))
    await add(9)
    expect(rig.actor.state.unsafe).toEqual(rig.ref(at(10)))
    expect(rig.actor.state.initialElSync).toBe('finished')
    await rig.stop()
  })

  it('is over at once when the engine has the parent', async () => {
    const { rig, at, add } = await start({ offsetMs: 0 })
    await add(1)
    expect(rig.actor.state).toMatchObject({
      initialElSync: 'finished',
      unsafe: rig.ref(at(1)),
      finalized: rig.ref(at(1)),
    })
    await rig.stop()
  })

  it('tries again until the labels are told', async () => {
    const { rig, at, add } = await start()
    await add(8)
    rig.el.completeSync()
    rig.el.failure = (method) => (method === 'blockByNumber' ? new Error('timeout') : null)
    await rig.clock.advance(5_000)
    expect(rig.actor.state.initialElSync).toBe('finished-not-finalized')
    rig.el.failure = () => null
    await rig.clock.advance(5_000)
    expect(rig.actor.state).toMatchObject({ initialElSync: 'finished', finalized: rig.ref(at(4)) })
    await rig.stop()
  })

  it('drops a target that is INVALID and waits for the next', async () => {
    const { rig, at, add } = await start()
    rig.el.invalidBlocks.add(at(8).payload.blockHash)
    await add(8)
    expect(rig.actor.state).toMatchObject({ initialElSync: 'will-start', unsafe: rig.ref(rig.chain.genesis) })
    await add(9)
    expect(rig.actor.state.syncTarget?.unsafe).toEqual(rig.ref(at(9)))
    await rig.stop()
  })

  it('does not give up a target that shows no progress: a snap sync shows none for hours', async () => {
    const { rig, at, add } = await start()
    await add(8)
    await rig.clock.advance(300_000)
    expect(rig.actor.state).toMatchObject({
      initialElSync: 'started',
      syncTarget: { unsafe: rig.ref(at(8)) },
    })
    expect(rig.metrics.value('engine_resets_total')).toBe(1)
    await rig.stop()
  })

  it('keeps no payload that it was given as a target', async () => {
    const { rig, add } = await start()
    await add(5, 6, 7, 8)
    expect(rig.metrics.value('unsafe_payloads_buffer_len')).toBe(0)
    await rig.stop()
  })

  it('a reset in the middle of it does not disturb the engine; the next payload is the target', async () => {
    const { rig, at, add, labels } = await start()
    await add(8)
    const told = rig.el.forkchoices.length
    await rig.actor.reset('L1 reorg')
    expect(rig.actor.state).toMatchObject({ initialElSync: 'will-start', unsafe: rig.ref(rig.chain.genesis) })
    await rig.clock.advance(5_000)
    expect(rig.el.forkchoices.length).toBe(told)
    await add(9)
    expect(new Set(labels().flat())).toEqual(new Set([zeroHash]))
    rig.el.completeSync()
    await rig.clock.advance(2_000)
    expect(rig.actor.state).toMatchObject({ initialElSync: 'finished', finalized: rig.ref(at(5)) })
    await rig.stop()
  })

  it('a reset after it does not begin it again', async () => {
    const { rig, add } = await start({ offsetMs: 100_000 })
    await add(8)
    rig.el.completeSync()
    await rig.clock.advance(2_000)
    expect(rig.actor.state.finalized.number).toBe(0n)
    await rig.actor.reset('test')
    expect(rig.actor.state.initialElSync).toBe('finished')
    await rig.stop()
  })
})

describe('whether an initial EL sync starts', () => {
  const finalizedAt = (number: bigint) => (rig: EngineRig) =>
    rig.el.label({ safe: rig.el.at(number), finalized: rig.el.at(number) })

  it.each<[string, boolean, number | null, string]>([
    ['nothing is finalized: it does', false, null, 'will-start'],
    ['genesis is finalized: it does', false, 0, 'will-start'],
    ['a later block is finalized: it does not', false, 2, 'finished'],
    ['unless the engine can sync after that', true, 2, 'will-start'],
  ])('%s', async (_, afterFinality, finalized, expected) => {
    const { rig } = await start({ afterFinality }, { elBlocks: 3 }, (made) => {
      if (finalized !== null) finalizedAt(BigInt(finalized))(made)
    })
    expect(rig.actor.state.initialElSync).toBe(expected)
    await rig.stop()
  })

  it('labels that the engine had before do not go back', async () => {
    const { rig, add } = await start(
      { afterFinality: true, offsetMs: 100_000 },
      { elBlocks: 3 },
      finalizedAt(2n),
    )
    await add(8)
    rig.el.completeSync()
    await rig.clock.advance(2_000)
    expect(rig.actor.state).toMatchObject({ initialElSync: 'finished', finalized: { number: 2n } })
    expect(rig.el.finalized).toBe(rig.el.at(2n).payload.blockHash)
    await rig.stop()
  })

  it('safe of a restarted engine is as derived as in consensus-layer sync: an L1 reorg takes it back', async () => {
    const { rig } = await start({}, { elBlocks: 4 }, ({ el, l1, extend }) => {
      el.label({ safe: el.at(4n), finalized: el.at(1n) })
      el.adopt(...extend(el.latest, 2, l1.at(6n)))
      l1.reorg(6n, 6)
    })
    expect(rig.actor.state).toMatchObject({ unsafe: { number: 4n }, safe: { number: 1n } })
    await rig.stop()
  })

  it('never without the option', async () => {
    const rig = createEngineRig({ elSync: true })
    await rig.start()
    expect(rig.states.every(({ initialElSync }) => initialElSync === 'finished')).toBe(true)
    await rig.stop()
  })

  it('a sequencer that waits builds instead: its own block is the tip', async () => {
    const { rig } = await start({}, { sequencer: true })
    const { unsafe } = rig.actor.state
    await rig.actor.build(attributesOn(rig.chain.config, unsafe, rig.l1.at(1n)))
    expect(rig.actor.state.initialElSync).toBe('finished')
    await rig.stop()
  })

  it('a sequencer does not build while the engine syncs', async () => {
    const { rig, add } = await start({}, { sequencer: true })
    await add(8)
    const building = rig.actor.build(attributesOn(rig.chain.config, rig.actor.state.unsafe, rig.l1.at(1n)))
    await expect(building).rejects.toThrow(/is syncing to it/)
    await rig.stop()
  })
})
