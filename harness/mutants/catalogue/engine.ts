import type { Mutant } from '../mutant.ts'

const follow = 'node/engine/tasks/follow.test.ts'
const sequencing = 'node/engine/tasks/sequencing.test.ts'
const insert = 'node/engine/tasks/insert.test.ts'

/** What the execution engine is told, and when. */
export const engineMutants: readonly Mutant[] = [
  {
    name: 'no-update-on-label-change',
    rule: 'a forkchoice update is sent whenever any label changed',
    source: 'follow-mode.md, step 7',
    file: 'node/engine/forkchoice-rules.ts',
    find: 'sent.headBlockHash !== next.headBlockHash ||\n    sent.safeBlockHash !== next.safeBlockHash ||\n    sent.finalizedBlockHash !== next.finalizedBlockHash',
    replace: 'sent.headBlockHash !== next.headBlockHash',
    killers: [
      { file: 'node/engine/forkchoice-rules.test.ts', test: 'needsForkchoiceUpdate' },
      { file: follow, test: 'case 3 when only finalized changed: still one update' },
    ],
  },
  {
    name: 'label-that-the-engine-lacks',
    rule: 'a label whose block the engine does not have is not sent',
    source: 'follow-mode.md, step 7',
    file: 'node/engine/forkchoice-rules.ts',
    find: 'engineHas(ref.hash) ? ref.hash : zeroHash',
    replace: 'ref.hash',
    at: 'zeroHash)\n  return {',
    killers: [
      {
        file: 'node/engine/forkchoice-rules.test.ts',
        test: 'names a label only when the engine has its block',
      },
      {
        file: follow,
        test: 'case 1: adopts local-safe ahead of us with one forkchoice update; labels the engine lacks are not sent',
      },
    ],
    unseen:
      'an engine that lacks such a block lacks the head above it too: it answers SYNCING, and looks at no label',
  },
  {
    name: 'finalized-goes-back',
    rule: 'finalized never goes back',
    source: 'follow-mode.md, step 7',
    file: 'node/engine/forkchoice-rules.ts',
    find: 'if (!advances(finalized, block))\n    return block.number',
    replace: 'if (block.number < 0n)\n    return block.number',
    at: 'return block.number === finalized.number\n',
    killers: [
      { file: 'node/engine/forkchoice-rules.test.ts', test: 'decideFinalize > below finalized' },
      {
        file: follow,
        test: 'never goes back: the conflict is an error state, counted, logged once, and the rest is applied',
      },
    ],
  },
  {
    name: 'finalized-above-safe',
    rule: 'finalized never exceeds safe',
    source: 'follow-mode.md, step 7',
    file: 'node/engine/forkchoice-rules.ts',
    find: 'if (block.number > safe.number) return conflict(',
    replace: 'if (block.number > safe.number + 1000n) return conflict(',
    killers: [{ file: 'node/engine/forkchoice-rules.test.ts', test: 'decideFinalize > above safe' }],
    unseen: 'who follows drops such a status before, and who derives finalizes what it has derived',
  },
  {
    name: 'no-re-validation',
    rule: 'a target that waited is validated by own L1 again before it is applied',
    source: 'follow-mode.md, step 7',
    file: 'node/engine/target-age.ts',
    find: 'if (clock.nowMs() - validatedMs <= validMs) return null',
    replace: 'if (clock.nowMs() - validatedMs >= 0) return null',
    at: 'return `L1 moved on while',
    killers: [
      { file: follow, test: 'drops a waiting target whose L1 origin was reorged out meanwhile' },
      {
        file: 'node/engine/tasks/follow-adoption.test.ts',
        test: 'follow: a target that waited is validated again > behind a reset that backs off, without ever having been tried',
      },
    ],
  },
  {
    name: 'adoption-told-by-the-first-attempt-alone',
    rule: 'an adoption is told also when a retry, a reset or a sync brought it',
    source: 'issue 8, D1',
    file: 'node/engine/tasks/resync.ts',
    find: "if (wasSyncing) logger.info('the execution engine has caught up', { head: formatRef(heads.unsafe) })\n  tellFollowed(context)",
    replace: '',
    killers: [
      {
        file: 'node/engine/tasks/follow-adoption.test.ts',
        test: 'follow: an adoption is told once, whatever brought it',
      },
    ],
  },
  {
    name: 'syncing-never-told-again',
    rule: 'a head that the engine answered SYNCING to is told again until it has it',
    source: 'follow-mode.md, step 7; optimism#20310',
    file: 'node/engine/tasks/resync.ts',
    find: 'if (!(await tellAgain(context))) return later',
    replace: 'return later',
    killers: [
      {
        file: 'node/engine/tasks/follow-adoption.test.ts',
        test: 'follow: an adoption is told once, whatever brought it',
      },
    ],
  },
  {
    name: 'hold-skipped',
    rule: 'a sequencer holds from before the adoption until the engine has confirmed the head',
    source: 'follow-mode.md, "Sequencer that follows"',
    file: 'node/engine/tasks/follow.ts',
    find: 'if (sequencer) startHold(context, heads.unsafe)',
    replace: '',
    killers: [
      {
        file: sequencing,
        test: 'neither builds, seals nor inserts until the engine has confirmed the new head',
      },
      {
        file: sequencing,
        test: 'does not oscillate: an update that never reached the engine is repeated before anything is built',
      },
      { scenario: 'FollowL2_ReorgRecovery' },
    ],
  },
  {
    name: 'hold-ends-on-the-answer',
    rule: 'the hold ends when the engine itself has the head, not with its answer VALID',
    source: 'follow-mode.md, "Sequencer that follows"; optimism#21155',
    file: 'node/engine/hold.ts',
    find: 'if ((await engineHashAtHead(context)) !== store.state.unsafe.hash) return',
    replace: '',
    killers: [
      {
        file: sequencing,
        test: 'keeps holding although the update was VALID, until the engine itself has the new head',
      },
    ],
    unseen: 'no engine of a simulated world answers VALID for a head that it does not have',
  },
  {
    name: 'hold-for-a-head-that-is-given-up',
    rule: 'a sequencer that holds for a head which the source takes back holds for the one that counts then',
    source: 'follow-mode.md, "Sequencer that follows"; campaign, seed 740004',
    file: 'node/engine/tasks/follow.ts',
    find: 'if (store.state.holding) startHold(context, heads.unsafe)\n      store.update',
    replace: 'store.update',
    killers: [
      {
        file: 'node/engine/tasks/sequencing.test.ts',
        test: 'holds for the head of its own chain when the source takes back what is synced to',
      },
    ],
  },
  {
    name: 'seal-on-the-old-chain',
    rule: 'a block is sealed only on the head that it was built on',
    source: 'follow-mode.md, "Sequencer that follows"',
    file: 'node/engine/tasks/seal.ts',
    find: 'if (holding || !sameBlock(parent, unsafe))',
    replace: 'if (holding)',
    at: 'throw new UnsafeHeadChangedError(',
    killers: [{ file: sequencing, test: 'refuses to seal when the head moved since the build' }],
  },
  {
    name: 'payload-over-our-unsafe-block',
    rule: 'an unsafe payload only extends the head and never replaces blocks',
    source: 'specs/protocol/derivation.md, "Processing unsafe payload attributes"',
    file: 'node/engine/tasks/insert.ts',
    find: 'const next = unsafePayloads.childOf(unsafe)',
    replace: 'const next = unsafePayloads.childOf(unsafe) ?? unsafePayloads.highest()',
    killers: [{ file: insert, test: 'does not let a payload replace unsafe blocks' }],
  },
  {
    name: 'payload-on-an-orphan',
    rule: 'an unsafe payload whose L1 origin own L1 replaced is not inserted',
    source: 'follow-mode.md, "Invariants"',
    file: 'node/engine/tasks/insert.ts',
    find: 'if (origin === null || !context.isOrphan(origin)) return null',
    replace: 'if (origin !== null || context.gap === null) return null',
    at: 'if (context.orphaned?.payload !== blockHash)',
    killers: [
      { file: insert, test: 'unsafe payloads on an L1 origin that is an orphan for us' },
      {
        file: 'harness/world/sim/nodes/two-forks.test.ts',
        test: 'leaves the orphaned chain once, is not brought back to it by gossip, and derives its own',
      },
    ],
  },
  {
    name: 'invalid-payload-kept',
    rule: 'an INVALID payload is dropped with its descendants',
    source: 'specs/protocol/derivation.md, "Processing unsafe payload attributes"',
    file: 'node/engine/tasks/insert.ts',
    find: 'const descendants = unsafePayloads.removeDescendants(blockHash)',
    replace: 'const descendants = 0',
    killers: [{ file: insert, test: 'drops an INVALID payload with its descendants, counted, and goes on' }],
  },
  {
    name: 'gap-handed-over-at-once',
    rule: 'a gap in the unsafe chain is given two block times before the engine syncs over it',
    source: 'op-node, alt-sync',
    file: 'node/engine/tasks/insert.ts',
    find: 'const dueMs = context.gap.sinceMs + Number(gapBlockTimes * context.config.blockTime) * 1000',
    replace: 'const dueMs = context.gap.sinceMs',
    killers: [{ file: insert, test: 'a gap in the unsafe chain > is left alone when it is filled in time' }],
    unseen: 'an engine that syncs over a gap sooner has the same chain',
  },
  {
    name: 'unsafe-block-that-differs-kept',
    rule: 'an unsafe block that is not what the attributes build is replaced',
    source: 'specs/protocol/derivation.md, "Engine Queue"',
    file: 'node/engine/tasks/consolidate.ts',
    find: 'if (mismatch !== null) {',
    replace: 'if (mismatch !== null && number < 0n) {',
    killers: [
      { file: 'node/engine/tasks/consolidate.test.ts', test: 'replaces an unsafe chain that differs' },
      { scenario: 'Derivation_SequencingWindowExpiry' },
    ],
  },
  {
    name: 'attributes-match-without-transactions',
    rule: 'a block matches attributes only with the same transactions',
    source: 'specs/protocol/derivation.md, "L1-consolidation: payload attributes matching"',
    file: 'node/engine/attribute-match.ts',
    find: 'compareTransactions(attributes.transactions, payload.transactions) ??',
    replace: '',
    at: "field: 'transactions',\n      reason:",
    killers: [{ file: 'node/engine/attribute-match.test.ts', test: 'findAttributesMismatch' }],
  },
  {
    name: 'invalid-deposits-only-dropped',
    rule: 'from Holocene on an invalid payload is replaced by its deposits alone',
    source: 'holocene/derivation.md, "Engine Queue"',
    file: 'node/engine/tasks/consolidate.ts',
    find: "if (!isForkActive(config.forks, 'holocene', attributes.attributes.timestamp)) {",
    replace: "if (isForkActive(config.forks, 'regolith', attributes.attributes.timestamp)) {",
    killers: [
      { file: 'node/engine/tasks/consolidate.test.ts', test: 'consolidate: an invalid payload' },
      { scenario: 'Derivation_GarbageInTheInbox' },
    ],
    unseen: 'no batch of a simulated world has what its engine refuses',
  },
  {
    name: 'finality-taken-back',
    rule: 'no forkchoice update says less of finality than one before it, an update without an answer included',
    source: 'follow-mode.md, step 7',
    file: 'node/engine/forkchoice-rules.ts',
    find: 'if (told === null || !advances(heads.finalized, told)) return heads',
    replace: 'if (told !== undefined) return heads',
    at: 'const kept = { ...heads, finalized: told }',
    killers: [
      {
        file: 'node/engine/tasks/follow.test.ts',
        test: 'follow: one tick > an update whose answer was lost may have finalized a block: no later one says less',
      },
      { file: 'node/engine/forkchoice-rules.test.ts', test: 'withFinality > %s' },
    ],
  },
  {
    name: 'labels-forgotten-in-a-sync',
    rule: 'an engine that has yet to fetch a head is told the labels that it has: it takes none without them',
    source: 'execution-apis, paris.md, "engine_forkchoiceUpdatedV1", 6; campaign, ten minutes 5',
    file: 'node/engine/forkchoice.ts',
    find: 'if (!options.engineMayLackHead && !store.state.elSyncing) knownBlocks.clear()',
    replace: 'knownBlocks.clear()',
    killers: [
      {
        file: insert,
        test: 'a fork without our finalized block is not followed when the engine %s',
      },
    ],
  },
  {
    name: 'older-safe-not-told',
    rule: 'an engine without the newest safe block is told the last one that it has',
    source: 'follow-mode.md, step 7; campaign, seed 2170',
    file: 'node/engine/forkchoice-rules.ts',
    find: 'const older = { ...heads, safe: before }',
    replace: 'const older = heads',
    killers: [
      {
        file: insert,
        test: 'a fork without our safe block is not followed while the newest one is not there yet',
      },
      { file: 'node/engine/forkchoice-rules.test.ts', test: 'withOlderSafe > it has the one before' },
    ],
  },
  {
    name: 'refused-target-resets',
    rule: 'a sync target that the engine refuses is given up, and no head is read from the chain it synced',
    source: 'follow-mode.md, "Failure modes"; campaign, seed 2170',
    file: 'node/engine/sync-target.ts',
    find: "return elSyncing && initialElSync !== 'started' &&",
    replace: "return !elSyncing && initialElSync === 'started' &&",
    unseen: 'a reset keeps what was safe, and ends on the heads that are left when the target is given up',
    killers: [
      {
        file: insert,
        test: 'a fork without our finalized block is not followed when the engine %s',
      },
    ],
  },
  {
    name: 'head-below-a-safe-block-of-a-sync',
    rule: 'a block that a sync brought above our head takes the head along when it becomes safe',
    source: 'specs/protocol/derivation.md, "Engine Queue"',
    file: 'node/engine/forkchoice.ts',
    find: 'if (newest.number >= unsafe.number) return newest',
    replace: 'if (newest.number >= unsafe.number) return unsafe',
    killers: [
      {
        file: 'node/engine/tasks/consolidate.test.ts',
        test: 'consolidate: while the engine syncs over a gap in the unsafe chain > the engine may have got a block above our head meanwhile: it is safe, and the head is not below it',
      },
    ],
  },
  {
    name: 'ahead-vouches-for-safe',
    rule: 'an L1 block that own L1 does not have vouches for no safe block once something was reorged',
    source: 'specs/protocol/derivation.md, "Finding the sync starting point"; fuzz seed 81260007',
    file: 'node/engine/sync-start.ts',
    find: "return verdict === 'ahead' && sources.isOrphan?.(block) ? 'orphaned' : verdict",
    replace: "return verdict === 'ahead' ? 'canonical' : verdict",
    at: "sources.isOrphan?.(block) ? 'orphaned'",
    killers: [
      {
        file: 'node/engine/sync-start.test.ts',
        test: 'rewinds safe when L1 has become shorter than the block of its batch',
      },
    ],
  },
  {
    name: 'attributes-match-by-count',
    rule: 'a block matches attributes only with the same transactions, one by one',
    source: 'specs/protocol/derivation.md, "L1-consolidation: payload attributes matching"',
    file: 'node/engine/attribute-match.ts',
    find: 'if (index < 0) return null',
    replace: 'if (index >= -1) return null',
    at: 'abbreviate(derived[index]!)',
    killers: [{ file: 'node/engine/attribute-match.test.ts', test: 'findAttributesMismatch' }],
  },
  {
    name: 'first-of-siblings',
    rule: 'of several payloads for one place the one that came last is taken: a sequencer replaces its block',
    source: 'follow-mode.md, "Sequencer that follows"',
    file: 'node/engine/unsafe-payload-queue.ts',
    find: 'childOf: (head) => byParent.get(head.hash)?.at(-1)?.envelope',
    replace: 'childOf: (head) => byParent.get(head.hash)?.at(0)?.envelope',
    unseen:
      'the next block of the sequencer is the child of its replacement, and brings the engine there over the gap',
    killers: [
      {
        file: 'node/engine/unsafe-payload-queue.test.ts',
        test: 'unsafe payload queue > prefers the replacement that came last',
      },
    ],
  },
  {
    name: 'payload-during-a-hold',
    rule: 'nothing is put on a head that the engine has not confirmed',
    source: 'follow-mode.md, "Sequencer that follows"',
    file: 'node/engine/tasks/insert.ts',
    find: 'if (holding) return done',
    replace: '',
    killers: [
      {
        file: sequencing,
        test: 'neither builds, seals nor inserts until the engine has confirmed the new head',
      },
    ],
    unseen: 'who holds is the sequencer, and nobody else makes blocks',
  },
]
