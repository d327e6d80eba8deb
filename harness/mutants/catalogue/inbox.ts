import type { Mutant } from '../mutant.ts'

const pipeline = 'node/derivation/pipeline'
const frame = 'node/protocol/frame.test.ts'
const providers = `${pipeline}/batch-providers.test.ts`
const singular = `${pipeline}/batch-validity-singular.test.ts`
const span = `${pipeline}/batch-validity-span.test.ts`

/** What a batcher may say that is none of ours, and what follows when none says anything. */
export const inboxMutants: readonly Mutant[] = [
  {
    name: 'inbox-anywhere',
    rule: 'what goes to another address than the inbox is no batch',
    source: 'specs/protocol/derivation.md, "L1 Retrieval"',
    file: 'node/derivation/pipeline/batcher-data.ts',
    find: 'sameAddress(transaction.to, inbox) &&',
    replace: 'sameAddress(inbox, inbox) &&',
    at: 'batcherTransactionTypes.includes(transaction.type)',
    killers: [
      { file: `${pipeline}/batcher-data.test.ts`, test: 'batcher data of an L1 block > to another address' },
    ],
  },
  {
    name: 'unknown-version-read',
    rule: 'a payload of another derivation version is ignored',
    source: 'specs/protocol/derivation.md, "Batcher Transaction Format"',
    file: 'node/protocol/frame.ts',
    find: 'if (data[0] !== derivationVersion0)',
    replace: 'if (data[0] !== derivationVersion0 && data.length === 1)',
    at: 'throw new FrameError(`expected derivation version',
    killers: [{ file: frame, test: 'frames > another version' }],
  },
  {
    name: 'frames-before-junk-read',
    rule: 'a payload with a malformed frame is ignored as a whole',
    source: 'specs/protocol/derivation.md, "Batcher Transaction Format"',
    file: 'node/protocol/frame.ts',
    find: 'const reader = new ByteReader(data, 1); reader.remaining > 0; ',
    replace: 'const reader = new ByteReader(data, 1); reader.remaining >= frameHeaderLength; ',
    at: 'frameHeaderLength} bytes, found',
    killers: [{ file: frame, test: 'frames > a byte left over' }],
  },
  {
    name: 'rest-of-an-invalid-channel-kept',
    rule: 'from Holocene on an invalid batch takes the rest of its channel with it',
    source: 'holocene/derivation.md, "Batch Queue"',
    file: 'node/derivation/pipeline/batch-stage.ts',
    find: "return validity.kind === 'drop' ? { kind: 'flush' } : { kind: 'more' }",
    replace: "return validity.kind === 'drop' && batch.timestamp < 0n ? { kind: 'flush' } : { kind: 'more' }",
    at: "{ kind: 'flush' } : { kind: 'more' }",
    killers: [
      { file: providers, test: 'createBatchStage > invalidates the channel of a batch that it drops' },
    ],
  },
  {
    name: 'batch-older-than-its-origin',
    rule: 'a block does not lie before its L1 origin',
    source: 'specs/protocol/derivation.md, "Batch Queue"',
    file: 'node/derivation/pipeline/batch-validity-block.ts',
    find: "if (block.timestamp < block.origin.timestamp) return drop('TimestampBeforeL1Origin')",
    replace: '',
    killers: [{ file: singular, test: 'checkSingularBatch' }],
  },
  {
    name: 'span-before-delta',
    rule: 'before Delta there are no span batches',
    source: 'delta/span-batches.md, "Batch Queue"',
    file: 'node/derivation/pipeline/batch-validity-span.ts',
    find: "if (!isForkActive(config.forks, 'delta', origin.timestamp)) return drop('SpanBatchPreDelta')",
    replace: '',
    killers: [{ file: span, test: 'checkSpanBatchPrefix' }],
  },
  {
    name: 'brotli-before-fjord',
    rule: 'before Fjord no channel is compressed with brotli',
    source: 'fjord/derivation.md, "Brotli Channel Compression"',
    file: 'node/protocol/limits.ts',
    find: "l1Time: bigint): boolean {\n  return isForkActive(forks, 'fjord', l1Time)",
    replace: "l1Time: bigint): boolean {\n  return l1Time > 0n || isForkActive(forks, 'fjord', l1Time)",
    killers: [
      {
        file: `${pipeline}/batch-reader.test.ts`,
        test: 'createBatchReader > brotli, last L1 block before Fjord',
      },
    ],
  },
  {
    name: 'span-of-another-epoch',
    rule: 'a span batch names its last L1 origin by the first 20 bytes of its hash',
    source: 'delta/span-batches.md, "Batch Queue"',
    file: 'node/derivation/pipeline/batch-validity-span.ts',
    find: "if (!matchesCheck(batch.l1OriginCheck, end.hash)) return drop('EpochHashMismatch')",
    replace: '',
    killers: [{ file: span, test: 'checkSpanBatchPrefix' }],
  },
  {
    name: 'window-too-short',
    rule: 'no block without users takes the place of a batch that can still come',
    source: 'specs/protocol/derivation.md, "Batch Queue"',
    file: 'node/derivation/pipeline/empty-batch.ts',
    find: 'if (epoch.number + config.seqWindowSize > origin.number)',
    replace: 'if (epoch.number + config.seqWindowSize > origin.number + 3n)',
    at: 'const timestamp = safeHead.timestamp + config.blockTime',
    killers: [
      {
        file: providers,
        test: 'createBatchStage > makes empty blocks only when the window has passed and the L1 block is read to its end',
      },
    ],
  },
  {
    name: 'epoch-without-a-block',
    rule: 'every epoch has a block',
    source: 'specs/protocol/derivation.md, "Batch Queue"',
    file: 'node/derivation/pipeline/empty-batch.ts',
    find: 'if (timestamp >= nextEpoch.timestamp && !isFirstOfEpoch)',
    replace: 'if (timestamp >= nextEpoch.timestamp)',
    at: 'window.dropFirst()',
    killers: [
      {
        file: providers,
        test: 'createBatchStage > goes on to the next epoch when time allows, and gives it a block even if time does not',
      },
    ],
  },
]
