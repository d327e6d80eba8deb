import type { Hash } from 'viem'
import { z } from 'zod'
import type { ForkName } from './effects.ts'
import { blockCountSchema, defineFault, defineSimple, type FaultEntry } from './fault-entry.ts'

const hashSchema = z.templateLiteral(['0x', z.string().regex(/^[0-9a-f]{64}$/)])
/** A fork of L1: the number of reorgs before it (0 is the first chain), or the hash of its head. */
const forkSchema = z.union([z.int().nonnegative(), hashSchema, z.literal('canonical')])

const lag = defineFault({
  fault: 'lag',
  signature: 'lag(blocks)',
  says: 'L1 as it is without its newest blocks, labels included: an L1 node that is behind.',
  parameters: z.strictObject({ blocks: blockCountSchema.positive() }),
  shown: ({ blocks }) => `${blocks} blocks`,
  effects: ({ blocks }) => ({ l1: { about: 'head', kind: 'lag', blocks } }),
})
const shows = defineFault({
  fault: 'shows',
  signature: 'shows(fork)',
  says: 'An L1 node that has only that fork: its head, blocks, receipts and logs.',
  parameters: z.strictObject({ fork: forkSchema }),
  shown: ({ fork }) => `fork ${fork}`,
  effects: ({ fork }) => ({ l1: { about: 'head', kind: 'shows', forks: [fork] } }),
})
const alternates = defineFault({
  fault: 'alternates',
  signature: 'alternates(forkA, forkB)',
  says: 'Two L1 nodes behind one address: each request is answered by the other one. A batch is one request.',
  parameters: z.strictObject({ forkA: forkSchema, forkB: forkSchema }),
  shown: ({ forkA, forkB }) => `forks ${forkA} and ${forkB}`,
  effects: ({ forkA, forkB }) => ({ l1: { about: 'head', kind: 'shows', forks: [forkA, forkB] } }),
})
const forgetsOrphans = defineSimple(
  'forgetsOrphans',
  'Blocks that were replaced are not there, not even by hash.',
  {
    l1: { about: 'orphans', kind: 'forgetsOrphans' },
  },
)
const emptyReceipts = defineSimple(
  'emptyReceipts',
  'Every block has no receipts and no logs; its header has.',
  {
    l1: { about: 'receipts', kind: 'emptyReceipts' },
  },
)
const refusesLabels = defineSimple(
  'refusesLabels',
  'An error for `safe` and `finalized`, as before a node knows them (geth: −32000 "safe block not found").',
  { l1: { about: 'labels', kind: 'refusesLabels' } },
)
const labelsGoBack = defineFault({
  fault: 'labelsGoBack',
  signature: 'labelsGoBack(blocks)',
  says: '`safe` and `finalized` are that many blocks lower than they were.',
  parameters: z.strictObject({ blocks: blockCountSchema.positive() }),
  shown: ({ blocks }) => `${blocks} blocks`,
  effects: ({ blocks }) => ({ l1: { about: 'labels', kind: 'labelsGoBack', blocks } }),
})
const finalityStall = defineSimple(
  'finalityStall',
  '`safe` and `finalized` stay where they are; the head goes on.',
  { l1: { about: 'labels', kind: 'finalityStall' } },
)
const withholds = defineFault({
  fault: 'withholds',
  signature: "withholds(blobs = 'all')",
  says: 'The beacon has the block, and not its blobs: all of them, or those with these versioned hashes.',
  parameters: z.strictObject({
    blobs: z.union([z.array(hashSchema).min(1), z.literal('all')]).default('all'),
  }),
  shown: ({ blobs }) => (blobs === 'all' ? '' : blobs.join(', ')),
  effects: ({ blobs }) => ({ l1: { about: 'blobs', kind: 'withholds', blobs } }),
})

/** Faults of what one consumer sees of L1. */
export const l1Faults = {
  lag: (blocks: number) => lag.make({ blocks }),
  shows: (fork: ForkName) => shows.make({ fork }),
  alternates: (forkA: ForkName, forkB: ForkName) => alternates.make({ forkA, forkB }),
  forgetsOrphans: () => forgetsOrphans.make({}),
  emptyReceipts: () => emptyReceipts.make({}),
  refusesLabels: () => refusesLabels.make({}),
  labelsGoBack: (blocks: number) => labelsGoBack.make({ blocks }),
  finalityStall: () => finalityStall.make({}),
  withholds: (blobs: readonly Hash[] | 'all' = 'all') =>
    withholds.make({ blobs: blobs === 'all' ? blobs : [...blobs] }),
}
export const l1Entries: readonly FaultEntry[] = [
  ...[lag, shows, alternates, forgetsOrphans, emptyReceipts, refusesLabels, labelsGoBack, finalityStall],
  withholds,
]
