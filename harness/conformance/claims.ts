import type { ClRole } from '../world/role.ts'

/** Something that a consensus node must do in a role, and the scenario that shows whether it does. */
export interface Claim {
  /** `<role>.<what>`: stable, for reports that are compared. */
  readonly id: string
  readonly role: ClRole
  /** What the node does, in one sentence. */
  readonly sentence: string
  /** Where that is asked for: a specification, an interface, or the design of follow mode. */
  readonly reference: string
  /** What it means for whoever operates a node that does not. */
  readonly risk: string
  /** The name of the scenario. */
  readonly scenario: string
}

type Described = Omit<Claim, 'role' | 'id'> & { readonly what: string }

const of = (role: ClRole, claims: readonly Described[]): readonly Claim[] =>
  claims.map(({ what, ...claim }) => ({ ...claim, role, id: `${role}.${what}` }))

const followMode = 'light CL design: --l2.follow.source'
const derivation = 'specs/protocol/derivation.md'

const followerClaims = of('follower', [
  {
    what: 'follows-source',
    sentence: 'It takes unsafe, local-safe, finalized and currentL1 from its source and reaches them.',
    reference: `${followMode}; optimism_syncStatus`,
    risk: 'it does not follow at all',
    scenario: 'FollowL2_Safe_Finalized_CurrentL1',
  },
  {
    what: 'without-gossip',
    sentence: 'With gossip cut, its unsafe chain is the safe chain of its source, and catches up later.',
    reference: `${followMode}, case 1`,
    risk: 'a network partition stops it, or leaves it behind when the partition heals',
    scenario: 'FollowL2_WithoutCLP2P',
  },
  {
    what: 'leaves-orphaned-chain',
    sentence: 'After an L1 reorg it gives up the orphaned chain and adopts what its source derives.',
    reference: `${followMode}, case 4; specs/protocol/derivation.md, "Resetting the Pipeline"`,
    risk: 'after an L1 reorg it serves an orphaned chain until somebody restarts it',
    scenario: 'FollowL2_ReorgRecovery',
  },
  {
    what: 'reorgs-under-load',
    sentence: 'It recovers from L1 reorgs of growing depth while blocks are built, gossiped and batched.',
    reference: `${followMode}, case 4`,
    risk: 'it recovers on a quiet network only',
    scenario: 'FollowL2_ReorgRecovery_UnderLoad',
  },
  {
    what: 'adopts-conflicting-safe',
    sentence: 'When the source derives another block than it has, it adopts it without any sign from L1.',
    reference: `${followMode}, case 4; derivation.md, "Batch Queue"`,
    risk: 'when a sequencing window expires, it stays on a chain that nobody else has',
    scenario: 'Source_ReorgsByWindowExpiry',
  },
  {
    what: 'checks-own-l1',
    sentence: 'It drops what a source on another L1 fork says, and keeps its unsafe chain going.',
    reference: `${followMode}: L1 origins are checked against the own L1`,
    risk: 'it follows a wrong or lying source off the canonical chain',
    scenario: 'Source_OnAnotherL1Fork',
  },
  {
    what: 'slow-source',
    sentence: 'A slow or silent source delays safe alone, with one request under way at a time.',
    reference: `${followMode}: one request in flight`,
    risk: 'an outage of the source stops its unsafe chain too',
    scenario: 'Source_Slow',
  },
  {
    what: 'restart',
    sentence: 'It catches up after a restart, and with an engine that comes back empty.',
    reference: 'specs/protocol/exec-engine.md, "Engine API"; op-node, sync start',
    risk: 'a restart needs hands, or loses blocks',
    scenario: 'Restart_Follower',
  },
  {
    what: 'engine-pause',
    sentence: 'It survives an engine that stops answering in the middle of a forkchoice update.',
    reference: 'execution-apis, engine/common.md, "Timeouts"',
    risk: 'a busy engine takes the node down, or makes it lose blocks',
    scenario: 'Engine_PausesMidUpdate',
  },
  {
    what: 'keeps-finalized',
    sentence: 'When L1 replaces its safe block, it replaces what was safe and keeps what was finalized.',
    reference: 'derivation.md, "Finalization"; execution-apis, engine/paris.md',
    risk: 'finalized goes back, or it does not recover when L1 takes back its safe label',
    scenario: 'L1Reorg_PastTheSafeLabel',
  },
])

