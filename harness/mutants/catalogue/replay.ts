import type { Mutant } from '../mutant.ts'

const guard = 'node/follow/replay-guard.test.ts'
const follower = 'harness/world/sim/nodes/follower.test.ts'

/** A source that says again what it said before is no news. */
export const replayMutants: readonly Mutant[] = [
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
    name: 'disproved-mark-kept',
    rule: 'what was said with less of L1 is no mark any more once less is safe with more of it',
    source: 'follow-mode.md, step 6; campaign, seed 1010620',
    file: 'node/follow/replay-guard.ts',
    find: 'mark.localSafe.number > localSafe.number &&',
    replace: 'mark.localSafe.number < 0n &&',
    killers: [
      {
        file: guard,
        test: 'an accepted status disproves marks of less L1 and more safe, where L1 has not replaced their blocks',
      },
    ],
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
    name: 'mark-of-who-derives-again-believed',
    rule: 'after our own restart a source that says our local-safe with less of L1 than there was may still take it back as a replay',
    source: 'follow-mode.md, step 6; campaign, seed 850029~851070',
    file: 'node/follow/judge.ts',
    find: 'if (mayReplaySinceBefore(',
    replace: 'if (marks.length === 0 && mayReplaySinceBefore(',
    killers: [
      {
        file: 'node/follow/judge.test.ts',
        test: 'after our own restart > one that derives again, with our local-safe at first, is held as well',
      },
    ],
  },
  {
    name: 'replay-after-restart',
    rule: 'after our own restart local-safe is not taken back before the source is where L1 was',
    source: 'follow-mode.md, step 6',
    file: 'node/follow/judge.ts',
    find: 'if (mayReplaySinceBefore(',
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
    name: 'lagging-l1-ends-the-restart-guard',
    rule: 'an own L1 that lagged at our start does not say how far L1 was',
    source: 'follow-mode.md, step 6; campaign, seed 900890',
    file: 'node/follow/replay-guard.ts',
    find: ' || Number(currentL1.timestamp) * 1_000 <= start.timeMs',
    replace: '',
    killers: [
      {
        file: 'node/follow/judge.test.ts',
        test: 'after our own restart > a source that replays on an L1 that lagged %s',
      },
      {
        file: guard,
        test: 'has not derived what is newer than our start, and L1 lagged',
      },
    ],
  },
  {
    name: 'heard-of-a-later-l1-forgotten',
    rule: 'a source that told more of an L1 that ours has by now replays when it takes local-safe back with less',
    source: 'follow-mode.md, step 6; campaign, seed 930294~931653',
    file: 'node/follow/judge.ts',
    find: 'const told = takesBack ? await replayedMark(input.heard, target, isThere) : null',
    replace: 'const told = takesBack ? await replayedMark([], target, isThere) : null',
    at: '? await replayedMark(input.heard, target, isThere)',
    killers: [
      {
        file: 'node/follow/judge.test.ts',
        test: 'after our own restart > nor one that told more of an L1 that ours %s',
      },
    ],
  },
  {
    name: 'restart-guard-without-end',
    rule: 'a source that derived L1 up to where it was at our start does not replay',
    source: 'follow-mode.md, step 6',
    file: 'node/follow/replay-guard.ts',
    find: 'return currentL1.number < start.l1Head.number || Number(currentL1.timestamp) * 1_000 <= start.timeMs',
    replace: 'return true',
    killers: [{ file: guard, test: 'replay guard: follow-mode.md, step 6 > has derived up to our L1 head' }],
  },
  {
    name: 'overtaken-in-the-same-millisecond',
    rule: 'a status that was judged in the moment in which another one was applied may have been judged before it',
    source: 'follow-mode.md, step 6; campaign, seed 850868~852424',
    file: 'node/engine/target-age.ts',
    find: 'lastFollowed.atMs < judgedMs',
    replace: 'lastFollowed.atMs <= judgedMs',
    killers: [
      {
        file: 'node/engine/tasks/follow-adoption.test.ts',
        test: 'follow: a target that was judged before another one was applied > is refused also when it was judged in the same millisecond',
      },
    ],
  },
  {
    name: 'overtaken-status-applied',
    rule: 'a status that was judged before an adoption is not applied after it when a source said it before',
    source: 'follow-mode.md, step 6; campaign, seed 800056',
    file: 'node/engine/target-age.ts',
    find: 'return looksLikeReplay(lastFollowed.target, target)\n',
    replace: 'return judgedMs < 0 && looksLikeReplay(lastFollowed.target, target)\n',
    at: 'was adopted while',
    killers: [
      {
        file: 'node/engine/tasks/follow-adoption.test.ts',
        test: 'follow: a target that was judged before another one was applied > is refused when a source said it before that one',
      },
    ],
  },
]
