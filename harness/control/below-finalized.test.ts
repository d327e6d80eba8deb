import { afterEach, beforeEach, expect, it } from 'vitest'
import { twoVerifiersFollowing } from '../topologies.ts'
import { startSimWorld } from '../world/sim/sim-world.ts'
import type { World } from '../world/world.ts'
import { l1Methods } from './l1-methods.ts'

// Nodes would end of it, as they must.
let world: World
beforeEach(async () => {
  const stopped = ['l1', 'batcher', 'sequencer', 'reference', 'follower']
  world = await startSimWorld({ name: 'BelowFinalized', topology: twoVerifiersFollowing, stopped })
})
afterEach(() => world.stop())

it('a reorg below what L1 has finalized is made only when it is asked for', async () => {
  const { controller } = world.l1
  const { control_reorg: reorg, control_switchFork: switchFork } = l1Methods
  await controller.mine({ blocks: 12, everySlot: true })
  const { finalized } = controller.labels()
  expect(finalized).toBeGreaterThan(0n)
  const head = await controller.head()
  const depth = Number(head.number - finalized) + 1

  const refused = reorg.run({ world }, { depth })
  await expect(refused).rejects.toThrow(
    `cannot replace L1 blocks from ${finalized} on: block ${finalized} is finalized, and nodes that`,
  )
  await expect(refused).rejects.toThrow('"belowFinalized": true does it all the same')
  expect(await controller.head()).toEqual(head)

  // Just above it nothing is asked.
  expect((await reorg.run({ world }, { depth: depth - 1 })).orphaned).toHaveLength(depth - 1)
  const deep = Number((await controller.head()).number - finalized) + 1
  expect((await reorg.run({ world }, { depth: deep, belowFinalized: true })).orphaned).toHaveLength(deep)
  await expect(switchFork.run({ world }, { fork: 'main' })).rejects.toThrow('is finalized')
  await switchFork.run({ world }, { fork: 'main', belowFinalized: true })
  expect((await controller.head()).hash).toBe(head.hash)
})
