import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createNodeWorld, onOneChain, originsAreCanonical, type WorldNode } from './testing/node-world.ts'

/** Something that happens to a running system, after some seconds without incident. */
type Incident =
  /** `depth` L1 blocks are replaced by `longer` more or fewer; never below L1's finalized block. */
  | { readonly kind: 'l1-reorg'; readonly depth: number; readonly longer: number }
  | { readonly kind: 'batcher'; readonly on: boolean }
  | { readonly kind: 'gossip'; readonly on: boolean }
  | { readonly kind: 'restart-sequencer'; readonly downSeconds: number }

const incident: fc.Arbitrary<{ readonly quietSeconds: number; readonly what: Incident }> = fc.record({
  quietSeconds: fc.integer({ min: 1, max: 12 }),
  what: fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('l1-reorg' as const),
        depth: fc.integer({ min: 1, max: 4 }),
        longer: fc.integer({ min: -1, max: 2 }),
      }),
    },
    fc.record({ kind: fc.constant('batcher' as const), on: fc.boolean() }),
    fc.record({ kind: fc.constant('gossip' as const), on: fc.boolean() }),
    fc.record({
      kind: fc.constant('restart-sequencer' as const),
      downSeconds: fc.integer({ min: 0, max: 4 }),
    }),
  ),
})

describe('whatever happens to L1, gossip, batcher and sequencer', () => {
  it('three nodes converge on one chain with canonical origins, and none stops', {
    timeout: 30_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(incident, { minLength: 1, maxLength: 6 }), async (incidents) => {
        const world = createNodeWorld()
        const reference = await world.start('reference')
        let sequencer = await world.start('sequencer', { follows: reference, sequencer: {} })
        const follower = await world.start('follower', { follows: reference })

        for (const { quietSeconds, what } of incidents) {
          await world.pass(quietSeconds)
          if (what.kind === 'batcher') world.auto.batch = what.on
          if (what.kind === 'gossip') world.gossip[what.on ? 'connect' : 'isolate']('follower')
          if (what.kind === 'restart-sequencer') {
            await sequencer.stop()
            await world.pass(what.downSeconds)
            const el = sequencer.el
            sequencer = await world.start('sequencer', { follows: reference, sequencer: {}, el })
          }
          if (what.kind === 'l1-reorg') {
            const from = world.l1.head.number - BigInt(what.depth) + 1n
            const { number: finalized } = reference.status().finalizedL1
            if (from > finalized) world.l1.reorg(from, Math.max(0, what.depth + what.longer))
          }
        }

        world.auto.batch = true
        world.gossip.connect('follower')
        const nodes: readonly WorldNode[] = [reference, sequencer, follower]
        const target = sequencer.status().unsafeL2.number + 10n
        await world.until(
          'converged',
          () =>
            nodes.every(
              (node) =>
                node.status().localSafeL2.number >= target &&
                originsAreCanonical(world.l1, node) &&
                onOneChain(reference, node, 'unsafeL2') &&
                onOneChain(reference, node, 'localSafeL2'),
            ),
          120,
        )
        expect(nodes.map((node) => node.failure)).toEqual([null, null, null])
        await world.stop()
      }),
      { numRuns: 12 },
    )
  })
})
