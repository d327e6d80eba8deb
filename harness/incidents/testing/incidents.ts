import { rotateSigner } from '../../cases/rotate-signer.ts'
import { faults } from '../../faults/vocabulary.ts'
import type { World } from '../../world/world.ts'
import type { SimulatedIncident } from './record-simulated.ts'

export interface KnownIncident extends Omit<SimulatedIncident, 'seed'> {
  /** What went wrong, as `explain` must say it. */
  readonly class: string
  /** Whose the first event is. */
  readonly node: string
}

/** The incidents that everybody knows; each with a follower that does not cope. */
export const knownIncidents: Readonly<Record<string, KnownIncident>> = {
  'a follower that is stuck after an L1 reorg': {
    ...{ class: 'l1-reorg-missed', node: 'follower', bug: 'misses-l1-reorgs' },
    async happens(world, seconds) {
      await reorg(world, 8n)
      await seconds(80)
    },
  },
  'a source that replays after a restart': {
    ...{ class: 'source-replays', node: 'reference', bug: 'believes-everything' },
    async happens(world, seconds) {
      await startSourceEmpty(world)
      await seconds(60)
    },
  },
  'a sequencer that oscillates': {
    ...{ class: 'sequencer-oscillates', node: 'follower', bug: 'oscillates' },
    happens: (_world, seconds) => seconds(40),
  },
  'an engine that lost its blocks': {
    ...{ class: 'el-lost-blocks', node: 'follower-el', bug: 'gives-up-on-lost-blocks' },
    async happens(world, seconds) {
      await loseBlocks(world, seconds)
      await seconds(30)
    },
  },
  'an L1 provider that is behind a load balancer': {
    ...{ class: 'own-l1-lagging', node: 'follower', bug: 'takes-lag-for-a-reorg' },
    async happens(world, seconds) {
      for (let time = 0; time < 3; time++) {
        const lag = await world.points.get('follower→l1').install(faults.lag(8))
        await seconds(12)
        await lag.remove()
        await seconds(12)
      }
    },
  },
  'a finality stall': {
    ...{ class: 'finality-stall', node: 'every node', bug: 'finality-stuck' },
    async happens(world, seconds) {
      const stall = await world.points.get('*→l1').install(faults.finalityStall())
      await seconds(60)
      await stall.remove()
      await seconds(40)
    },
  },
  'a signer that was rotated': {
    ...{ class: 'signer-rotated', node: 'follower', bug: 'keeps-the-old-signer' },
    async happens(world, seconds) {
      await rotateSigner(world)
      await seconds(60)
    },
  },
  'upgrade gas that sticks': {
    ...{ class: 'gas-limit-or-fork-differs', node: 'follower', bug: 'other-blocks' },
    happens: (_world, seconds) => seconds(80),
  },
  // Two that overlap.
  'an L1 reorg while the source restarts': {
    ...{ class: 'l1-reorg-missed', node: 'follower', bug: 'misses-l1-reorgs' },
    async happens(world, seconds) {
      const { lifecycle } = world.cls.get('reference')!
      await lifecycle.stop()
      await seconds(2)
      await reorg(world, 8n)
      await seconds(3)
      await lifecycle.start()
      await seconds(90)
    },
  },
  'a source that replays while L1 has a reorg': {
    ...{ class: 'source-replays', node: 'reference', bug: 'believes-everything' },
    async happens(world, seconds) {
      await startSourceEmpty(world)
      await seconds(4)
      await reorg(world, 1n)
      await seconds(60)
    },
  },
}

/** What goes wrong around nodes that have no bug. */
export const environments: Readonly<Record<string, KnownIncident>> = {
  'a batcher that stopped': {
    ...{ class: 'batcher-stopped', node: 'batcher' },
    async happens(world, seconds) {
      await world.batcher!.stop()
      await seconds(90)
    },
  },
  'a source on another L1 fork': {
    ...{ class: 'source-on-another-l1-fork', node: 'reference' },
    async happens(world, seconds) {
      const head = await world.l1.controller.head()
      const { orphaned } = await world.l1.controller.reorg(head.number - 3n)
      await world.points.get('reference→l1').install(faults.shows(orphaned.at(-1)!.hash))
      await seconds(80)
    },
  },
}

async function reorg({ l1 }: World, depth: bigint): Promise<void> {
  const { number } = await l1.controller.head()
  await l1.controller.reorg(number - depth)
}

async function startSourceEmpty(world: World): Promise<void> {
  const reference = world.cls.get('reference')!
  await reference.lifecycle.stop()
  await reference.el.lifecycle.stop()
  await reference.el.lifecycle.wipe()
  await reference.el.lifecycle.start()
  await reference.lifecycle.start()
}

/** Its node comes later: until then nothing tells the engine where to sync to. */
async function loseBlocks(world: World, seconds: (count: number) => Promise<void>): Promise<void> {
  const { lifecycle, el } = world.cls.get('follower')!
  await lifecycle.stop()
  await el.lifecycle.kill()
  await el.lifecycle.start()
  await seconds(5)
  await lifecycle.start()
}
