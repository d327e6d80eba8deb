import type { Mutant } from '../mutant.ts'

const decide = 'node/follow/decide.test.ts'
const follower = 'harness/world/sim/nodes/follower.test.ts'

/** What becomes of what a source says. */
export const followMutants: readonly Mutant[] = [
  {
    name: 'no-case-4',
    rule: 'another block at the height of local-safe: the chain of the source is adopted',
    source: 'follow-mode.md, step 7, case 4',
    file: 'node/follow/decide.ts',
    find: "return local.hash === target.localSafe.hash ? 'consolidated' : 'reorged'",
    replace: "return 'consolidated'",
    at: "'reorged'\n}\n\n/** A source whose",
    killers: [
      { file: decide, test: 'decideFollow: follow-mode.md, step 7 > 4: below our safe' },
      { file: 'node/engine/tasks/follow.test.ts', test: 'case 4: replaces our chain by that of the source' },
      { scenario: 'Source_ReorgsByWindowExpiry' },
    ],
  },
  {
    name: 'finalized-from-safe',
    rule: 'finalized is what the source finalized, not its safe block',
    source: 'follow-mode.md, step 7',
    file: 'node/follow/decide.ts',
    find: "heads: finalize.kind === 'advance' ? { ...moved, finalized: target.finalized } : moved",
    replace: "heads: finalize.kind === 'advance' ? { ...moved, finalized: moved.safe } : moved",
    killers: [
      { file: decide, test: 'decideFollow: follow-mode.md, step 7 > 1: ahead' },
      { file: 'node/engine/tasks/follow.test.ts', test: 'follow: one tick' },
      { scenario: 'FollowL2_Safe_Finalized_CurrentL1' },
    ],
  },
  {
    name: 'contradicts-finalized',
    rule: 'a source whose chain cannot contain our finalized block moves nothing',
    source: 'follow-mode.md, step 7',
    file: 'node/follow/decide.ts',
    find: 'if (ref.number === finalized.number && ref.hash !== finalized.hash)',
    replace: 'if (ref.number === finalized.number && ref.hash === finalized.hash && ref.number < 0n)',
    at: 'is not our finalized block',
    killers: [
      { file: decide, test: 'decideFollow: follow-mode.md, step 7 > refuses the whole target: %s' },
      {
        file: follower,
        test: 'a source that lies > about what is finalized: the conflict is told, and the node goes on',
      },
    ],
    unseen: 'heads that do not stand on what is finalized are refused again when they are to be applied',
  },
  {
    name: 'unconfirmed-source-replaces-head',
    rule: 'the head is replaced only for a source that was asked for its chain',
    source: 'follow-mode.md, step 3',
    file: 'node/follow/decide.ts',
    find: 'if (!confirmed && replacesHead(',
    replace: 'if (!confirmed && heading.number < 0n && replacesHead(',
    at: "return { ...unchanged, case: 'unconfirmed' }",
    killers: [{ file: decide, test: 'decideFollow: a source that was not asked for its chain' }],
  },
  {
    name: 'target-taken-back-kept',
    rule: 'a sync target that the source took back gives way to the chain that the engine has',
    source: 'follow-mode.md, step 7, case 3; campaign, seed 2189',
    file: 'node/follow/decide.ts',
    find: 'return localSafe.number < given.number || isOurs ? unsafe : syncTarget.unsafe',
    replace: 'return localSafe.number < given.number ? unsafe : syncTarget.unsafe',
    killers: [
      {
        file: decide,
        test: 'decideFollow: while the execution engine syncs > the source took its target back, and says what we have at that height',
      },
    ],
  },
  {
    name: 'stale-current-l1',
    rule: 'currentL1 goes back with an L1 reorg and never stays on an orphan',
    source: 'follow-mode.md, step 8',
    file: 'node/follow/cursor.ts',
    find: 'if (lost.length > 0) inDoubt = true',
    replace: '',
    killers: [
      {
        file: 'node/follow/cursor.test.ts',
        test: 'goes back to the newest accepted block that is canonical, also while the source is away',
      },
    ],
  },
  {
    name: 'current-l1-before-the-heads',
    rule: 'an older currentL1 is published before the heads move',
    source: 'follow-mode.md, step 8',
    file: 'node/follow/cursor.ts',
    find: 'if (to.number < currentL1.number) publish(to)',
    replace: '',
    killers: [
      {
        file: 'node/follow/delegated.test.ts',
        test: 'a source whose currentL1 is older, with the same heads > is followed, and currentL1 is published before the heads are',
      },
    ],
    unseen: 'between the heads and currentL1 no time of a simulated world passes',
  },
  {
    name: 'current-l1-not-mirrored',
    rule: 'currentL1 goes on with that of the source',
    source: 'follow-mode.md, step 8; optimism#18571',
    file: 'node/follow/cursor.ts',
    find: 'publish(target.currentL1)',
    replace: 'if (currentL1.number === 0n) publish(target.currentL1)',
    killers: [
      {
        file: 'node/follow/cursor.test.ts',
        test: 'goes back to the newest accepted block that is canonical, also while the source is away',
      },
    ],
  },
  {
    name: 'genesis-not-moved',
    rule: 'a follower at genesis follows as any other',
    source: 'follow-mode.md, step 7; optimism#20295, #21164',
    file: 'node/follow/decide.ts',
    find: 'if (isZeroRef(target.localSafe))\n    return',
    replace: 'if (isZeroRef(target.localSafe) || heads.unsafe.number === 0n)\n    return',
    killers: [{ file: decide, test: 'decideFollow: follow-mode.md, step 7 > 1: from genesis' }],
  },
  {
    name: 'refusal-forgets-what-it-was-not-about',
    rule: 'an update that the engine refuses says nothing of a finalized block that it did not name',
    source: 'follow-mode.md, step 7; campaign, seed 790242',
    file: 'node/engine/forkchoice.ts',
    find: 'if (forkchoice.finalizedBlockHash === context.toldFinalized?.hash)\n        context.toldFinalized = context.confirmedFinalized',
    replace: 'context.toldFinalized = context.confirmedFinalized',
    at: 'context.toldFinalized = context.confirmedFinalized\n      throw',
    killers: [
      {
        file: 'node/engine/tasks/follow.test.ts',
        test: 'follow: one tick > an update that the engine refuses says nothing of a finalized block that was told before',
      },
    ],
  },
  {
    name: 'final-before-the-engine-confirmed-it',
    rule: 'what becomes final while the engine syncs is published once the engine has confirmed it',
    source: 'follow-mode.md, invariants ("finalized never goes back"); campaign, seed 912395~912733',
    file: 'node/engine/forkchoice.ts',
    find: '        ...labels,\n        finalized,',
    replace: '        ...labels,',
    killers: [
      {
        file: 'node/engine/tasks/follow.test.ts',
        test: 'follow: one tick > what becomes final while the engine syncs is published once the engine has confirmed it',
      },
    ],
  },
  {
    name: 'refusal-takes-confirmed-finality-back',
    rule: 'an update that the engine refuses takes back no finality that it has confirmed',
    source: 'follow-mode.md, step 7; campaign, seed 890062~890553~891155~891495',
    file: 'node/engine/forkchoice.ts',
    find: 'context.toldFinalized = context.confirmedFinalized\n      throw',
    replace: 'context.toldFinalized = null\n      throw',
    killers: [
      {
        file: 'node/engine/tasks/follow.test.ts',
        test: 'follow: one tick > an update that the engine refuses takes back no finality that it has confirmed',
      },
    ],
  },
]
