import { z } from 'zod'
import { type ForkName, forkNames, forksActiveFrom } from '../../node/config/forks.ts'
import { withoutUndefined } from '../../node/protocol/without-undefined.ts'
import { firstProblem } from '../first-problem.ts'
import type { ChainParameters } from '../genesis/chain-parameters.ts'
import { twoVerifiersFollowing } from '../topologies.ts'
import { engineKinds } from '../world/engine-kind.ts'
import { defineTopology, type Topology } from '../world/topology.ts'
import { inboxWrongs } from './inbox-wrongs.ts'

/** Milliseconds of the world's clock since it booted, up to a day. */
const ms = z.int().nonnegative().max(86_400_000)
const name = z.string().min(1).max(64)
const blocks = z.int().positive().max(1_000)
const pairs = z.array(z.tuple([name, name])).max(64)

const clSchema = z.strictObject({
  el: name,
  /** Absent: it derives from L1. */
  follows: name.optional(),
  /** Present on the node that builds blocks. */
  sequencer: z.strictObject({ l1Confirmations: z.int().nonnegative().max(1_000) }).optional(),
  elSync: z.strictObject({ offsetSeconds: z.int().nonnegative().max(86_400) }).optional(),
  /** It derives, and keeps on record from which L1 block each safe block comes. */
  safeDb: z.literal(true).optional(),
})

/** Every client is our own: `lockstep-node` and `embedded-el`. `world/topology.ts` says what the fields mean. */
const topologySchema = z.strictObject({
  cls: z.record(name, clSchema),
  els: z.record(name, z.strictObject({ datadir: z.literal(true).optional() })),
  /** Its frames are in calldata, or in blobs. */
  batcher: z.strictObject({ sequencer: name, dataAvailability: z.literal('blobs').optional() }).nullable(),
  gossip: pairs,
  elPeers: pairs,
  /** Peers that gossip what a fault on their point says, and the nodes that they connect to. Absent: there are none. */
  hostile: z.record(name, z.strictObject({ gossip: z.array(name).max(16) })).optional(),
})

/** What differs from `twoVerifiersFollowing`; times in seconds, the rest in blocks. */
const parametersSchema = z.strictObject({
  l1BlockTime: z.int().min(1).max(60).optional(),
  l2BlockTime: z.int().min(1).max(60).optional(),
  l1SafeDistance: z.int().nonnegative().max(1_000).optional(),
  l1FinalizedDistance: z.int().nonnegative().max(1_000).optional(),
  seqWindowSize: blocks.optional(),
  maxSequencerDrift: z.int().positive().max(100_000).optional(),
  channelTimeout: blocks.optional(),
  /** Active at genesis, with all before it. */
  fork: z.enum(forkNames).optional(),
  /** Instead: Jovian at genesis, and Karst so long after it, with an upgrade of one transaction of so much gas. */
  crossesKarst: z
    .strictObject({
      atSeconds: z.int().positive().max(86_400),
      upgradeGas: z.int().positive().max(100_000_000),
    })
    .optional(),
})

/** What is done to the world, and when. What lasts says how long; without `forMs` it lasts until the faults end. */
const deedSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...{ kind: z.literal('fault'), atMs: ms, forMs: ms.optional() },
    point: z.string().min(1).max(200),
    /** A fault of the vocabulary as JSON: `faultFromJson` checks it. */
    fault: z.looseObject({ fault: z.string() }),
  }),
  z.strictObject({
    ...{ kind: z.literal('l1-reorg'), atMs: ms },
    /** So many of the newest L1 blocks are replaced; all above block 0 at most. */
    depth: blocks,
    to: z.enum(['longer', 'equal', 'shorter']),
    transactions: z.enum(['return', 'keep', 'reorder', 'drop']),
  }),
  z.strictObject({ kind: z.literal('l1-mine'), atMs: ms, blocks }),
  z.strictObject({ kind: z.literal('l1-stop'), atMs: ms, forMs: ms.optional() }),
  z.strictObject({ kind: z.literal('batcher-stop'), atMs: ms, forMs: ms.optional() }),
  z.strictObject({ kind: z.literal('sequencer-stop'), atMs: ms, forMs: ms.optional(), node: name }),
  z.strictObject({ kind: z.literal('reset'), atMs: ms, node: name }),
  /** The SystemConfig on L1 names a signer of unsafe blocks that no node has the key of. */
  z.strictObject({ kind: z.literal('signer-rotation'), atMs: ms }),
  /** A user of L1 deposits into L2. */
  z.strictObject({ kind: z.literal('l1-deposit'), atMs: ms, user: z.int().min(1).max(9) }),
  /**
   * A channel of what the sequencer has built above its safe head, wrong in one way, goes to the batch inbox. The batcher
   * rests until it is sent: one account has one sequence of nonces, and no other channel has these blocks.
   */
  z.strictObject({
    ...{ kind: z.literal('inbox'), atMs: ms },
    batchType: z.enum(['singular', 'span']),
    wrong: z.enum(inboxWrongs),
  }),
])

/**
 * A run as a file: everything that a simulated world needs to do it again, byte for byte. `lockstep replay` runs it,
 * campaigns draw, shrink and write it; a recording of a real network becomes one as well.
 */
