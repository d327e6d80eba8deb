import type { Mutant } from '../mutant.ts'

const signer = 'node/l1/unsafe-block-signer.test.ts'

/** Own L1: one owner, proven answers, orphans that were seen. */
export const l1Mutants: readonly Mutant[] = [
  {
    name: 'orphan-by-absence',
    rule: 'a block is an orphan when it was seen replaced, not when L1 lacks it',
    source: 'issue 8, D5',
    file: 'node/l1/canonicality.ts',
    find: "if (found === null) ahead ??= { kind: 'ahead', expected }",
    replace: "if (found === null) return { kind: 'orphaned', expected, found: expected }",
    at: 'ahead ??=',
    killers: [
      { file: 'node/l1/canonicality.test.ts', test: 'says when the chain is not that long' },
      { file: 'node/l1/reorg-guard.test.ts', test: 'waits for proof when L1 is shorter than the origin' },
    ],
  },
  {
    name: 'fork-believed-at-first-sight',
    rule: 'another fork counts when a second look agrees',
    source: 'issue 8, D5',
    file: 'node/l1/fork-doubt.ts',
    find: 'export const looksMin = 2',
    replace: 'export const looksMin = 1',
    at: 'candidate = { fork, looks: 0 }',
    killers: [
      { file: 'node/l1/l1-watcher.test.ts', test: 'moves nothing for a fork that was shown once' },
      {
        file: 'harness/world/sim/nodes/two-forks.test.ts',
        test: 'a reorg that L1 shows with one voice > is acted on at the second poll, once',
      },
    ],
  },
  {
    name: 'contradiction-without-doubt',
    rule: 'an L1 that contradicts itself needs more looks that agree',
    source: 'issue 8, D5',
    file: 'node/l1/fork-doubt.ts',
    find: 'needed = Math.min(needed * contradictionFactor, looksMax)',
    replace: '',
    killers: [
      {
        file: 'node/l1/fork-doubt.test.ts',
        test: 'asks for four times as many looks when L1 goes back to a fork that it left',
      },
    ],
  },
  {
    name: 'doubt-at-the-pace-of-polls',
    rule: 'while another fork is in doubt L1 is looked at at least twice a second',
    source: 'issue 8, D5',
    file: 'node/l1/l1-watcher.ts',
    find: 'if (tracker.inDoubt) delayMs = Math.min(delayMs, lookMsMax)',
    replace: '',
    killers: [
      {
        file: 'node/l1/l1-watcher.test.ts',
        test: 'settles a doubt within seconds, however seldom L1 is polled',
      },
    ],
    unseen: 'a doubt lasts a few polls longer, which is less than anybody waits for',
  },
  {
    name: 'rewound-in-doubt',
    rule: 'a reset takes no head back while L1 shows another fork than the one that is held',
    source: 'follow-mode.md: heads go back only on a proven mismatch; campaign, seed 851453',
    file: 'node/engine/sync-start.ts',
    find: "if (origin === 'orphaned' && isL1InDoubt())",
    replace: "if (origin === 'orphaned' && isL1InDoubt() && cursor.number < 0n)",
    killers: [
      {
        file: 'node/engine/sync-start.test.ts',
        test: 'findStartingHeads while own L1 shows another fork than the one that is held',
      },
    ],
  },
  {
    name: 'two-forks-end-the-node',
    rule: 'what L1 says while it shows two forks ends no node',
    source: 'issue 8, D5; campaign, seed 770239',
    file: 'node/rollup-node.ts',
    find: 'isL1Settled: () => watcher.isSettled,',
    replace: '',
    at: 'watcher.isSettled',
    killers: [
      {
        file: 'harness/world/sim/nodes/two-forks.test.ts',
        test: 'ends no node when it goes back to the other one soon',
      },
    ],
  },
  {
    name: 'believed-fork-is-settled',
    rule: 'a fork that was just believed may still be the wrong one',
    source: 'issue 8, D5; campaign, seed 770239',
    file: 'node/l1/fork-doubt.ts',
    find: 'return agreed >= looksMax',
    replace: 'return candidate === null',
    killers: [
      {
        file: 'node/l1/fork-doubt.test.ts',
        test: 'is settled a few looks after the start, and unsettled by another fork until the most looks in a row agree',
      },
      { file: 'node/l1/l1-watcher.test.ts', test: 'is settled again when L1 has shown one fork long enough' },
    ],
  },
  {
    name: 'no-second-look-below-the-view',
    rule: 'an orphan below the view must be seen twice',
    source: 'issue 8, D5',
    file: 'node/l1/reorg-guard.ts',
    find: 'if (watcher.isOrphan(orphan)) return true',
    replace: 'if (orphan.number >= 0n) return true',
    at: 'await clock.sleep(secondLookMs, signal)',
    killers: [
      {
        file: 'node/l1/reorg-guard.test.ts',
        test: 'takes a second look where the view of L1 does not reach, and both must agree',
      },
      { file: 'node/l1/reorg-guard.test.ts', test: 'does nothing when L1 takes it back at the second look' },
    ],
  },
  {
    name: 'shorter-l1-proves-nothing',
    rule: 'a head leaves an L1 block that was seen to be replaced, also while L1 is too short to have another one there',
    source: 'issue 8, D5; campaign, seed 1000928',
    file: 'node/l1/reorg-guard.ts',
    find: 'const removed = blocks.find(watcher.isOrphan)',
    replace: 'const removed = blocks.find(({ number }) => number < 0n)',
    killers: [
      {
        file: 'node/l1/reorg-guard.test.ts',
        test: 'has the proof when L1 was seen to become shorter than the origin',
      },
    ],
  },
  {
    name: 'reset-again-for-the-same-orphan',
    rule: 'nothing is reset twice for the same orphan',
    source: 'issue 8, D5',
    file: 'node/l1/reorg-guard.ts',
    find: 'if (last !== null && sameBlock(last.orphan, orphan)) {',
    replace: 'if (last !== null && orphan.number < 0n) {',
    at: 'const waitMs = last.notBeforeMs',
    unseen:
      'nobody brings an orphan back: what peers and sources say on one that was seen is refused, and one that was never seen lies below all that derivation and the heads stand on',
    killers: [
      {
        file: 'node/l1/reorg-guard.test.ts',
        test: 'is not driven to a reset at every L1 head by an orphan that comes back from outside',
      },
    ],
  },
  {
    name: 'head-on-an-orphan-kept',
    rule: 'a head whose origin L1 orphaned is reset',
    source: 'follow-mode.md, "Sequencer that follows"',
    file: 'node/l1/reorg-guard.ts',
    find: '[...derivedFrom(), localSafe.l1Origin, unsafe.l1Origin]',
    replace: '[...derivedFrom(), localSafe.l1Origin]',
    killers: [
      { file: 'node/l1/reorg-guard.test.ts', test: 'resets when the origin of %s is orphaned' },
      {
        file: 'node/sequencer/sequencer.test.ts',
        test: 'L1 reorgs > of the origin of the head: reset, then blocks on the surviving chain',
      },
    ],
  },
  {
    name: 'refused-label-stops-the-head',
    rule: 'a label that L1 refuses delays no head, and is asked ever more slowly',
    source: 'issue 8, C2',
    file: 'node/l1/label-poll.ts',
    find: 'await clock.sleep(backOff.next(), signal)',
    replace: "throw new Error('refused')",
    killers: [{ file: 'node/l1/l1-watcher.test.ts', test: 'L1 labels, each by itself' }],
  },
  {
    name: 'header-not-checked',
    rule: 'a header whose fields do not give its hash is refused',
    source: 'issue 8, C1',
    file: 'node/adapters/l1/l1-source.ts',
    find: 'if (!isProven && !trustRpc)',
    replace: 'if (!isProven && !trustRpc && block.number < 0n)',
    killers: [{ file: 'node/adapters/l1/l1-source.test.ts', test: 'L1 source > refuses %s' }],
  },
  {
    name: 'receipts-unchecked',
    rule: "receipts are always proven by the header's root, also with --l1.trustrpc",
    source: 'issue 8, C1',
    file: 'node/adapters/l1/read-receipts.ts',
    find: 'if (receipts !== null) checkReceiptsRoot(block, receipts)',
    replace: '',
    killers: [
      {
        file: 'harness/world/sim/nodes/l1-endpoint.test.ts',
        test: 'a node whose L1 answers no receipts > is led to no other finalized chain',
      },
      {
        file: 'node/adapters/l1/l1-source.test.ts',
        test: 'L1 source > trusts no receipts that prove nothing, also where it trusts all else',
      },
      {
        file: 'node/adapters/l1/read-receipts.test.ts',
        test: 'are proven like all others, and nothing is concluded from wrong ones',
      },
    ],
  },
  {
    name: 'storage-unproven',
    rule: 'the unsafe block signer is proven by the state root of an L1 block',
    source: 'op-node, ReadStorageAt; EIP-1186',
    file: 'node/adapters/l1/trie-proof.ts',
    find: 'if (keccak256(bytes) !== bytesToHex(reference))',
    replace: 'if (bytes.length === 0)',
    killers: [
      {
        file: 'node/adapters/l1/state-proof.test.ts',
        test: 'storage proofs > refuse every single changed byte',
      },
      { file: 'node/adapters/l1/l1-source.test.ts', test: 'L1 source > a proof against another state' },
    ],
    unseen: 'no L1 of a simulated world forges a proof',
  },
  {
    name: 'absence-by-what-is-left-out',
    rule: 'a proof that ends too soon proves nothing, absence neither',
    source: 'EIP-1186',
    file: 'node/adapters/l1/trie-proof.ts',
    find: "if (raw === undefined) throw fail('it ends too soon')",
    replace: 'if (raw === undefined) return null',
    killers: [
      {
        file: 'node/adapters/l1/state-proof.test.ts',
        test: 'storage proofs > refuse to prove absence by what is left out, or by the nodes of another slot',
      },
    ],
    unseen: 'no L1 of a simulated world forges a proof',
  },
  {
    name: 'confirmations-ignored',
    rule: 'derivation reads only L1 blocks with enough others on top',
    source: 'op-node, --verifier.l1-confs',
    file: 'node/l1/confirmed-l1.ts',
    find: 'number > 0n && number + confirmations > headNumber()',
    replace: 'number > 0n && number > headNumber()',
    killers: [
      {
        file: 'node/l1/confirmed-l1.test.ts',
        test: 'hides L1 blocks without enough others on top, except genesis',
      },
    ],
    unseen: 'no node of a topology is told to derive behind the head of L1',
  },
  {
    name: 'signer-grace-missing',
    rule: 'the signer before a rotation is heard for three hours',
    source: "issue 8, C5; op-node's DefaultSignerGracePeriod",
    file: 'node/l1/signer-history.ts',
    find: 'untilMs: end.seenMs + signerGraceMs',
    replace: 'untilMs: end.seenMs',
    killers: [
      {
        file: signer,
        test: 'gives a signer that was replaced its three hours, from when the node learnt of it',
      },
    ],
  },
  {
    name: 'signer-of-an-orphan-kept',
    rule: 'a rotation in a block that L1 orphans never was',
    source: 'issue 8, C5',
    file: 'node/l1/signer-history.ts',
    find: 'return history.filter(({ at }) => !orphans.has(at.hash))',
    replace: 'return orphans.size > 1e9 ? [] : history',
    killers: [
      {
        file: signer,
        test: 'gives none to the signer of a block that L1 orphans, and the one before gets back its own',
      },
    ],
    unseen: 'the only key there is is heard either way, for three hours after a rotation',
  },
  {
    name: 'rate-learnt-from-silence',
    rule: 'an L1 that answers nothing teaches no lower rate: it is asked as often as before once it answers',
    source: 'campaign, seed 780021~780447',
    file: 'node/concurrency/call-rate.ts',
    find: 'if (!answeredSinceLowered) return false',
    replace: '',
    killers: [
      {
        file: 'node/concurrency/call-budget.test.ts',
        test: 'call rate > learns of no lower rate from a server that answers nothing',
      },
    ],
  },
  {
    name: 'rate-learnt-from-few-calls',
    rule: 'a refusal after few calls tells of no rate, and what was refused once is tried again soon',
    source: 'campaign, seed 782254',
    file: 'node/concurrency/call-rate.ts',
    find: 'const firstLearntMin = 5',
    replace: 'const firstLearntMin = 1',
    at: 'const managed = Math.max(',
    killers: [
      {
        file: 'node/concurrency/call-budget.test.ts',
        test: 'call rate > learns no rate from a refusal after few calls, and less from each one that follows answers',
      },
    ],
  },
  {
    name: 'heads-back-and-forth-are-settled',
    rule: 'an L1 whose head goes back does not speak with one voice: nothing that it says ends the node',
    source: 'op-node, sync start; campaign, seed 840043~840377',
    file: 'node/l1/fork-doubt.ts',
    find: 'if (head.number < shown) agreed = 0',
    replace: 'if (head.number < 0n) agreed = 0',
    killers: [
      {
        file: 'node/l1/fork-doubt.test.ts',
        test: 'doubt about another fork > is not settled while heads go back',
      },
    ],
  },
  {
    name: 'first-look-ends-the-node',
    rule: 'what an L1 says of finalized in the first looks ends no node: it may show two forks in turn',
    source: 'follow-mode.md, "Failure modes"; campaign, seed 792421',
    file: 'node/l1/fork-doubt.ts',
    find: 'let agreed = looksMax - startLooks',
    replace: 'let agreed = startLooks > 0 ? looksMax : 0',
    killers: [
      {
        file: 'node/l1/fork-doubt.test.ts',
        test: 'doubt about another fork > is settled a few looks after the start, and unsettled by another fork until the most looks in a row agree',
      },
    ],
  },
  {
    name: 'fork-proven-by-a-peek',
    rule: 'a look that somebody asked for proves no fork: it comes too soon after another',
    source: 'issue 8, D5',
    file: 'node/l1/chain-tracker.ts',
    find: 'if (!mayProveFork || !doubt.showsFork(fork, orphans.has(fork.hash))) return null',
    replace: 'if (!doubt.showsFork(fork, orphans.has(fork.hash))) return null',
    killers: [
      {
        file: 'node/l1/l1-watcher.test.ts',
        test: 'L1 watcher, another fork > proves no fork by looks that somebody asked for: they come too soon after another',
      },
    ],
  },
  {
    name: 'safe-outlives-its-batch',
    rule: 'safe is reset when L1 orphans what its batch came from, whatever its origin',
    source: 'specs/protocol/derivation.md, "Finding the sync starting point"',
    file: 'node/l1/reorg-guard.ts',
    find: '[...derivedFrom(), localSafe.l1Origin, unsafe.l1Origin]',
    replace: '[localSafe.l1Origin, unsafe.l1Origin]',
    killers: [
      {
        file: 'node/l1/reorg-guard.test.ts',
        test: 'guard against L1 reorgs > resets when the block that derivation reads is orphaned, whatever the heads stand on',
      },
    ],
  },
  {
    name: 'failed-look-is-the-last',
    rule: 'after a look at L1 that failed comes another one',
    source: 'op-node, --l1.http-poll-interval',
    file: 'node/l1/l1-watcher.ts',
    find: 'delayMs = backOff.next()',
    replace: 'delayMs = 1e9 + backOff.next()',
    killers: [{ file: 'node/l1/l1-watcher.test.ts', test: 'L1 watcher > goes on after L1 was down' }],
  },
  {
    name: 'refused-label-is-never-asked-again',
    rule: 'a label that L1 refused is asked for again',
    source: 'issue 8, C2',
    file: 'node/l1/label-poll.ts',
    find: 'await clock.sleep(backOff.next(), signal)',
    replace: 'await clock.sleep(1e9 + backOff.next(), signal)',
    killers: [
      {
        file: 'node/l1/l1-watcher.test.ts',
        test: 'L1 labels, each by itself > a refusal that ends is noticed, and said',
      },
    ],
  },
]
