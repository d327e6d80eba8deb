import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compressChannelSync } from '../../node/adapters/zlib/compress-channel.ts'
import { createVerifier } from '../../node/derivation/pipeline/testing/derive.ts'
import { createFakeBeacon } from '../../node/ports/testing/fake-beacon.ts'
import { createBatcherWork } from './batcher-work.ts'
import type { DataAvailability } from './data-availability.ts'
import { createFakeSubmitter } from './testing/fake-submitter.ts'
import { chainHashes, createInboxWorld } from './testing/inbox-world.ts'
import { syncStatusOf } from './testing/sync-status.ts'

/** What happens to a system that is sequencing, batching and deriving. */
type Event =
  | { readonly kind: 'build'; readonly blocks: number }
  | { readonly kind: 'batch' }
  | { readonly kind: 'mine'; readonly empty: number }
  | { readonly kind: 'derive'; readonly steps: number }
  | { readonly kind: 'reorg'; readonly depth: number; readonly length: number }
  | { readonly kind: 'drop-pool' }
  | { readonly kind: 'availability'; readonly as: DataAvailability }

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('build'), blocks: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('batch') }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('mine'), empty: fc.integer({ min: 0, max: 2 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('derive'), steps: fc.integer({ min: 1, max: 60 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('reorg'),
      depth: fc.integer({ min: 1, max: 5 }),
      length: fc.integer({ min: 0, max: 7 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop-pool') }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('availability'), as: fc.constantFrom('calldata', 'blobs') }),
  },
) as fc.Arbitrary<Event>

/** A window that runs out makes empty blocks instead of the sequencer's; one that does not leaves all of its blocks. */
const windows = { short: 12n, long: 500n }

async function run(
  fork: 'granite' | 'jovian',
  window: keyof typeof windows,
  events: readonly Event[],
): Promise<void> {
  const world = createInboxWorld(fork, { seqWindowSize: windows[window] })
  const { config, l1, sequencer } = world
  const { signal } = new AbortController()
  const beacon = createFakeBeacon()
  const verifier = createVerifier(config, l1, beacon)
  const submitter = createFakeSubmitter(l1, beacon)
  let availability: DataAvailability = 'calldata'
  const work = createBatcherWork({
    config,
    node: { syncStatus: async () => syncStatusOf(verifier, sequencer, l1) },
    l2: sequencer,
    submitter,
    batchType: fork === 'granite' ? 'singular' : 'span',
    compression: 'zlib',
    compress: compressChannelSync,
    dataAvailability: () => availability,
    maxFrameBytes: 100,
    maxChannelDurationL1Blocks: 1,
    maxPendingTransactions: 5,
    onEvent: () => {},
  })

  /** The sequencer leaves blocks that left L1's chain, or that the verifier derived otherwise. */
  async function repairSequencer(): Promise<void> {
    let number = sequencer.head.number
    const { chain } = verifier.l2
    const fits = (block: bigint) => {
      const ref = sequencer.ref(block)
      const safe = chain[Number(block)]
      const origin = ref.l1Origin.number <= l1.head.number ? l1.at(ref.l1Origin.number).hash : undefined
      return origin === ref.l1Origin.hash && (safe === undefined || safe.payload.blockHash === ref.hash)
    }
    while (!fits(number)) number -= 1n
    sequencer.rewind(number)
    for (const block of chain.slice(Number(number) + 1)) sequencer.append(block)
  }

  async function apply(next: Event): Promise<void> {
    switch (next.kind) {
      case 'build':
        await repairSequencer()
        return world.build(sequencer.head.number + BigInt(next.blocks))
      case 'batch':
        return work.tick(signal)
      case 'mine':
        submitter.mine()
        l1.mine(next.empty)
        return
      case 'derive':
        for (let steps = 0; steps < next.steps; steps++) if ((await verifier.step()).kind === 'idle') return
        return
      case 'reorg':
        if (l1.head.number > BigInt(next.depth)) l1.reorg(l1.head.number - BigInt(next.depth), next.length)
        return
      case 'drop-pool':
        submitter.dropPool()
        return
      case 'availability':
        availability = next.as
    }
  }

  l1.mine(2)
  for (const next of events) await apply(next)

  // Longer than anything before, so that the last fork is the canonical one for everybody.
  l1.mine(8)
  await verifier.deriveAll()
  const fresh = createVerifier(config, l1, beacon)
  await fresh.deriveAll()
  expect(chainHashes(verifier.l2)).toEqual(chainHashes(fresh.l2))

  if (window === 'short') return
  await repairSequencer()
  await world.build(sequencer.head.number + 3n)
  const target = sequencer.head
  for (let rounds = 0; rounds < 6; rounds++) {
    await work.tick(signal)
    submitter.mine()
    l1.mine(1)
    await verifier.deriveAll()
  }
  expect(verifier.l2.ref(target.number).hash).toBe(target.hash)
}

describe('under random L1 reorgs, lost transactions and partial progress', () => {
  it.each([
    ['granite', 'short'],
    ['granite', 'long'],
    ['jovian', 'short'],
    ['jovian', 'long'],
  ] as const)(
    'a verifier derives what a fresh one does, and the batcher makes all blocks safe: %s, %s window',
    async (fork, window) => {
      await fc.assert(
        fc.asyncProperty(fc.array(event, { maxLength: 40 }), (events) => run(fork, window, events)),
        { numRuns: 20 },
      )
    },
  )
})
