import type { Mutant } from '../mutant.ts'

const singular = 'node/derivation/pipeline/batch-validity-singular.test.ts'
const span = 'node/derivation/pipeline/batch-validity-span.test.ts'
const channels = 'node/derivation/pipeline/channels.test.ts'

/** From L1 data to payload attributes. Source of the rules: specs/protocol/derivation.md and its forks. */
export const derivationMutants: readonly Mutant[] = [
  {
    name: 'batch-after-its-window',
    rule: 'a batch that was included after its sequencing window is dropped',
    source: 'specs/protocol/derivation.md, "Batch Queue"',
    file: 'node/derivation/pipeline/batch-validity-singular.ts',
    find: 'if (batch.epochNum + config.seqWindowSize < inclusion.number)',
    replace: 'if (batch.epochNum + config.seqWindowSize + 1n < inclusion.number)',
    at: "drop('IncludedTooLate')",
    killers: [{ file: singular, test: 'checkSingularBatch > first block after the window' }],
    unseen:
      'by then derivation has put blocks in the place of that batch: it is of the past, or of an epoch that has left the window',
  },
  {
    name: 'batch-of-another-parent',
    rule: 'a batch whose parent is not the safe head is dropped',
    source: 'specs/protocol/derivation.md, "Batch Queue"',
    file: 'node/derivation/pipeline/batch-validity-singular.ts',
    find: 'if (batch.parentHash !== safeHead.hash)',
    replace: "if (batch.parentHash === '0x')",
    at: "drop('ParentHashMismatch')",
    killers: [{ file: singular, test: 'checkSingularBatch > parent hash' }],
  },
  {
    name: 'batch-of-another-epoch',
    rule: 'a batch whose epoch hash is not that of L1 is dropped',
    source: 'specs/protocol/derivation.md, "Batch Queue"',
    file: 'node/derivation/pipeline/batch-validity-singular.ts',
    find: 'if (batch.epochHash !== origin.hash)',
    replace: "if (batch.epochHash === '0x')",
    at: "drop('EpochHashMismatch')",
    killers: [{ file: singular, test: 'checkSingularBatch > epoch hash of another known block' }],
  },
  {
    name: 'future-batch-kept',
    rule: 'from Holocene on a batch of the future is dropped, not kept',
    source: 'holocene/derivation.md, "Batch Queue"',
    file: 'node/derivation/pipeline/batch-validity-singular.ts',
    find: "return isHolocene(context) ? drop('FutureTimestampHolocene') : future",
    replace: 'return future',
    killers: [{ file: singular, test: 'checkSingularBatch > timestamp after next, Holocene' }],
  },
  {
    name: 'users-in-an-activation-block',
    rule: 'the first block of Jovian and of Karst has no user transactions',
    source: 'jovian/derivation.md, "Activation Block Rules"',
    file: 'node/derivation/pipeline/batch-validity-block.ts',
    find: 'if (block.transactions.length > 0 && mustBeEmpty(config, block.timestamp))',
    replace: 'if (block.transactions.length > 1e9 && mustBeEmpty(config, block.timestamp))',
    at: "drop('NonEmptyTransitionBlock')",
    killers: [
      { file: singular, test: 'checkSingularBatch > first Jovian block with a transaction' },
      { scenario: 'Fork_JovianAndKarst' },
    ],
    unseen:
      'its engine refuses such a block too, and that of deposits alone in its place is what the sequencer built',
  },
  {
    name: 'users-beyond-the-drift',
    rule: 'beyond the sequencer drift only an empty block is allowed',
    source: 'specs/protocol/derivation.md, "Batch Queue"',
    file: 'node/derivation/pipeline/batch-validity-block.ts',
    find: "if (block.transactions.length > 0) return drop('SequencerDriftExceeded')",
    replace: '',
    killers: [{ file: singular, test: 'checkSingularBatch > transactions beyond the drift' }],
  },
  {
    name: 'deposit-in-a-batch',
    rule: 'a batch with a deposit is dropped',
    source: 'specs/protocol/derivation.md, "Batch Queue"',
    file: 'node/derivation/pipeline/batch-validity-block.ts',
    find: "if (head.startsWith(depositTypePrefix)) return 'DepositTransaction'",
    replace: '',
    killers: [{ file: singular, test: 'checkSingularBatch > deposit' }],
    unseen: 'no batch may have a transaction of that type either way',
  },
  {
    name: 'span-of-another-parent',
    rule: 'a span batch names its parent by the first 20 bytes of its hash',
    source: 'delta/span-batches.md, "Batch Queue"',
    file: 'node/derivation/pipeline/batch-validity-span.ts',
    find: 'if (!matchesCheck(batch.parentCheck, parent.hash))',
    replace: "if (batch.parentCheck === '0x')",
    at: "drop('ParentHashMismatch')",
    killers: [{ file: span, test: 'parent check' }],
  },
  {
    name: 'channel-without-timeout',
    rule: 'a channel that is open for longer than its timeout is dropped',
    source: 'specs/protocol/derivation.md, "Channel Bank"',
    file: 'node/derivation/pipeline/channel-assembler.ts',
    find: 'if (staging.openBlock.number + channelTimeout(config, origin.timestamp) < origin.number) {',
    replace: 'if (staging.openBlock.number + 1_000_000n < origin.number) {',
    at: "staging = undefined\n        observe('timed_out')",
    killers: [
      { file: channels, test: 'createChannelAssembler > after the timeout' },
      { scenario: 'Derivation_ChannelTimeout' },
    ],
    unseen: 'a channel of a simulated world is one frame: it is never open',
  },
  {
    name: 'frames-out-of-order',
    rule: 'from Holocene on frames come in order',
    source: 'holocene/derivation.md, "Frame Queue"',
    file: 'node/derivation/pipeline/frame-queue.ts',
    find: 'return !previous.isLast && frame.number === previous.number + 1',
    replace: 'return !previous.isLast && frame.number > previous.number',
    killers: [{ file: 'node/derivation/pipeline/frame-queue.test.ts', test: 'pruneFrames > a gap' }],
    unseen: 'a channel with a hole gives no batch either way',
  },
  {
    name: 'batches-of-anybody',
    rule: 'only what the batcher of the system config sent counts',
    source: 'specs/protocol/derivation.md, "L1 Retrieval"',
    file: 'node/derivation/pipeline/batcher-data.ts',
    find: 'sameAddress(transaction.from, batcher)\n',
    replace: "(sameAddress(transaction.from, batcher) || transaction.from !== '0x')\n",
    killers: [
      {
        file: 'node/derivation/pipeline/batcher-data.test.ts',
        test: 'batcher data of an L1 block > of another sender',
      },
      { scenario: 'Derivation_BatcherKeyChange' },
    ],
  },
  {
    name: 'blob-index-of-own-transactions',
    rule: 'the index of a blob counts the blobs of all transactions of the block',
    source: 'ecotone/derivation.md, "Blob Retrieval"',
    file: 'node/derivation/pipeline/batcher-data.ts',
    find: 'firstIndex += hashes.length\n',
    replace: 'if (isFromBatcher(transaction, options)) firstIndex += hashes.length\n',
    killers: [{ file: 'node/derivation/pipeline/batcher-data.test.ts', test: 'batcher data of an L1 block' }],
    unseen:
      'a beacon that serves blobs is asked for them by their hashes: only sidecars are asked for by index',
  },
  {
    name: 'l1-reorg-unseen-while-reading',
    rule: 'an L1 block that is not the child of the one before is a reorg',
    source: 'specs/protocol/derivation.md, "L1 Traversal"',
    file: 'node/derivation/pipeline/l1-traversal.ts',
    find: "if (header.parentHash !== origin.hash) return { kind: 'reorg', found: header }",
    replace: '',
    killers: [
      { file: 'node/derivation/pipeline/l1-traversal.test.ts', test: 'a next block on another parent' },
    ],
    unseen: 'the guard of L1 reorgs resets for the same orphan a moment later',
  },
  {
    name: 'walk-that-begins-again',
    rule: 'a long walk makes the one call that failed again, and keeps what it has learnt',
    source: 'issue 8, C3',
    file: 'node/derivation/pipeline/pipeline-start.ts',
    find: 'function walkedL2({ l2, again = once }: PipelineSources, signal: AbortSignal): WalkedL2 {',
    replace:
      'function walkedL2({ l2 }: PipelineSources, signal: AbortSignal): WalkedL2 {\n  const again = once',
    killers: [
      {
        file: 'node/derivation/pipeline/pipeline-start.test.ts',
        test: 'is found over an engine that refuses every third call, with few calls more',
      },
    ],
    unseen: 'it costs calls, and changes no head',
  },
  {
    name: 'finalized-through-an-orphan',
    rule: 'nothing is finalized through an L1 block that was orphaned',
    source: 'specs/protocol/derivation.md, "Finalization Guarantees"',
    file: 'node/derivation/finalizer.ts',
    find: "if (fault?.kind === 'orphaned') {",
    replace: "if (fault?.kind === 'orphaned' && entry.l1.number < 0n) {",
    killers: [
      {
        file: 'node/derivation/local.test.ts',
        test: 'finality > of an orphaned L1 block finalizes nothing through it',
      },
    ],
    unseen: 'no reorg of a campaign goes below what L1 called final',
  },
  {
    name: 'finalized-by-another-view',
    rule: 'nothing is finalized while the view of L1 is not of the chain that L1 called final',
    source:
      'specs/protocol/derivation.md, "Finalization Guarantees"; three nodes under drawn incidents, November 2026',
    file: 'node/derivation/finalizer.ts',
    find: 'const isOfAnotherFork = () => !reaches(finalizedL1)',
    replace: 'const isOfAnotherFork = () => false',
    at: 'return\n      for (\n        let entry',
    killers: [
      {
        file: 'node/derivation/local.test.ts',
        test: 'finality > of a block of another fork waits while the view %s',
      },
    ],
  },
  {
    name: 'batch-before-its-parent',
    rule: 'a batch that came before its parent was derived is dropped, also after a reset to that parent',
    source: 'specs/protocol/holocene/derivation.md, "Batch Queue"; fuzz seed 9112667~9112693~9112987',
    file: 'node/derivation/pipeline/batch-stage.ts',
    find: ' || wasJudged',
    replace: '',
    killers: [
      {
        file: 'node/derivation/pipeline/batch-providers.test.ts',
        test: 'passes over what L1 blocks say that were judged before a reset, and goes on at the end of the last of them',
      },
    ],
  },
  {
    name: 'reset-amid-an-l1-block',
    rule: 'after a reset derivation repeats what gave the safe head: what an L1 block says is judged by the safe head of that moment',
    source: 'specs/protocol/holocene/derivation.md, "Batch Queue"; campaign, seed 782311',
    file: 'node/derivation/pipeline/pipeline.ts',
    find: 'runUp = from.number < safeHead.number ?',
    replace: 'runUp = from.number < 0n ?',
    killers: [
      {
        file: 'harness/batcher/resets.property.test.ts',
        test: 'a reset at any moment changes nothing of the chain, whatever the inbox holds in whatever order',
      },
    ],
  },
  {
    name: 'unrecorded-safe-head-not-repeated',
    rule: 'where no record says what gave the safe head, a channel timeout before it is repeated',
    source: 'specs/protocol/derivation.md, "Finding the sync starting point"; campaign, seed 770434',
    file: 'node/derivation/find-run-up.ts',
    find: 'return { from: await newestUpTo(config, refAt, safeHead, oldest), judgedUpTo: 0n, until }',
    replace: 'return { from: oldest < 0n ? await refAt(0n) : safeHead, judgedUpTo: 0n, until }',
    killers: [
      {
        file: 'node/derivation/find-run-up.test.ts',
        test: 'the run-up to a safe head > begins a channel timeout before it with %s',
      },
    ],
  },
  {
    name: 'finalized-before-l1',
    rule: 'nothing is finalized that was derived from L1 blocks which are not final',
    source: 'specs/protocol/derivation.md, "Finalization Guarantees"',
    file: 'node/derivation/finalizer.ts',
    find: 'let entry = safeHeads.atOrBelow(finalizedL1.number);',
    replace: 'let entry = safeHeads.atOrBelow(finalizedL1.number + 1_000n);',
    killers: [{ file: 'node/derivation/local.test.ts', test: 'finality > follows L1 finality' }],
  },
  {
    name: 'epoch-that-does-not-follow',
    rule: 'the epoch of a block is that of its parent or the child of that',
    source: 'specs/protocol/derivation.md, "Deriving Payload Attributes"',
    file: 'node/derivation/attributes-builder.ts',
    find: 'if (isSame ? !sameBlock(parent.l1Origin, epoch) : header.parentHash !== parent.l1Origin.hash)',
    replace: "if (isSame ? epoch.number < 0n : header.parentHash === '0x')",
    at: 'throw new AttributesResetError(\n      `expected an epoch that is or follows',
    killers: [{ file: 'node/derivation/attributes-builder.test.ts', test: 'createAttributesBuilder' }],
    unseen: 'a sequencer chooses no such origin, and a batch of one is dropped',
  },
  {
    name: 'no-place-is-an-orphan',
    rule: 'a pipeline that has no place on L1 yet starts over when it read two forks: there is nothing that L1 could take back',
    source: 'specs/protocol/derivation.md, "Resetting the Pipeline"; campaign, seed 881693',
    file: 'node/derivation/local.ts',
    find: 'const blocks = isZeroRef(pipeline.origin) ? [l1Origin]',
    replace: 'const blocks = isZeroRef(l1Origin) ? [l1Origin]',
    killers: [
      {
        file: 'node/derivation/local.test.ts',
        test: 'starts over when it read two forks before it had a place on L1',
      },
    ],
  },
]
