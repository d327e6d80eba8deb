import { expect, it } from 'vitest'
import { safeHeadAtL1 } from '../../../dsl/safe-head-at-l1.ts'
import { faults } from '../../../faults/vocabulary.ts'
import { defineTopology } from '../../topology.ts'
import { simulated } from '../testing/simulated.ts'
import { withFresh } from '../testing/small-topologies.ts'

/** `reference` is who remembers, also when its engine comes back empty, and `fresh` begins when all is over. */
const topology = defineTopology<
  'sequencer' | 'reference' | 'fresh',
  'sequencer-el' | 'reference-el' | 'fresh-el'
>({
  ...withFresh,
  name: 'remembering',
  els: { ...withFresh.els, 'reference-el': withFresh.els['fresh-el'] },
  cls: {
    ...withFresh.cls,
    reference: { ...withFresh.cls.fresh, el: 'reference-el', safeDb: true },
    fresh: { ...withFresh.cls.fresh, safeDb: true },
  },
  gossip: [['sequencer', 'reference']],
  elPeers: [['sequencer-el', 'reference-el']],
})

it('a node remembers of each L1 block what one that begins now derives of it, whatever happened', () =>
  simulated({ topology, stopped: ['fresh'] }, async (given) => {
    const { reference, fresh, nodes, l1, batcher, point, world, step } = given
    const running = nodes.filter(({ name }) => name !== 'fresh')
    const goOn = () => Promise.all(running.map((node) => node.advanced('localSafe', 2)))
    const reorg = async (
      depth: bigint,
      to: 'longer' | 'equal' | 'shorter',
      transactions: 'return' | 'keep' | 'drop',
    ) => {
      const { number } = await l1.head()
      const final = l1.block('finalized').then((block) => block.number + 1n)
      const at = number - depth + 1n
      await l1.reorg(at > (await final) ? at : await final, { to, transactions })
    }
    await Promise.all(running.map((node) => node.reached('localSafe', 6)))

    await step('its engine comes back empty while L1 reorgs', async () => {
      await Promise.all([reference.el.restart(), reorg(3n, 'shorter', 'return')])
      await goOn()
    })
    await step('L1 is away, and batches are lost', async () => {
      const away = await point('reference→l1').install(faults.refuse())
      await world.clock.sleep(4_000, world.failed)
      await reorg(2n, 'longer', 'drop')
      await away.remove()
      await batcher.stop()
      await batcher.start()
      await goOn()
    })
    await step('it is restarted over a reorg', async () => {
      await reference.stop()
      await reorg(4n, 'equal', 'keep')
      await reference.start()
      await goOn()
    })
    await step('its engine is away, and it is restarted at once after a reorg', async () => {
      await reference.el.stop()
      await world.clock.sleep(3_000, world.failed)
      await reference.el.start()
      await reorg(1n, 'longer', 'return')
      await reference.restart()
      await goOn()
    })

    const { number } = await l1.head()
    await fresh.el.start()
    await fresh.start()
    await l1.advanced(1)
    const last = await l1.block(number)
    await Promise.all([reference, fresh].map((node) => node.derivedFrom(last)))
    const [one, other] = [world.cls.get('reference')!.rpc, world.cls.get('fresh')!.rpc]
    for (let at = 0n; at <= number; at++)
      expect(await safeHeadAtL1(one, at), `L1 block ${at}`).toEqual(await safeHeadAtL1(other, at))
    expect(number).toBeGreaterThan(12n)
  }))
