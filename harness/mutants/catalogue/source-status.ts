import type { Mutant } from '../mutant.ts'

/** What of a source is believed, and how it is asked. */
export const sourceStatusMutants: readonly Mutant[] = [
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
    unseen: 'no source of a simulated world names an L1 origin that is older than the one of its block',
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
    unseen: 'the client of the source ends a call that is not answered after the same time',
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
    name: 'foreign-until-silent',
    rule: 'a source that was of another chain is not followed because it cannot be asked for its chain any more',
    source: 'follow-mode.md, step 3',
    file: 'node/follow/tracker.ts',
    find: 'if (isForeign && identity.isUnanswered)',
    replace: 'if (isForeign && identity.isUnanswered && timeoutMs < 0)',
    killers: [
      {
        file: 'node/follow/identity-check.test.ts',
        test: 'the identity of the source, beside its status > a source that was of another chain, and then',
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
    at: "'the source served another chain when",
    killers: [
      {
        file: 'node/follow/delegated.test.ts',
        test: 'failure modes: the source > of another chain later: following pauses loudly and resumes',
      },
    ],
  },
]