export const caseSchema = z.strictObject({
  format: z.literal('lockstep-case'),
  version: z.literal(1),
  name: z.string().regex(/^[\w-]{1,80}$/),
  /** In a sentence: what happens, and what must hold. */
  what: z.string().max(2_000),
  /** Where it was first seen: an issue, a pull request, a campaign. */
  source: z.string().max(500).optional(),
  seed: z.string().min(1).max(200),
  topology: topologySchema,
  parameters: parametersSchema,
  /** How often the harness observes each node in the shorter block time: most of what a run costs is looking. */
  observationsPerBlock: z.int().min(1).max(16).optional(),
  /** How often a node asks L1 for its head in an L1 block's time, and the batcher looks in the shorter one. */
  l1PollsPerBlock: z.int().min(1).max(16).optional(),
  batcherPollsPerBlock: z.int().min(1).max(16).optional(),
  /** What the engines execute with. Absent: the real engine core. */
  engine: z.enum(engineKinds).optional(),
  /** Users send so many transfers a second to the sequencer's engine until the faults end. Absent: there are no users. */
  transfersPerSecond: z.number().positive().max(20).optional(),
  /** Latency, jitter and loss between all components, drawn from the seed. Absent: a millisecond, and nothing is lost. */
  roughNetwork: z.literal(true).optional(),
  /** Components that do not run at first (`WorldOptions.stopped`); they are started when the faults end. */
  stopped: z.array(name).max(16).default([]),
  deeds: z.array(deedSchema).max(500),
  /** Until when faults stand, counted from the boot. At the end of it all of them are gone. */
  faultsMs: ms,
  /** How long everything may take to converge after that. */
  convergeMs: ms,
  /** What the run violates, and null for one that must violate nothing. */
  violates: z
    .strictObject({
      /** `invariant NAME`, `model RULE`, `convergence`, `derivation`, `record`, `gas limit`, `upgrade`, `of L1`, `crash`, `stuck`. Shrinking keeps it. */
      reason: z.string().max(200),
      found: z.string().max(4_000),
    })
    .nullable(),
  /** A mutant of `harness/mutants` under which it violates something, while it does not on the node as it is. */
  mutant: name.optional(),
})

/** What any case file begins with, whatever else is wrong in it. */
const markSchema = caseSchema.pick({ format: true, version: true }).loose()

export type Case = z.output<typeof caseSchema>
export type Deed = Case['deeds'][number]
export type Violation = NonNullable<Case['violates']>

/** A case file is not one. */
export class CaseError extends Error {
  override readonly name = 'CaseError'
}

/**
 * Reads a case from the text of its file.
 * @throws CaseError naming the field, and what was expected there.
 */
export function parseCase(text: string, file: string): Case {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new CaseError(
      `${file} is no case file (expected JSON): ${error instanceof Error ? error.message : error}`,
    )
  }
  const read = caseSchema.safeParse(json)
  if (!read.success)
    throw new CaseError(isMarked(json) ? `${file}: ${firstProblem(read.error)}` : noCase(file))
  return read.data
}

/** Something else is told so, and not field by field what it lacks. */
const isMarked = (json: unknown) => markSchema.safeParse(json).success
const noCase = (file: string) =>
  `${file} is no case file (expected one of version 1 that lockstep fuzz or lockstep shrink wrote)`

/** The text of a case file, one deed a line. */
export function formatCase(one: Case): string {
  const { deeds, ...rest } = one
  const lines = deeds.map((deed) => `    ${JSON.stringify(deed)}`).join(',\n')
  const body = JSON.stringify({ ...rest, deeds: '@' }, null, 2)
  return `${body.replace('"@"', () => (deeds.length === 0 ? '[]' : `[\n${lines}\n  ]`))}\n`
}

/** @throws TopologyError when it contradicts itself. */
export function topologyOf({ name, topology, parameters: given }: Case): Topology {
  const { fork, crossesKarst, ...numbers } = given
  const base = twoVerifiersFollowing.parameters
  const parameters: ChainParameters = {
    ...base,
    ...definedOf(numbers),
    ...(fork === undefined ? {} : { forks: forksActiveFrom(fork satisfies ForkName) }),
    ...(crossesKarst === undefined ? {} : crossing(crossesKarst)),
  }
  return defineTopology<string, string>({
    ...{ name, parameters, gossip: topology.gossip, elPeers: topology.elPeers },
    batcher: topology.batcher === null ? null : withoutUndefined(topology.batcher),
    ...(topology.hostile === undefined ? {} : { hostile: topology.hostile }),
    els: Object.fromEntries(
      Object.entries(topology.els).map(([el, { datadir }]) => [
        el,
        { kind: 'embedded-el', ...(datadir === undefined ? {} : { datadir }) },
      ]),
    ),
    cls: Object.fromEntries(
      Object.entries(topology.cls).map(([cl, { el, follows, sequencer, elSync, safeDb }]) => [
        cl,
        {
          ...{ kind: 'lockstep-node', el },
          mode: follows === undefined ? { kind: 'derive' } : { kind: 'follow', source: follows },
          ...(sequencer === undefined ? {} : { sequencer }),
          ...(elSync === undefined ? {} : { elSync }),
          ...(safeDb === undefined ? {} : { safeDb }),
        },
      ]),
    ),
  })
}

/** From where the protocol's own upgrade transactions come. Source: specs/protocol/deposits.md, "L1 Attributes Depositor Account". */
const depositor = '0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001'

function crossing({
  atSeconds,
  upgradeGas,
}: NonNullable<Case['parameters']['crossesKarst']>): Pick<ChainParameters, 'forks' | 'upgrades'> {
  const upgrade = { intent: 'Nothing', from: depositor, to: depositor, data: '0x' } as const
  return {
    forks: { ...forksActiveFrom('jovian'), karst: BigInt(atSeconds) },
    upgrades: { karst: [{ ...upgrade, gasLimit: BigInt(upgradeGas) }] },
  }
}

function definedOf<T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>
  }
}
