import { describe, expect, it } from 'vitest'
import type { WorldEvent } from '../events/event.ts'
import { faults } from '../faults/vocabulary.ts'
import { explainEvents } from './explain/explain.ts'
import { explanationText } from './explain/explanation-text.ts'
import { keepRecording } from './testing/kept-recordings.ts'
import { recordSimulated, type SimulatedIncident } from './testing/record-simulated.ts'

/** What went wrong, by its class; the first event is of that node. */
const incidents: Readonly<
  Record<string, Omit<SimulatedIncident, 'seed'> & { readonly class: string; readonly node: string }>
> = {
  'a follower that is stuck after an L1 reorg': {
    ...{ class: 'l1-reorg-missed', node: 'follower', bug: 'misses-l1-reorgs' },
    async happens(world, seconds) {
      const safe = await world.l1.controller.head()
      await world.l1.controller.reorg(safe.number - 8n)
      await seconds(80)
    },
  },
  'a source that replays after a restart': {
    ...{ class: 'source-replays', node: 'reference', bug: 'believes-everything' },
    async happens(world, seconds) {
      const reference = world.cls.get('reference')!
      await reference.lifecycle.stop()
      await reference.el.lifecycle.stop()
      await reference.el.lifecycle.wipe()
      await reference.el.lifecycle.start()
      await reference.lifecycle.start()
      await seconds(60)
    },
  },
  'a sequencer that oscillates': {
    ...{ class: 'sequencer-oscillates', node: 'follower', bug: 'oscillates' },
    happens: (_world, seconds) => seconds(40),
  },
  'an engine that lost its blocks': {
    ...{ class: 'el-lost-blocks', node: 'follower-el' },
    async happens(world, seconds) {
      const follower = world.cls.get('follower')!
      await follower.lifecycle.stop()
      await follower.el.lifecycle.kill()
      await follower.el.lifecycle.start()
      // Its node comes later: until then nothing tells it where to sync to.
      await seconds(5)
      await follower.lifecycle.start()
      await seconds(20)
    },
  },
  'an L1 provider that is behind': {
    ...{ class: 'own-l1-lagging', node: 'follower' },
    async happens(world, seconds) {
      await world.points.get('follower→l1').install(faults.lag(8))
      await seconds(60)
    },
  },
  'a finality stall': {
    ...{ class: 'finality-stall', node: 'every node' },
    async happens(world, seconds) {
      await world.points.get('*→l1').install(faults.finalityStall())
      await seconds(90)
    },
  },
  'a node with another gas limit': {
    ...{ class: 'gas-limit-or-fork-differs', node: 'follower', bug: 'other-blocks' },
    happens: (_world, seconds) => seconds(80),
  },
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

/** `LOCKSTEP_INCIDENT_SEEDS=1,2,3`: all incidents, under these seeds. Each takes some ten seconds of a processor. */
const wantedSeeds = process.env['LOCKSTEP_INCIDENT_SEEDS']
const seeds = (wantedSeeds ?? '1').split(',')
/** Without that, one of each kind of cause: the follower, the sequencer, the engine, L1. */
const always = [
  'a follower that is stuck after an L1 reorg',
  'a sequencer that oscillates',
  'an engine that lost its blocks',
  'a source on another L1 fork',
]

describe('explain, of recordings by public endpoints alone', () => {
  for (const [name, { class: wanted, node, ...incident }] of Object.entries(incidents))
    it.skipIf(wantedSeeds === undefined && !always.includes(name)).each(seeds)(
      `${name}, seed %s`,
      { timeout: 120_000 },
      async (seed) => {
        const logs: Extract<WorldEvent, { kind: 'log' }>[] = []
        const events = await recordSimulated({ ...incident, seed, onLog: (line) => logs.push(line) })
        if (seed === '1') keepRecording(wanted, { events, logs })
        const explanation = explainEvents(events)
        expect(explanation.class?.name, explanationText(explanation)).toBe(wanted)
        expect(explanation.first?.node, explanationText(explanation)).toBe(node)
        // Everybody had followed for forty seconds.
        expect(explanation.first!.t - explanation.from, explanationText(explanation)).toBeGreaterThan(25_000)
      },
    )

  it('says that nothing was wrong where nothing was', { timeout: 120_000 }, async () => {
    const events = await recordSimulated({ seed: '1', happens: (_world, seconds) => seconds(60) })
    const explanation = explainEvents(events)
    expect(explanation.class, explanationText(explanation)).toBeNull()
    expect(explanation.findings).toEqual([])
  })
})