const referenceClaims = of('reference', [
  {
    what: 'derives',
    sentence: 'It derives local-safe and finalized from L1 and tells its followers its currentL1.',
    reference: `${derivation}; optimism_syncStatus`,
    risk: 'it cannot be a source',
    scenario: 'FollowL2_Safe_Finalized_CurrentL1',
  },
  {
    what: 'reorg',
    sentence: 'It derives the surviving chain after an L1 reorg that orphans the origin of its safe block.',
    reference: `${derivation}, "Resetting the Pipeline"`,
    risk: 'it and all its followers serve an orphaned chain',
    scenario: 'FollowL2_ReorgRecovery',
  },
  {
    what: 'deep-reorg',
    sentence: 'It derives the chain of a fresh node after L1 replaced all but its finalized blocks.',
    reference: `${derivation}, "Resetting the Pipeline"`,
    risk: 'it needs a resync after a deep reorg of L1',
    scenario: 'L1Reorg_Deep',
  },
  {
    what: 'window-expiry',
    sentence: 'It makes blocks of deposits alone when the sequencing window ends.',
    reference: `${derivation}, "Batch Queue"`,
    risk: 'it forks off when the batcher is silent for long',
    scenario: 'Derivation_SequencingWindowExpiry',
  },
  {
    what: 'hostile-inbox',
    sentence: 'It ignores everything invalid in the batch inbox, and derives the valid batch after it.',
    reference: `${derivation}, "Frame Queue", "Channel Reader", "Batch Queue"`,
    risk: 'anybody can stall it by a transaction to the inbox',
    scenario: 'Derivation_GarbageInTheInbox',
  },
  {
    what: 'batcher-key',
    sentence: 'It takes batches of the key that the system config names at their L1 block.',
    reference: `${derivation}, "L1 Retrieval"`,
    risk: 'it forks off when the batcher key is rotated',
    scenario: 'Derivation_BatcherKeyChange',
  },
  {
    what: 'channel-timeout',
    sentence: 'It derives a channel as old as the timeout allows, and none that is one L1 block older.',
    reference: `${derivation}, "Timeouts"; granite/derivation.md`,
    risk: 'it forks off when a batcher is slow',
    scenario: 'Derivation_ChannelTimeout',
  },
  {
    what: 'blobs',
    sentence: 'It derives batches in calldata and in blobs, and waits while the beacon is away.',
    reference: 'specs/protocol/ecotone/derivation.md, "Blob Retrieval"',
    risk: 'an outage of the beacon ends it or forks it off',
    scenario: 'Derivation_BlobAndCalldataBatches',
  },
  {
    what: 'deposits',
    sentence: 'A deposit and a change of the gas limit arrive in the block that all others have.',
    reference: 'specs/protocol/deposits.md; system-config.md',
    risk: 'deposits are lost or change the chain',
    scenario: 'L1ToL2_DepositAndSystemConfig',
  },
])

const sequencerClaims = of('sequencer', [
  {
    what: 'builds',
    sentence: 'It builds blocks that every other node accepts, by gossip and by derivation.',
    reference: 'specs/protocol/rollup-node.md; rollup-node-p2p.md',
    risk: 'it cannot sequence',
    scenario: 'FollowL2_Safe_Finalized_CurrentL1',
  },
  {
    what: 'leaves-orphaned-origin',
    sentence: 'It leaves an L1 origin that a reorg orphaned and builds on the surviving chain.',
    reference: 'derivation.md, "Resetting the Pipeline"; optimism#18676',
    risk: 'after an L1 reorg it builds blocks that nobody can ever derive',
    scenario: 'FollowL2_ReorgRecovery',
  },
  {
    what: 'reorgs-under-load',
    sentence: 'It goes on building through L1 reorgs of growing depth.',
    reference: 'derivation.md, "Resetting the Pipeline"',
    risk: 'it recovers on a quiet network only',
    scenario: 'FollowL2_ReorgRecovery_UnderLoad',
  },
  {
    what: 'slow-source',
    sentence: 'It builds its blocks on time while the source that it follows is slow or silent.',
    reference: `${followMode}: one request in flight`,
    risk: 'an outage of the source stops the chain',
    scenario: 'Source_Slow',
  },
  {
    what: 'handover',
    sentence: 'It stops and starts by the admin calls without a gap and without replacing a block.',
    reference: 'op-node: admin_startSequencer, admin_stopSequencer',
    risk: 'a failover makes two chains, or none',
    scenario: 'Sequencer_Handover',
  },
])

/** In the order of a report: what everything else needs comes first. */
export const claims: readonly Claim[] = [...followerClaims, ...referenceClaims, ...sequencerClaims]
