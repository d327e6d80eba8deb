import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EngineState } from './engine/engine-client.ts'
import { createFakeEngine } from './engine/testing/fake-engine.ts'
import type { L1BlockRef } from './protocol/refs.ts'
import { createNodeWorld, type NodeWorld, onOneChain, type WorldNode } from './testing/node-world.ts'

let world: NodeWorld
let sequencer: WorldNode
let safeWentBack: string[]

/** One node that sequences and derives; every test starts another that comes late. */
beforeEach(async () => {
  world = createNodeWorld()
  safeWentBack = []
  sequencer = await world.start('sequencer', { sequencer: {} })
  watchSafe(sequencer)
})
afterEach(async () => {
  await world.stop()
  expect(sequencer.failure).toBeNull()
  expect(safeWentBack).toEqual([])
})

function watchSafe({ name, node }: WorldNode): void {
  let highest = 0n
  node.engine.subscribe(({ localSafe, finalized }) => {
    if (localSafe.number < highest) safeWentBack.push(`${name}: ${highest} → ${localSafe.number}`)
    if (finalized.number > localSafe.number) safeWentBack.push(`${name}: finalized ${finalized.number}`)
    highest = localSafe.number
  })
}

const reachesTheTip = (late: WorldNode) =>
  world.until('the late node is at the tip', () => {
    const { unsafeL2, localSafeL2 } = sequencer.status()
    const ours = late.status()
    return (
      unsafeL2.number - ours.unsafeL2.number <= 2n &&
      ours.localSafeL2.number >= localSafeL2.number &&
      ours.finalizedL2.number > 0n &&
      onOneChain(sequencer, late, 'unsafeL2') &&
      onOneChain(sequencer, late, 'localSafeL2')
    )
  })
const unsafeReached = (number: bigint) =>
  world.until(`unsafe ${number}`, () => sequencer.status().unsafeL2.number >= number, Number(number) + 20)

describe('consensus-layer sync', () => {
  it('derives what came before it and fills every gap, from the engine’s peers or from L1', async () => {
    await unsafeReached(12n)
    const late = await world.start('late')
    watchSafe(late)
    for (let gap = 0; gap < 3; gap++) {
      await world.pass(3)
      world.gossip.isolate('late')
      await world.pass(4)
      world.gossip.connect('late')
    }
    await reachesTheTip(late)
    expect(late.el.at(6n)).toEqual(sequencer.el.at(6n))
  })

  it('gets over a gap without any peer of its engine: derivation comes to where the payloads wait', async () => {
    await unsafeReached(12n)
    const late = await world.start('late', { el: createFakeEngine(world.chain) })
    watchSafe(late)
    await reachesTheTip(late)
  })

  it('keeps payloads beyond a gap that nobody can fill until derivation comes to them, without a reset', async () => {
    world.auto.batch = false
    await unsafeReached(8n)
    const late = await world.start('late', { el: createFakeEngine(world.chain) })
    watchSafe(late)
    await world.pass(14)
    const waiting = late.metrics.value('unsafe_payloads_buffer_len')
    expect(waiting).toBeGreaterThanOrEqual(10)
    expect(late.status().unsafeL2.number).toBe(0n)
    world.auto.batch = true
    await world.until('derivation has filled the gap', () => late.status().localSafeL2.number >= 8n)
    expect(late.status().unsafeL2.number).toBeGreaterThanOrEqual(20n)
    await reachesTheTip(late)
    expect(late.metrics.value('engine_resets_total')).toBe(1)
  })
})

/** The state with which the initial EL sync ended. */
async function syncedState(late: WorldNode): Promise<EngineState> {
  const synced: EngineState[] = []
  const unsubscribe = late.node.engine.subscribe((state) => {
    if (state.initialElSync === 'finished') synced.push(state)
  })
  await world.until('it has synced', () => synced.length > 0)
  unsubscribe()
  return synced[0] as EngineState
}

