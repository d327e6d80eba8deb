import { rotateSigner } from '../../cases/rotate-signer.ts'
import type { HeadLevel } from '../../events/event.ts'
import { faults } from '../../faults/vocabulary.ts'
import type { World } from '../../world/world.ts'
import type { Bug } from '../bugs/bugs.ts'
import type { SimulatedIncident } from './record-simulated.ts'

export interface KnownIncident extends Omit<SimulatedIncident, 'seed'> {
  /** What went wrong, as `explain` must say it. */
  readonly class: string
  /** What went on at the same time, as it must say too. */
  readonly also?: readonly string[]
  /** Whose the first event is. */
  readonly node: string
  /** What begins not when it happens but when the source has come so far. */
  readonly begins?: { readonly level: HeadLevel; readonly number: number }
  /** How long before that the first event may be, in L1 blocks. Default 2. */
  readonly blocksBefore?: number
}

/** The incidents that everybody knows; each with a follower that does not cope. */
export const knownIncidents: Readonly<Record<string, KnownIncident & { readonly bug: Bug }>> = {
  'a follower that is stuck after an L1 reorg': {
    ...{ class: 'l1-reorg-missed', node: 'follower', bug: 'misses-l1-reorgs' },
    async happens({ world, seconds, draw }) {
      await reorg(world, draw.int(5, 8))
      await seconds(80)
    },
  },
  'a source that replays after a restart': {
    ...{ class: 'source-replays', node: 'reference', bug: 'believes-everything' },
    async happens({ world, seconds, draw }) {
      await startSourceEmpty(world, () => seconds(draw.int(0, 6)))
      await seconds(60)
    },
  },
  'a sequencer that oscillates': {
    ...{ class: 'sequencer-oscillates', node: 'follower', bug: 'oscillates' },
    begins: { level: 'localSafe', number: 30 },
    happens: ({ seconds }) => seconds(40),
  },
  'an engine that lost its blocks': {
    ...{ class: 'el-lost-blocks', node: 'follower-el', bug: 'gives-up-on-lost-blocks' },
    async happens({ world, seconds, draw }) {
      await loseBlocks(world, () => seconds(draw.int(3, 8)))
      await seconds(30)
    },
  },
  'an L1 provider that is behind a load balancer': {
    ...{ class: 'own-l1-lagging', node: 'follower', bug: 'takes-lag-for-a-reorg' },
    async happens({ world, seconds, draw }) {
      const times = draw.int(2, 4)
      for (let time = 0; time < times; time++) {
        const lag = await world.points.get('follower→l1').install(faults.lag(draw.int(6, 10)))
        await seconds(draw.int(10, 15))
        await lag.remove()
        await seconds(draw.int(10, 15))
      }
    },
  },
  'a finality stall': {
    ...{ class: 'finality-stall', node: 'every node', bug: 'finality-stuck', blocksBefore: 5 },
    async happens({ world, seconds, draw }) {
      const stall = await world.points.get('*→l1').install(faults.finalityStall())
      await seconds(draw.int(50, 70))
      await stall.remove()
      await seconds(40)
    },
  },
  'a signer that was rotated': {
    ...{ class: 'signer-rotated', node: 'follower', bug: 'keeps-the-old-signer' },
    async happens({ world, seconds, draw }) {
      await rotateSigner(world)
      await seconds(draw.int(50, 70))
    },
  },
  'upgrade gas that sticks': {
    ...{ class: 'gas-limit-or-fork-differs', node: 'follower', bug: 'other-blocks' },
    begins: { level: 'unsafe', number: 60 },
    happens: ({ seconds, draw }) => seconds(draw.int(70, 90)),
  },
  // Two that overlap.
  'an L1 reorg while the source restarts': {
    ...{ class: 'l1-reorg-missed', also: ['source-restarted'], node: 'follower', bug: 'misses-l1-reorgs' },
    async happens({ world, seconds, draw }) {
      const { lifecycle } = world.cls.get('reference')!
      const [depth, before, after] = [draw.int(6, 8), draw.int(0, 4), draw.int(3, 6)]
      await lifecycle.stop()
      await seconds(before)
      await reorg(world, depth)
      await seconds(after)
      await lifecycle.start()
      await seconds(90)
    },
  },
  'a source that replays while L1 has a reorg': {
    ...{ class: 'source-replays', also: ['l1-reorg'], node: 'reference', bug: 'believes-everything' },
    async happens({ world, seconds, draw }) {
      await startSourceEmpty(world, async () => {})
      await seconds(draw.int(2, 8))
      await reorg(world, draw.int(1, 2))
      await seconds(60)
    },
  },
}

/** What goes wrong around nodes that have no bug. */
export const environments: Readonly<Record<string, KnownIncident>> = {
  'a batcher that stopped': {
    ...{ class: 'batcher-stopped', node: 'batcher', blocksBefore: 3 },
    async happens({ world, seconds }) {
      await world.batcher!.stop()
      await seconds(90)
    },
  },
  'a source on another L1 fork': {
    ...{ class: 'source-on-another-l1-fork', node: 'reference' },
    async happens({ world, seconds, draw }) {
      const head = await world.l1.controller.head()
      const { orphaned } = await world.l1.controller.reorg(head.number - BigInt(draw.int(2, 5)))
      await world.points.get('reference→l1').install(faults.shows(orphaned.at(-1)!.hash))
      await seconds(80)
    },
  },
}

async function reorg({ l1 }: World, depth: number): Promise<void> {
  const { number } = await l1.controller.head()
  await l1.controller.reorg(number - BigInt(depth))
}

async function startSourceEmpty(world: World, away: () => Promise<void>): Promise<void> {
  const reference = world.cls.get('reference')!
  await reference.lifecycle.stop()
  await reference.el.lifecycle.stop()
  await reference.el.lifecycle.wipe()
  await away()
  await reference.el.lifecycle.start()
  await reference.lifecycle.start()
}

/** Its node comes later: until then nothing tells the engine where to sync to. */
async function loseBlocks(world: World, later: () => Promise<void>): Promise<void> {
  const { lifecycle, el } = world.cls.get('follower')!
  await lifecycle.stop()
  await el.lifecycle.kill()
  await el.lifecycle.start()
  await later()
  await lifecycle.start()
}
