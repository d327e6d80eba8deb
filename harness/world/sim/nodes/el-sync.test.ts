import type { Hash } from 'viem'
import { describe, expect, it } from 'vitest'
import { forksActiveFrom } from '../../../../node/config/forks.ts'
import { zeroHash } from '../../../../node/protocol/refs.ts'
import type { WorldEvent } from '../../../events/event.ts'
import { faults } from '../../../faults/vocabulary.ts'
import { twoVerifiersFollowing } from '../../../topologies.ts'
import { defineTopology, derive } from '../../topology.ts'
import { simulated } from '../testing/simulated.ts'

const channelTimeout = 10
/** From Granite on it is 50 L1 blocks, whatever the chain says. */
const parameters = { channelTimeout, forks: forksActiveFrom('fjord') }

const verifier = { kind: 'lockstep-node', mode: derive } as const

/** A sequencer that derives, and `late`, which begins with a sync of its engine by its peers. */
const joining = (offsetSeconds: number) =>
  defineTopology<'sequencer' | 'late', 'sequencer-el' | 'late-el'>({
    ...{ name: 'joining', parameters: twoVerifiersFollowing.parameters },
    els: {
      'sequencer-el': { kind: 'embedded-el' },
      'late-el': { kind: 'embedded-el', datadir: true },
    },
    cls: {
      sequencer: { ...verifier, el: 'sequencer-el', sequencer: { l1Confirmations: 2 } },
      late: { ...verifier, el: 'late-el', elSync: { offsetSeconds } },
    },
    batcher: { sequencer: 'sequencer' },
    gossip: [['sequencer', 'late']],
    elPeers: [['sequencer-el', 'late-el']],
  })

const stopped = ['late']

type Events = readonly WorldEvent[]
const calls = (events: Events, method: RegExp) =>
  events.filter(
    (event) => event.kind === 'engine' && event.link === 'late→late-el(engine)' && method.test(event.method),
  ) as Extract<WorldEvent, { kind: 'engine' }>[]
const updates = (events: Events) =>
  calls(events, /forkchoiceUpdated/).flatMap(({ t, heads, status }) =>
    heads === undefined ? [] : [{ t, status, ...heads }],
  )
/** The first update that tells what is safe: the state with which the initial sync ended. */
const synced = (events: Events) => updates(events).find(({ safe }) => safe !== zeroHash)

describe('execution-layer sync', () => {
  it('from genesis: the engine syncs first, derivation repeats a channel timeout of what no record is of, from one before that', () =>
    simulated({ topology: joining(10), parameters, stopped }, async (given) => {
      const { sequencer, late, point, world, events } = given
      await sequencer.reached('unsafe', 64)
      let early = 0
      world.cls.get('late')!.status.onObservation(({ status }) => {
        if (synced(events) !== undefined) return
        early++
        for (const level of ['unsafeL2', 'safeL2', 'finalizedL2', 'currentL1'] as const)
          expect(status[level].number).toBe(0n)
      })
      const read: number[] = []
      const reading = faults.replaceResult((block, { params: [, whole] }) => {
        if (whole === true) read.push(Number((block as { readonly number: string }).number))
        return block
      })
      const l1Blocks = reading.to('eth_getBlockByNumber', 'eth_getBlockByHash')
      await point('late→l1').install(l1Blocks, { optional: true })
      await late.el.start()
      await late.start()
      await late.reached('unsafe', 1)
      const { unsafe, safe, finalized } = synced(events)!
      expect(early).toBeGreaterThan(0)
      const [first, head] = [await late.el.block(safe as Hash), await late.el.block(unsafe as Hash)]
      expect(first?.number).toBe(head!.number - 10n)
      expect(finalized).toBe(safe)
      expect((await sequencer.el.block(first!.number))?.hash).toBe(safe)

      const told = events.find((event) => event.kind === 'head' && event.block.hash === safe)
      const { origin } = told as Extract<WorldEvent, { kind: 'head' }>
      expect(Math.min(...read)).toBe(origin!.number - 2 * channelTimeout)

      await late.inSync(sequencer, 'localSafe')
      await late.inSync(sequencer, 'unsafe')
      await late.reached('finalized', first!.number + 1n)
      expect(
        events.filter(
          (event) => event.kind === 'reach' && event.node === 'late' && /^reset/.test(event.mark),
        ),
      ).toHaveLength(1)
    }))

  it('an offset longer than the chain leaves safe at genesis: all of it is checked by derivation', () =>
    simulated({ topology: joining(43_200), stopped }, async ({ sequencer, late, rollup, events }) => {
      await sequencer.reached('unsafe', 20)
      await late.el.start()
      await late.start()
      await late.reached('unsafe', 20)
      const { hash } = rollup.genesis.l2
      expect(synced(events)).toMatchObject({ safe: hash, finalized: hash })
      await late.inSync(sequencer, 'localSafe')
      await late.inSync(sequencer, 'unsafe')
      expect(calls(events, /getPayload/)).toEqual([])
    }))

  it('does not derive while it waits for a first payload', () =>
    simulated({ topology: joining(0), stopped }, async ({ sequencer, late, world, events }) => {
      await sequencer.reached('unsafe', 12)
      const { gossip } = world.cls.get('sequencer')!
      await gossip.block('late')
      await late.el.start()
      await late.start()
      await world.clock.sleep(10_000, world.failed)
      expect(await late.status()).toMatchObject({ unsafeL2: { number: 0n }, currentL1: { number: 0n } })
      expect(calls(events, /newPayload/)).toEqual([])
      await gossip.unblock('late')
      await gossip.connect('late')
      await late.inSync(sequencer, 'localSafe')
      await late.inSync(sequencer, 'unsafe')
    }))

  it('a node that stops in the middle begins again; one that had finished derives at once', () =>
    simulated({ topology: joining(4), stopped }, async ({ sequencer, late, point, world, events }) => {
      await sequencer.reached('unsafe', 20)
      await late.el.start()
      const syncing = await point('late→late-el(engine)').install(faults.answers('SYNCING'))
      await late.start()
      const stuck = async () => {
        await world.clock.sleep(4_000, world.failed)
        expect(await late.status()).toMatchObject({ unsafeL2: { number: 0n }, currentL1: { number: 0n } })
        expect(updates(events).map(({ status, safe }) => [status, safe])).toContainEqual([
          'SYNCING',
          zeroHash,
        ])
      }
      await syncing.hit()
      await stuck()
      await late.restart()
      await syncing.hit(updates(events).length + 1)
      await stuck()
      expect(synced(events)).toBeUndefined()
      await syncing.remove()
      await late.inSync(sequencer, 'localSafe')
      await late.inSync(sequencer, 'unsafe')

      await late.stop()
      await world.cls.get('sequencer')!.gossip.block('late')
      await late.start()
      await late.advanced('localSafe', 6)
    }))

  it('a sequencer that starts a chain does not wait for others to sync to, and derives it', () => {
    const own = { ...verifier, el: 'own-el', sequencer: { l1Confirmations: 0 }, elSync: { offsetSeconds: 0 } }
    const topology = defineTopology<'own', 'own-el'>({
      ...{ name: 'own', parameters: twoVerifiersFollowing.parameters, gossip: [], elPeers: [] },
      els: { 'own-el': { kind: 'embedded-el' } },
      cls: { own },
      batcher: { sequencer: 'own' },
    })
    return simulated({ topology }, async ({ own }) => void (await own.reached('localSafe', 3)))
  })
})
