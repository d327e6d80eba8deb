import { afterEach, describe, expect, it } from 'vitest'
import { createTwoForksL1 } from './ports/testing/two-forks-l1.ts'
import {
  createNodeWorld,
  type NodeWorld,
  onOneChain,
  originsAreCanonical,
  worldL1Options,
} from './testing/node-world.ts'

let world: NodeWorld
afterEach(() => world.stop())

/** A sequencer, and a verifier whose own L1 goes to another fork when it is told to. */
async function atWork() {
  const forks = createTwoForksL1(worldL1Options)
  let route: 'first' | 'second' = 'first'
  forks.route = () => route
  world = createNodeWorld({ l1: forks.first })
  const sequencer = await world.start('sequencer', { sequencer: {} })
  const verifier = await world.start('verifier', { l1: forks.source })
  await world.until('local-safe 8', () => verifier.status().localSafeL2.number >= 8n)
  const count = (name: string, labels?: Record<string, string>) => verifier.metrics.value(name, labels)
  const go = (to: typeof route) => {
    route = to
  }
  return { forks, sequencer, verifier, count, go }
}

describe('a verifier whose L1 took another fork than that of the sequencer', () => {
  it('leaves the orphaned chain once, is not brought back to it by gossip, and derives its own', async () => {
    const { forks, sequencer, verifier, count, go } = await atWork()
    const before = count('engine_resets_total')
    forks.split(forks.first.head.number - 1n)
    go('second')
    await world.until('it leaves the orphans', () => originsAreCanonical(forks.second, verifier))
    const left = sequencer.status().unsafeL2.number
    for (let tick = 0; tick < 300; tick++) {
      await world.pass(0.1)
      expect(originsAreCanonical(forks.second, verifier)).toBe(true)
    }
    expect(sequencer.status().unsafeL2.number).toBeGreaterThan(left + 25n)
    expect(count('engine_resets_total') - before).toBe(1)
    expect(count('unsafe_payloads_dropped_total', { reason: 'orphaned_origin' })).toBeGreaterThan(0)
    // The window of what was never batched on this fork ends: the blocks that everybody can make are derived.
    await world.until('it derives its own chain', () => verifier.status().localSafeL2.number > left, 120)
    expect(count('engine_resets_total') - before).toBe(1)
    expect([sequencer.failure, verifier.failure]).toEqual([null, null])
  })

  it('takes what it did not drop when its L1 comes back', async () => {
    const { forks, sequencer, verifier, go } = await atWork()
    forks.split(forks.first.head.number - 1n)
    go('second')
    await world.until('it leaves the orphans', () => originsAreCanonical(forks.second, verifier))
    go('first')
    const { number } = sequencer.status().unsafeL2
    await world.until('it is with the sequencer again', () => verifier.status().unsafeL2.number > number + 4n)
    expect(onOneChain(sequencer, verifier, 'unsafeL2')).toBe(true)
    expect(verifier.failure).toBeNull()
  })
})