describe('execution-layer sync', () => {
  const channelTimeout = 50n

  it('from genesis: the engine syncs first, derivation repeats a channel timeout of what no record is of, from one before that', async () => {
    await unsafeReached(250n)
    const late = await world.start('late', { sync: { mode: 'execution-layer', offsetElSafeMs: 10_000 } })
    watchSafe(late)
    const origins: L1BlockRef[] = []
    late.node.derivation.onCurrentL1((ref) => origins.push(ref))
    late.el.syncUpdates = 3
    await world.until('it has a target', () => late.node.engine.state.syncTarget !== null)
    expect(late.status().unsafeL2.number).toBe(0n)
    expect(late.node.engine.state.initialElSync).toBe('started')
    expect(late.status()).toMatchObject({ localSafeL2: { number: 0n }, finalizedL2: { number: 0n } })
    expect(origins).toEqual([])

    const { unsafe, localSafe, safe, finalized } = await syncedState(late)
    expect(safe.number).toBe(unsafe.number - 10n)
    expect([localSafe, finalized]).toEqual([safe, safe])
    expect(safe.hash).toBe(sequencer.el.at(safe.number).payload.blockHash)
    await world.until('derivation resumes', () => origins.length > 0)
    expect(origins[0]).toMatchObject({ number: safe.l1Origin.number - 2n * channelTimeout })

    await reachesTheTip(late)
    await world.until('finality goes on by itself', () => late.status().finalizedL2.number > finalized.number)
    expect(late.metrics.value('engine_resets_total')).toBe(1)
  })

  it('an offset longer than the chain leaves safe at genesis: all of it is checked by derivation', async () => {
    await unsafeReached(20n)
    const late = await world.start('late', { sync: { mode: 'execution-layer', offsetElSafeMs: 43_200_000 } })
    watchSafe(late)
    const { unsafe, localSafe, finalized } = await syncedState(late)
    expect([localSafe.number, finalized.number]).toEqual([0n, 0n])
    expect(unsafe.number).toBeGreaterThanOrEqual(20n)
    await reachesTheTip(late)
    expect(late.el.calls.get('getPayload')).toBeUndefined()
  })

  it('does not derive while it waits for a first payload', async () => {
    await unsafeReached(12n)
    world.gossip.isolate('late')
    const late = await world.start('late', { sync: { mode: 'execution-layer' } })
    await world.pass(10)
    expect(late.status()).toMatchObject({ unsafeL2: { number: 0n }, currentL1: { number: 0n } })
    expect(late.el.calls.get('newPayload')).toBeUndefined()
    world.gossip.connect('late')
    await reachesTheTip(late)
  })

  it('a node that stops in the middle begins again; one that had finished derives at once', async () => {
    await unsafeReached(20n)
    const sync = { mode: 'execution-layer', offsetElSafeMs: 4_000 } as const
    let late = await world.start('late', { sync })
    late.el.syncUpdates = Number.POSITIVE_INFINITY
    await world.until('it has a target', () => late.node.engine.state.syncTarget !== null)
    expect(late.status().unsafeL2.number).toBe(0n)
    await late.stop()
    late = await world.start('late', { sync, el: late.el })
    expect(late.node.engine.state.initialElSync).toBe('will-start')
    await reachesTheTip(late)

    await late.stop()
    world.gossip.isolate('late')
    late = await world.start('late', { sync, el: late.el })
    watchSafe(late)
    expect(late.node.engine.state.initialElSync).toBe('finished')
    const { number } = late.status().localSafeL2
    await world.until('safe goes on without gossip', () => late.status().localSafeL2.number > number + 5n)
  })

  it('a sequencer that starts a chain does not wait for others to sync to', async () => {
    const own = await world.start('own', { sync: { mode: 'execution-layer' }, sequencer: {} })
    world.gossip.isolate('own')
    await world.until('it builds', () => own.status().unsafeL2.number >= 3n)
    expect(own.node.engine.state.initialElSync).toBe('finished')
  })
})
