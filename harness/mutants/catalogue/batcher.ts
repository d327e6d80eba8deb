import type { Mutant } from '../mutant.ts'

const work = 'harness/batcher/batcher-work.test.ts'
const decision = 'harness/batcher/sync-decision.test.ts'
const submitter = 'harness/batcher/submitter.test.ts'
const polls = 'harness/batcher/batcher.test.ts'

/** What was built comes onto L1, again and again if need be. Source of the rules: op-batcher's sync actions. */
export const batcherMutants: readonly Mutant[] = [
  {
    name: 'channel-lost-in-a-reorg',
    rule: 'a channel that L1 lost is sent again',
    source: 'op-batcher, computeSyncActions',
    file: 'harness/batcher/sync-decision.ts',
    find: "if (place === 'lost')",
    replace: "if (place === 'lost' && last.number < 0n)",
    at: 'return restart(`L1 no longer has the channel',
    killers: [
      { file: work, test: 'createBatcherWork > sends again what an L1 reorg orphaned' },
      { file: decision, test: 'decideSync' },
    ],
  },
  {
    name: 'channel-that-derivation-dropped',
    rule: 'a channel that derivation has passed without making it safe is sent again',
    source: 'op-batcher, computeSyncActions',
    file: 'harness/batcher/sync-decision.ts',
    find: "if (place !== 'pending' && currentL1.number > place.number + graceL1Blocks && last.number > safe.number)",
    replace: "if (place !== 'pending' && currentL1.number < 0n && last.number > safe.number)",
    at: 'return restart(`L1 was derived past block',
    killers: [
      { file: work, test: 'createBatcherWork > gives up a channel only when derivation is past it' },
      { file: decision, test: 'decideSync' },
    ],
  },
  {
    name: 'another-block-became-safe',
    rule: 'blocks above another safe block than is held are thrown away',
    source: 'op-batcher, computeSyncActions',
    file: 'harness/batcher/sync-decision.ts',
    find: 'if (known?.hash !== safe.hash)',
    replace: 'if (known?.hash !== safe.hash && safe.number < 0n)',
    at: 'return restart(`another block became safe',
    killers: [{ file: decision, test: 'decideSync' }],
    unseen:
      'what is sent of a chain that is no more derivation drops, and its channel is given up a few L1 blocks later',
  },
  {
    name: 'unsafe-chain-changed',
    rule: 'blocks that the sequencer no longer has are thrown away',
    source: 'op-batcher, computeSyncActions',
    file: 'harness/batcher/batcher-work.ts',
    find: 'if (reorged && queue.blocks.length > 0)',
    replace: 'if (reorged && queue.blocks.length > 1e9)',
    at: 'is no longer on the sequencer',
    killers: [
      {
        file: work,
        test: 'createBatcherWork > notices by the parent of the next block that the sequencer is on another chain',
      },
    ],
    unseen:
      'what is sent of a chain that is no more derivation drops, and its channel is given up a few L1 blocks later',
  },
  {
    name: 'no-haste-at-the-end-of-a-window',
    rule: 'while the sequencing window ends, a batcher is not a poll interval late for each L1 block',
    source: 'specs/protocol/derivation.md, "Batch Queue"; a campaign of lockstep fuzz, seed 760000~760058',
    file: 'harness/batcher/batcher.ts',
    find: 'if (work.progress().isWindowEnding) delayMs /= looksInHaste',
    replace: 'if (work.progress().isWindowEnding) delayMs /= 1',
    at: 'delayMs /= looksInHaste',
    unseen:
      'only late blocks with users, which derivation replaces, are lost: where the sequencer learns of that after the next L1 block no batcher gets ahead, and where it learns before each does',
    killers: [{ file: polls, test: 'how often a batcher looks at the sequencer' }],
  },
  {
    name: 'whole-chain-read-at-the-end-of-a-window',
    rule: 'while the sequencing window ends, a batcher reads no more than it can send before the next L1 block',
    source: 'specs/protocol/derivation.md, "Batch Queue"; a campaign of lockstep fuzz, seed 760000~760058',
    file: 'harness/batcher/batcher-work.ts',
    find: 'isWindowEnding ? readInHasteMax : readMax',
    replace: 'readMax',
    at: 'readInHasteMax : readMax',
    unseen:
      'sixteen blocks are read at once: what a simulated chain has of blocks is read within an L1 block, and an engine that is slower excuses its batcher',
    killers: [
      {
        file: work,
        test: 'createBatcherWork > reads no more than can be sent before the next L1 block while the window ends',
      },
    ],
  },
  {
    name: 'batch-that-comes-too-late',
    rule: 'batches behind a block of users that can only be included after its sequencing window are not sent',
    source: 'specs/protocol/derivation.md, "Batch Queue": epoch + seq_window_size < inclusion_block',
    file: 'harness/batcher/batcher-work.ts',
    find: 'if (lost !== undefined) {',
    replace: 'if (lost !== undefined && head.number < 0n) {',
    at: 'waitingFor = `the sequencing window of block',
    unseen:
      'only late blocks with users, which derivation replaces, are lost: where the sequencer learns of that after the next L1 block no batcher gets ahead, and where it learns before each does',
    killers: [
      {
        file: work,
        test: 'createBatcherWork > sends nothing that can only be included too late',
      },
    ],
  },
  {
    name: 'span-batches-at-the-end-of-a-window',
    rule: 'while the sequencing window ends each block has a batch of its own',
    source:
      'specs/protocol/delta/span-batches.md, "Batch Queue"; op-e2e, actions/proofs/sequence_window_expiry_test.go',
    file: 'harness/batcher/batcher-work.ts',
    find: ' && !isWindowEnding',
    replace: '',
    killers: [
      { file: work, test: 'createBatcherWork > sends late blocks without users with those that follow them' },
    ],
  },
  {
    name: 'late-block-without-users-awaited',
    rule: 'a late block without users is what derivation makes: the batches that follow it count',
    source: 'specs/protocol/derivation.md, "Batch Queue": a batch of the past is dropped by itself',
    file: 'harness/batcher/sequencing-window.ts',
    find: 'late.find(({ transactions }) => transactions.length > 0)',
    replace: 'late[0]',
    killers: [
      { file: work, test: 'createBatcherWork > sends late blocks without users with those that follow them' },
    ],
  },
  {
    name: 'nonce-kept-over-a-reorg',
    rule: 'nonces are counted anew from what L1 says at each of its heads',
    source: 'op-service, txmgr',
    file: 'harness/batcher/submitter.ts',
    find: 'forgotten long ago.\n      nextNonce = nonce',
    replace: 'forgotten long ago.\n      nextNonce ??= nonce',
    killers: [
      {
        file: submitter,
        test: 'createSubmitter > sends in order, and knows what is pending, included or orphaned',
      },
    ],
  },
  {
    name: 'span-batches-before-delta',
    rule: 'before Delta each block has a batch of its own',
    source: 'delta/span-batches.md, "Activation"',
    file: 'harness/batcher/batcher-work.ts',
    find: "isForkActive(config.forks, 'delta', oldestOrigin)",
    replace: 'oldestOrigin >= 0n',
    killers: [{ file: work, test: 'createBatcherWork > sends what the fork of the chain can read: %s' }],
  },
  {
    name: 'brotli-before-it-is-read',
    rule: 'before Fjord channels are compressed with zlib',
    source: 'fjord/derivation.md, "Brotli Channel Compression"',
    file: 'harness/batcher/batcher-work.ts',
    find: "brotliAllowed(config.forks, head.timestamp) ? options.compression : 'zlib'",
    replace: "head.number >= 0n ? options.compression : 'zlib'",
    killers: [{ file: work, test: 'createBatcherWork > sends what the fork of the chain can read: %s' }],
  },
  {
    name: 'open-channel-forgotten',
    rule: 'a channel is kept until its last block is safe',
    source: 'op-batcher, computeSyncActions',
    file: 'harness/batcher/channel-queue.ts',
    find: 'channels = channels.filter((channel) => !isSafe(channel.last))',
    replace: 'channels = []',
    killers: [
      {
        file: 'harness/batcher/channel-queue.test.ts',
        test: 'the queue of channels > keeps a channel until its last block is safe',
      },
    ],
  },
]
