import type { Mutant } from '../mutant.ts'

const decide = 'node/follow/decide.test.ts'
const guard = 'node/follow/replay-guard.test.ts'
const follower = 'harness/world/sim/nodes/follower.test.ts'

/** What a source says, and what becomes of it. */
export const followMutants: readonly Mutant[] = [
  {
    name: 'no-l1-check',
    rule: 'a status whose blocks own L1 does not have is dropped',
    source: 'follow-mode.md, step 5',
    file: 'node/follow/judge.ts',
    find: 'if (fault !== null)\n    return fault.kind',
    replace: "if (fault !== null && fault.kind === 'ahead')\n    return fault.kind",
    killers: [
      {
        file: 'node/follow/delegated.test.ts',
        test: 'failure modes: the source > lying: %s changes nothing',
      },
      { scenario: 'Source_OnAnotherL1Fork' },
    ],
  },
  {
    name: 'lag-called-another-fork',
    rule: '"not there yet" and "another block there" are different answers',
    source: 'issue 8, C11',
    file: 'node/l1/canonicality.ts',
    find: "if (found === null) return 'ahead'",
    replace: "if (found === null) return 'orphaned'",
    at: "return 'ahead'",
    killers: [
      {
        file: 'node/engine/sync-start.test.ts',
        test: 'takes an origin that L1 does not have yet for plausible',
      },
    ],
  },
  {
    name: 'no-replay-guard',
    rule: 'a status below the mark whose currentL1 is not newer comes from a source that replays',
    source: 'follow-mode.md, step 6',
    file: 'node/follow/judge.ts',
    find: 'if (mark !== null)\n    return replay(',
    replace: 'if (mark !== null && mark.localSafe.number === 0n)\n    return replay(',
    killers: [
      {
        file: 'node/follow/delegated.test.ts',
        test: 'failure modes: the source > restarted and replaying: our heads hold until it has caught up',
      },
    ],
  },
  {
    name: 'replay-of-equal-l1',
    rule: 'a lower local-safe at the same currentL1 is a replay too',
    source: 'follow-mode.md, step 6: (10, 30) refuse',
    file: 'node/follow/replay-guard.ts',
    find: 'theirs.currentL1.number <= mark.currentL1.number',
    replace: 'theirs.currentL1.number < mark.currentL1.number',
    killers: [{ file: guard, test: 'replay guard: follow-mode.md, step 6 > the same L1, lower local-safe' }],
  },
  {
    name: 'replay-mark-lowered',
    rule: 'an accepted status with an older currentL1 does not lower the mark',
    source: 'follow-mode.md, step 6',
    file: 'node/follow/replay-guard.ts',
    find: 'return others.toSpliced(place, 0, accepted).slice(-marksMax)',
    replace: 'return others.slice(0, place).concat(accepted)',
    killers: [{ file: guard, test: 'an accepted status with an older currentL1 does not lower the mark' }],
  },
  {
    name: 'replay-mark-on-an-orphan',
    rule: 'the mark is the highest that own L1 still has',
    source: 'follow-mode.md, step 6',
    file: 'node/follow/replay-guard.ts',
    find: 'if (await hasL1(mark.currentL1)) return mark',
    replace: 'if ((await hasL1(mark.currentL1)) || marks.length > 0) return mark',
    killers: [
      { file: guard, test: 'the mark is the highest that own L1 still has' },
      { file: guard, test: 'replay guard: follow-mode.md, step 6 > older L1, and own L1 lost block 10' },
    ],
  },
  {
    name: 'replay-after-restart',
    rule: 'after our own restart local-safe is not taken back before the source is where L1 was',
    source: 'follow-mode.md, step 6',
    file: 'node/follow/judge.ts',
    find: 'if (marks.length === 0 && mayReplaySinceBefore(',
    replace: 'if (marks.length > 1e9 && mayReplaySinceBefore(',
    at: 'from before our start, when L1 was at',
    killers: [
      {
        file: 'node/follow/judge.test.ts',
        test: 'after our own restart > a source that replays is held until it has derived L1 up to where that was',
      },
      {
        file: follower,
        test: 'a follower that restarts together with its source',
      },
      { scenario: 'Restart_Follower' },
    ],
  },
  {
    name: 'restart-guard-without-end',
    rule: 'a source that derived L1 up to where it was at our start does not replay',
    source: 'follow-mode.md, step 6',
    file: 'node/follow/replay-guard.ts',
    find: 'theirs.localSafe.number < start.localSafe.number && theirs.currentL1.number < start.l1Head.number',
    replace: 'theirs.localSafe.number < start.localSafe.number',
    at: 'theirs.currentL1.number < start.l1Head.number',
    killers: [{ file: guard, test: 'replay guard: follow-mode.md, step 6 > has derived up to our L1 head' }],
  },
  {
    name: 'heads-out-of-order',
    rule: 'finalized ≤ safe ≤ local-safe, else the status is dropped',
    source: 'follow-mode.md, step 4',
    file: 'node/follow/structure.ts',
    find: 'if (safe.number > localSafe.number)',
    replace: 'if (safe.number > localSafe.number + 1000n)',
    killers: [
      { file: 'node/follow/structure.test.ts', test: 'structure of a source status > safe above local-safe' },
    ],
    unseen: 'a status with such heads is refused again when it is to be applied',
  },
  {
    name: 'zero-current-l1',
    rule: 'a source that does not know its currentL1 yet is not followed',
    source: 'follow-mode.md, step 4',
    file: 'node/follow/structure.ts',
    find: "if (isZeroRef(currentL1)) return 'current_l1 is not known yet'",
    replace: '',
    killers: [
      { file: 'node/follow/structure.test.ts', test: 'structure of a source status > current_l1 zero' },
    ],
    unseen: 'own L1 has another block at that number, and the status is dropped for that',
  },
  {
    name: 'head-of-the-future',
    rule: 'a head of a time beyond now is refused',
    source: 'issue 8, D9',
    file: 'node/follow/head-times.ts',
    find: 'if (ref.timestamp > nowSeconds + clockToleranceSeconds)',
    replace: 'if (ref.timestamp > nowSeconds + 1_000_000n)',
    at: 'is of the time',
    killers: [
      {
        file: 'node/follow/head-times.test.ts',
        test: 'head times against the number and the clock > of the future',
      },
    ],
  },
  {
    name: 'time-not-of-its-number',
    rule: 'a head has the time that its number gives it',
    source: 'issue 8, D9; specs/protocol/derivation.md, "Batch Queue"',
    file: 'node/follow/head-times.ts',
    find: 'if (ref.timestamp !== expected)',
    replace: 'if (ref.timestamp > expected)',
    at: 'has the time',
    killers: [
      {
        file: 'node/follow/head-times.test.ts',
        test: 'head times against the number and the clock > far above everything, with a time of now',
      },
    ],
  },
  {
    name: 'beyond-the-drift',
    rule: 'a head lies at most the sequencer drift after its L1 origin',
    source: 'issue 8, D9; fjord/derivation.md, "Constant Maximum Sequencer Drift"',
    file: 'node/follow/head-times.ts',
    find: 'if (timestamp <= origin.timestamp + drift) return null',
    replace: 'if (timestamp <= origin.timestamp + 2n * drift) return null',
    at: 'const next = await l1BlockAt(l1Origin.number + 1n)',
    killers: [
      { file: 'node/follow/head-times.test.ts', test: 'head times against the L1 origin > beyond the drift' },
    ],
  },
  {
    name: 'before-its-origin',
    rule: 'a head does not lie before its L1 origin',
    source: 'specs/protocol/derivation.md, "Batch Queue"',
    file: 'node/follow/head-times.ts',
    find: 'if (timestamp < origin.timestamp)',
    replace: 'if (timestamp < 0n)',
    at: 'return `lies before its L1 origin',
    killers: [
      {
        file: 'node/follow/head-times.test.ts',
        test: 'head times against the L1 origin > before its origin',
      },
    ],
  },
  {
    name: 'jump-not-held',
    rule: 'a jump beyond what block time allows waits for a second poll',
    source: 'issue 8, D9',
    file: 'node/follow/jump.ts',
    find: 'if (localSafe.number <= allowed || confirmed) return',
    replace: 'if (localSafe.number <= allowed + 1_000_000n || confirmed) return',
    at: 'memory: { ...memory, held: localSafe }',
    killers: [
      { file: 'node/follow/jump.test.ts', test: 'a jump beyond what block time allows > more than that' },
      {
        file: 'node/follow/judge.test.ts',
        test: 'one lying poll > with a plausible jump is held, and the honest one after it is followed',
      },
    ],
    unseen:
      'no source of a simulated world names a block that nobody made with a time that fits: within what block time allows such a lie is followed',
  },
  {
    name: 'jump-confirmed-by-another-block',
    rule: 'only the same block, or a higher one, confirms a jump',
    source: 'issue 8, D9',
    file: 'node/follow/jump.ts',
    find: 'localSafe.number > memory.held.number || sameBlock(localSafe, memory.held)',
    replace: 'localSafe.number >= memory.held.number',
    killers: [
      {
        file: 'node/follow/jump.test.ts',
        test: 'is not let through by another block there, nor after an honest status in between',
      },
    ],
    unseen:
      'no source of a simulated world names a block that nobody made with a time that fits: within what block time allows such a lie is followed',
  },
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
    name: 'blocking-poll',
    rule: 'a source that does not answer ends its poll at the deadline',
    source: 'follow-mode.md, step 1',
    file: 'node/follow/tracker.ts',
    find: "const status = await withDeadline('follow source', timeoutMs, clock, signal, (inner) =>\n        source.syncStatus(inner),\n      )",
    replace: 'const status = await source.syncStatus(signal)',
    killers: [
      {
        file: 'node/follow/delegated.test.ts',
        test: 'failure modes: the source > slow: one request in flight, ticks keep their period, the deadline ends it',
      },
    ],
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
    name: 'failed-poll-is-the-last',
    rule: 'after a poll that failed comes another one',
    source: 'follow-mode.md, step 1; optimism#21759',
    file: 'node/follow/poll-loop.ts',
    find: 'if (outcome === null) break\n',
    replace: "if (outcome === null) break\n    if (outcome === 'failed') await clock.sleep(1e9, signal)\n",
    killers: [
      {
        file: 'node/follow/delegated.test.ts',
        test: 'failure modes: the source > down, then back: heads stand, the lag grows, then it is followed again',
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
    name: 'foreign-source-followed',
    rule: 'following pauses when the source turns out to be of another chain',
    source: 'follow-mode.md, step 3',
    file: 'node/follow/tracker.ts',
    find: 'if (foreign !== null) return refuseChain(foreign)',
    replace: '',
    killers: [
      {
        file: 'node/follow/delegated.test.ts',
        test: 'failure modes: the source > of another chain later: following pauses loudly and resumes',
      },
    ],
  },
  {
    name: 'overtaken-status-applied',
    rule: 'a status that was judged before an adoption is not applied after it when a source said it before',
    source: 'follow-mode.md, step 6; campaign, seed 800056',
    file: 'node/engine/tasks/follow.ts',
    find: 'overtakenReason(context, given) ?? (await staleReason(context, given))',
    replace:
      '(await staleReason(context, given)) ?? (given.judgedMs < 0 ? overtakenReason(context, given) : null)',
    killers: [
      {
        file: 'node/engine/tasks/follow-adoption.test.ts',
        test: 'follow: a target that was judged before another one was applied > is refused when a source said it before that one',
      },
    ],
  },
  {
    name: 'silent-at-once',
    rule: 'a source that could not be asked for its chain once is asked again before it replaces a head: it may have been starting',
    source: 'follow-mode.md, step 3; campaign, seed 790019~790049',
    file: 'node/follow/identity-check.ts',
    find: 'if (failedBefore) return notTold',
    replace: 'if (failedBefore || retryMs > 0) return notTold',
    killers: [
      {
        file: 'node/follow/identity-check.test.ts',
        test: 'the identity of the source, beside its status > is asked for again where it could not be: a source that was starting replaces no head meanwhile',
      },
    ],
  },
  {
    name: 'followed-beside-its-name',
    rule: 'what a source of another chain told beside its right name is not followed: it may be from before',
    source: 'follow-mode.md, step 3; campaign, seed 790019~790655',
    file: 'node/follow/tracker.ts',
    find: 'const wasForeign = isForeign',
    replace: 'const wasForeign = isForeign && target === null',
    killers: [
      {
        file: 'node/follow/delegated.test.ts',
        test: 'failure modes: the source > of another chain later: following pauses loudly and resumes',
      },
    ],
  },
  {
    name: 'refusal-forgets-what-it-was-not-about',
    rule: 'an update that the engine refuses says nothing of a finalized block that it did not name',
    source: 'follow-mode.md, step 7; campaign, seed 790242',
    file: 'node/engine/forkchoice.ts',
    find: 'if (forkchoice.finalizedBlockHash === context.toldFinalized?.hash) context.toldFinalized = null',
    replace: 'context.toldFinalized = null',
    killers: [
      {
        file: 'node/engine/tasks/follow.test.ts',
        test: 'follow: one tick > an update that the engine refuses says nothing of a finalized block that was told before',
      },
    ],
  },
]
