import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import type { L2Block } from '../../ports/l2-source.ts'
import type { SpanBatch } from '../../protocol/batch.ts'
import { encodeDepositTransaction } from '../../protocol/deposit-transaction.ts'
import { l1InfoDeposit } from '../../protocol/l1-info.ts'
import type { L1BlockRef, L2BlockRef } from '../../protocol/refs.ts'
import type { SpanBatchBlock } from '../../protocol/span-batch-blocks.ts'
import { expectRuleOrder } from '../../testing/rule-order.ts'
import { type BatchContext, type BatchValidity, batchDropReasons, drop } from './batch-validity.ts'
import { checkSpanBatchPrefix } from './batch-validity-span.ts'
import { checkSpanBatch } from './batch-validity-span-full.ts'
import type { L2Reads } from './l2-reads.ts'
import { createFakeL2 } from './testing/fake-l2.ts'
import { testHash, testRollupConfig } from './testing/test-config.ts'
import { testTransaction } from './testing/test-transaction.ts'

const l1 = (number: bigint): L1BlockRef => ({
  hash: testHash((160n + (number % 90n)).toString(16)),
  number,
  parentHash: testHash((159n + (number % 90n)).toString(16)),
  timestamp: 4000n + number * 10n,
})
const config = { ...testRollupConfig('granite'), blockTime: 2n }
const holocene = { ...config, forks: { ...config.forks, holocene: 0n } }
const beforeDelta = { ...config, forks: { regolith: 0n, canyon: 0n } }
/** The drift of Bedrock, small enough to be exceeded. */
const drifting = (drift: bigint) => ({
  ...config,
  maxSequencerDrift: drift,
  forks: { regolith: 0n, canyon: 0n, delta: 0n, ecotone: 0n },
})

/** Safe blocks 18 to 20 at 5036, 5038 and 5040; their origins are 102, 103 and 103. */
const safeHash = (number: bigint) => testHash((60n + number).toString(16))
const safeOrigin = (number: bigint) => l1(number >= 19n ? 103n : 102n)
const userTransaction = (number: bigint) => testTransaction(Number(number))

function safeBlock(number: bigint): L2Block {
  const timestamp = 5000n + number * 2n
  const info = l1InfoDeposit({
    config,
    systemConfig: config.genesis.systemConfig,
    sequenceNumber: 0n,
    l1: { ...safeOrigin(number), mixHash: testHash('00'), baseFeePerGas: 1n },
    l2Timestamp: timestamp,
  })
  const template = createFakeL2(config).chain[0]!.payload
  return {
    payload: {
      ...template,
      blockNumber: number,
      blockHash: safeHash(number),
      parentHash: safeHash(number - 1n),
      timestamp,
      transactions: [encodeDepositTransaction(info), userTransaction(number)],
    },
  }
}

const safeHead: L2BlockRef = {
  hash: safeHash(20n),
  number: 20n,
  parentHash: safeHash(19n),
  timestamp: 5040n,
  l1Origin: l1(103n),
  sequenceNumber: 1n,
}
const l1Blocks = [l1(103n), l1(104n), l1(105n), l1(106n)]
const check = (hash: Hex): Hex => hash.slice(0, 42) as Hex
const block = (timestamp: bigint, epochNum: bigint, ...transactions: Hex[]): SpanBatchBlock => ({
  timestamp,
  epochNum,
  transactions,
})

/** Three new blocks, the last of the next epoch. */
type ListedSpanBatch = SpanBatch & { readonly blocks: readonly SpanBatchBlock[] }
const span: ListedSpanBatch = {
  kind: 'span',
  parentCheck: check(safeHead.hash),
  l1OriginCheck: check(l1(104n).hash),
  blocks: [
    block(5042n, 103n, testTransaction(1)),
    block(5044n, 103n),
    block(5046n, 104n, testTransaction(2)),
  ],
}
/** Blocks 19 and 20 again, and one new block. */
const overlapping: ListedSpanBatch = {
  ...span,
  parentCheck: check(safeHash(18n)),
  blocks: [
    block(5038n, 103n, userTransaction(19n)),
    block(5040n, 103n, userTransaction(20n)),
    block(5042n, 104n, testTransaction(1)),
  ],
}

interface Row {
  readonly rule: string
  readonly batch?: SpanBatch
  readonly context?: Partial<BatchContext>
  /** Replaces what the engine has at that number. */
  readonly safe?: (number: bigint) => L2Block
  readonly expected: BatchValidity['kind'] | BatchValidity
  /** The blocks that the rule has to read. */
  readonly reads?: readonly bigint[]
}

function run<T>(reads: L2Reads<T>, answer: (number: bigint) => L2Block): { result: T; numbers: bigint[] } {
  const numbers: bigint[] = []
  let step = reads.next()
  while (!step.done) {
    if (step.value !== undefined) numbers.push(step.value)
    step = reads.next(step.value === undefined ? undefined : answer(step.value))
  }
  return { result: step.value, numbers }
}

const inclusion = (number: bigint) => ({ inclusion: l1(number) })
const withBlocks = (...blocks: SpanBatchBlock[]): SpanBatch => ({ ...span, blocks })
const lastCheck = (number: bigint) => ({ l1OriginCheck: check(l1(number).hash) })
const safeEpoch = (number: bigint) => ({ safeHead: { ...safeHead, l1Origin: l1(number) } })

function verify(
  row: Row,
  rule: (context: BatchContext, batch: SpanBatch) => L2Reads<{ readonly kind: string }>,
): void {
  const context = { config, l1Blocks, safeHead, ...inclusion(106n), ...row.context }
  const { result, numbers } = run(rule(context, row.batch ?? span), row.safe ?? safeBlock)
  expect(result).toMatchObject(typeof row.expected === 'string' ? { kind: row.expected } : row.expected)
  expect(numbers).toEqual(row.reads ?? [])
}

/** Source: delta/span-batches.md, "Batch Queue", in order; holocene/derivation.md, "Span Batches". */
const prefixRows: readonly Row[] = [
  { rule: 'a good span', expected: 'accept' },
  { rule: 'a good span, Holocene', context: { config: holocene }, expected: 'accept' },
  { rule: 'no L1 block is known', context: { l1Blocks: [] }, expected: 'undecided' },
  { rule: 'no blocks', batch: withBlocks(), expected: 'undecided' },
  {
    rule: 'starts in the next epoch, which is not known',
    batch: withBlocks(block(5042n, 104n)),
    context: { l1Blocks: [l1(103n)] },
    expected: 'undecided',
  },
  { rule: 'before Delta', context: { config: beforeDelta }, expected: drop('SpanBatchPreDelta') },
  {
    rule: 'Delta starts with the first origin',
    context: { config: { ...config, forks: { ...config.forks, delta: l1(103n).timestamp } } },
    expected: 'accept',
  },
  {
    rule: 'Delta starts with the next epoch, which the span starts with',
    batch: { ...withBlocks(block(5042n, 104n)) },
    context: { config: { ...config, forks: { ...config.forks, delta: l1(104n).timestamp } } },
    expected: 'accept',
  },
  { rule: 'starts after next', batch: withBlocks(block(5044n, 104n)), expected: 'future' },
  {
    rule: 'starts after next, Holocene',
    batch: withBlocks(block(5044n, 104n)),
    context: { config: holocene },
    expected: drop('FutureTimestampHolocene'),
  },
  {
    rule: 'ends before next',
    batch: withBlocks(block(5040n, 104n)),
    expected: drop('SpanBatchNoNewBlocksPreHolocene'),
  },
  {
    rule: 'ends before next, Holocene',
    batch: withBlocks(block(5040n, 104n)),
    context: { config: holocene },
    expected: 'past',
  },
  {
    rule: 'starts between the safe head and next',
    batch: withBlocks(block(5041n, 103n), block(5043n, 104n)),
    expected: drop('SpanBatchMisalignedTimestamp'),
  },
  {
    rule: 'starts between safe blocks',
    batch: withBlocks(block(5039n, 103n), block(5041n, 103n), block(5043n, 104n)),
    expected: drop('SpanBatchNotOverlappedExactly'),
  },
  {
    rule: 'starts with the genesis block',
    batch: withBlocks(block(5000n, 103n), block(5042n, 104n)),
    expected: drop('SpanBatchNotOverlappedExactly'),
  },
  { rule: 'overlaps', batch: overlapping, expected: 'accept', reads: [18n] },
  {
    rule: 'overlaps the safe head alone',
    batch: {
      ...withBlocks(...overlapping.blocks.slice(1)),
      parentCheck: check(safeHash(19n)),
    },
    expected: 'accept',
    reads: [19n],
  },
  {
    rule: 'overlaps from the first block after genesis on',
    batch: {
      ...withBlocks(block(5002n, 102n), block(5042n, 104n)),
      parentCheck: check(safeHash(0n)),
    },
    safe: () => ({ payload: { ...safeBlock(1n).payload, blockNumber: 0n, blockHash: safeHash(0n) } }),
    context: {
      config: { ...config, genesis: { ...config.genesis, l2: { number: 0n, hash: safeHash(0n) } } },
    },
    expected: drop('EpochTooFarInFuture'),
    reads: [0n],
  },
  {
    rule: 'parent check',
    batch: { ...span, parentCheck: check(testHash('00')) },
    expected: drop('ParentHashMismatch'),
  },
  {
    rule: 'parent check of an overlapping span',
    batch: { ...overlapping, parentCheck: check(safeHead.hash) },
    expected: drop('ParentHashMismatch'),
    reads: [18n],
  },
  { rule: 'last block of the window', context: inclusion(113n), expected: 'accept' },
  { rule: 'after the window', context: inclusion(114n), expected: drop('IncludedTooLate') },
  {
    rule: 'starts two epochs ahead',
    batch: withBlocks(block(5042n, 105n), block(5044n, 105n)),
    expected: drop('EpochTooFarInFuture'),
  },
  {
    rule: 'ends in an epoch that is not known',
    batch: { ...withBlocks(block(5042n, 103n), block(5044n, 107n)), ...lastCheck(107n) },
    expected: 'undecided',
  },
  {
    rule: 'ends in an epoch before that of the safe head',
    batch: { ...withBlocks(block(5042n, 102n)), ...lastCheck(102n) },
    expected: drop('L1OriginBeforeSafeHead'),
  },
  {
    rule: 'ends in an epoch before that of the safe head, Holocene',
    batch: { ...withBlocks(block(5042n, 102n)), ...lastCheck(102n) },
    context: { config: holocene },
    expected: 'undecided',
  },
  {
    rule: 'L1 origin check',
    batch: { ...span, ...lastCheck(105n) },
    expected: drop('EpochHashMismatch'),
  },
  {
    rule: 'starts before the origin of its parent',
    batch: withBlocks(block(5042n, 102n), block(5044n, 104n)),
    expected: drop('EpochTooOld'),
  },
]

/** The rules for each block, which Holocene leaves to the check of singular batches. */
const fullRows: readonly Row[] = [
  { rule: 'a good span', expected: 'accept' },
  { rule: 'fails the prefix', context: inclusion(114n), expected: drop('IncludedTooLate') },
  { rule: 'overlaps', batch: overlapping, expected: 'accept', reads: [18n, 19n, 20n] },
  {
    rule: 'overlaps with a safe block beyond the drift',
    batch: overlapping,
    context: { config: drifting(9n) },
    expected: 'accept',
    reads: [18n, 19n, 20n],
  },
  {
    rule: 'overlaps with blocks of an epoch that the safe head has left',
    batch: {
      ...withBlocks(block(5036n, 102n, userTransaction(18n)), ...overlapping.blocks),
      parentCheck: check(safeHash(17n)),
    },
    expected: 'accept',
    reads: [17n, 18n, 19n, 20n],
  },
  {
    rule: 'a new block is of an epoch before the safe head',
    batch: { ...overlapping, blocks: overlapping.blocks.with(2, block(5042n, 103n)), ...lastCheck(103n) },
    context: { ...safeEpoch(104n), l1Blocks },
    expected: drop('L1OriginBeforeSafeHead'),
    reads: [18n],
  },
  {
    rule: 'a new block is of an epoch that the window no longer holds',
    batch: { ...withBlocks(block(5042n, 103n), block(5044n, 104n)), ...lastCheck(104n) },
    context: { l1Blocks: [l1(104n), l1(105n)] },
    expected: drop('MissingL1Origin'),
  },
  {
    rule: 'before its origin',
    batch: { ...withBlocks(block(5042n, 104n), block(5044n, 105n)), ...lastCheck(105n) },
    expected: drop('TimestampBeforeL1Origin'),
  },
  // jovian/derivation.md, "Activation Block Rules": the last block of the span is the first of the fork.
  ...(['jovian', 'karst'] as const).flatMap((fork): Row[] => {
    const context = { config: { ...config, forks: { ...config.forks, jovian: 0n, [fork]: 5046n } } }
    const empty = withBlocks(block(5042n, 103n, testTransaction(1)), block(5044n, 103n), block(5046n, 104n))
    return [
      { rule: `first ${fork} block with a transaction`, context, expected: drop('NonEmptyTransitionBlock') },
      { rule: `first ${fork} block without transactions`, context, batch: empty, expected: 'accept' },
    ]
  }),
  {
    rule: 'transactions beyond the drift',
    context: { config: drifting(11n) },
    expected: drop('SequencerDriftExceeded'),
  },
  {
    rule: 'exactly at the drift',
    context: { config: drifting(12n) },
    batch: { ...withBlocks(block(5042n, 103n, testTransaction(1))), ...lastCheck(103n) },
    expected: 'accept',
  },
  {
    rule: 'empty beyond the drift, next origin not known',
    batch: { ...withBlocks(block(5042n, 103n)), ...lastCheck(103n) },
    context: { config: drifting(11n), l1Blocks: [l1(103n)] },
    expected: 'undecided',
  },
  {
    rule: 'empty beyond the drift, next origin could have been adopted',
    batch: { ...withBlocks(block(5042n, 103n)), ...lastCheck(103n) },
    context: { config: drifting(11n) },
    expected: drop('SequencerDriftNotAdoptedNextOrigin'),
  },
  {
    rule: 'empty beyond the drift, next origin is too new',
    batch: { ...withBlocks(block(5042n, 103n)), ...lastCheck(103n) },
    context: { config: drifting(11n), l1Blocks: [l1(103n), { ...l1(104n), timestamp: 5043n }] },
    expected: 'accept',
  },
  {
    rule: 'empty beyond the drift, but it advances the origin',
    batch: { ...withBlocks(block(5042n, 104n)), ...lastCheck(104n) },
    context: { config: drifting(1n) },
    expected: 'accept',
  },
  {
    rule: 'empty beyond the drift in an epoch that the block before it opened',
    batch: { ...withBlocks(block(5042n, 104n), block(5044n, 104n)), ...lastCheck(104n) },
    context: {
      config: drifting(1n),
      l1Blocks: [l1(103n), l1(104n), { ...l1(105n), timestamp: 5044n }],
    },
    expected: drop('SequencerDriftNotAdoptedNextOrigin'),
  },
  {
    rule: 'empty transaction',
    batch: withBlocks(block(5042n, 104n, '0x')),
    expected: drop('EmptyTransaction'),
  },
  {
    rule: 'deposit',
    batch: withBlocks(block(5042n, 104n, '0x7ec0')),
    expected: drop('DepositTransaction'),
  },
  {
    rule: '7702 before Isthmus',
    batch: withBlocks(block(5042n, 104n, '0x04c0')),
    expected: drop('Eip7702PreIsthmus'),
  },
  {
    rule: 'a later block is invalid: the whole span is',
    batch: withBlocks(...span.blocks.slice(0, 2), block(5046n, 104n, '0x')),
    expected: drop('EmptyTransaction'),
  },
  {
    rule: 'overlap: transaction count',
    batch: { ...overlapping, blocks: overlapping.blocks.with(1, block(5040n, 103n)) },
    expected: drop('OverlappedTxCountMismatch'),
    reads: [18n, 19n, 20n],
  },
  {
    rule: 'overlap: transaction bytes',
    batch: { ...overlapping, blocks: overlapping.blocks.with(0, block(5038n, 103n, testTransaction(9))) },
    expected: drop('OverlappedTxMismatch'),
    reads: [18n, 19n],
  },
  {
    rule: 'overlap: the safe block cannot be read',
    batch: overlapping,
    safe: (number) => {
      const found = safeBlock(number)
      const transactions = ['0x7e', userTransaction(number)] as const
      return number === 18n ? found : { payload: { ...found.payload, transactions } }
    },
    expected: drop('L2BlockInfoExtractionFailed'),
    reads: [18n, 19n],
  },
  {
    rule: 'overlap: L1 origin',
    batch: { ...overlapping, blocks: overlapping.blocks.with(1, block(5040n, 104n, userTransaction(20n))) },
    expected: drop('OverlappedL1OriginMismatch'),
    reads: [18n, 19n, 20n],
  },
]

describe('checkSpanBatchPrefix', () => {
  it.each(prefixRows)('$rule', (row) => verify(row, checkSpanBatchPrefix))

  it('gives the parent of the span', () => {
    const context = { config, l1Blocks, safeHead, ...inclusion(106n) }
    expect(run(checkSpanBatchPrefix(context, overlapping), safeBlock).result).toMatchObject({
      parent: { number: 18n, l1Origin: { number: 102n } },
    })
  })
})

describe('checkSpanBatch', () => {
  it.each(fullRows)('$rule', (row) => verify(row, checkSpanBatch))

  it('looks at the rules in the order of the specification', () => {
    interface Input {
      readonly batch: ListedSpanBatch
      readonly context: BatchContext
    }
    const withBatch = (change: Partial<SpanBatch>) => (input: Input) => ({
      ...input,
      batch: { ...input.batch, ...change } as ListedSpanBatch,
    })
    const withFirst = (change: Partial<SpanBatchBlock>) => (input: Input) =>
      withBatch({ blocks: [{ ...input.batch.blocks[0]!, ...change }, ...input.batch.blocks.slice(1)] })(input)
    const withContext = (change: (context: BatchContext) => Partial<BatchContext>) => (input: Input) => ({
      ...input,
      context: { ...input.context, ...change(input.context) },
    })
    expectRuleOrder<Input>({
      good: {
        batch: overlapping,
        context: { config: drifting(600n), l1Blocks, safeHead, ...inclusion(106n) },
      },
      rules: [
        ['undecided', withContext(() => ({ l1Blocks: [] }))],
        [
          'SpanBatchPreDelta',
          withContext(({ config: { forks, ...rest } }) => ({
            config: { ...rest, forks: { ...forks, delta: 9_000n } },
          })),
        ],
        ['future', withFirst({ timestamp: 5044n })],
        [
          'SpanBatchNoNewBlocksPreHolocene',
          (input) => withBatch({ blocks: input.batch.blocks.slice(0, 2) })(input),
        ],
        ['SpanBatchMisalignedTimestamp', withFirst({ timestamp: 5041n })],
        ['SpanBatchNotOverlappedExactly', withFirst({ timestamp: 5037n })],
        ['ParentHashMismatch', withBatch({ parentCheck: check(testHash('00')) })],
        ['IncludedTooLate', withContext(() => inclusion(115n))],
        ['EpochTooFarInFuture', withFirst({ epochNum: 104n })],
        ['EpochHashMismatch', withBatch({ l1OriginCheck: check(testHash('00')) })],
        ['EpochTooOld', withFirst({ epochNum: 101n })],
        [
          'TimestampBeforeL1Origin',
          withContext((context) => ({
            l1Blocks: context.l1Blocks.map((one) => ({ ...one, timestamp: one.timestamp + 100n })),
          })),
        ],
        [
          'SequencerDriftExceeded',
          withContext((context) => ({ config: { ...context.config, maxSequencerDrift: 1n } })),
        ],
        [
          'EmptyTransaction',
          (input) =>
            withBatch({
              blocks: [...input.batch.blocks.slice(0, -1), block(5042n, 104n, '0x', '0x7ec0')],
            })(input),
        ],
        ['OverlappedTxCountMismatch', withFirst({ transactions: [] })],
      ],
      exclusive: [
        // A span has one first time, one first epoch, and one last block.
        ['future', 'SpanBatchMisalignedTimestamp'],
        ['future', 'SpanBatchNotOverlappedExactly'],
        ['SpanBatchMisalignedTimestamp', 'SpanBatchNotOverlappedExactly'],
        ['EpochTooFarInFuture', 'EpochTooOld'],
        ['TimestampBeforeL1Origin', 'SequencerDriftExceeded'],
        ['SpanBatchNoNewBlocksPreHolocene', 'EmptyTransaction'],
      ],
      judge: (input) => {
        const validity = run(checkSpanBatch(input.context, input.batch), safeBlock).result
        return validity.kind === 'drop' ? validity.reason : validity.kind
      },
    })
  })

  it('has a row for every reason to drop a batch but those of singular batches alone', () => {
    const seen = new Set(
      [...prefixRows, ...fullRows].flatMap(({ expected }) =>
        typeof expected === 'object' && expected.kind === 'drop' ? [expected.reason] : [],
      ),
    )
    expect(batchDropReasons.filter((reason) => !seen.has(reason))).toEqual([
      'PastTimestampPreHolocene',
      'SequencerDriftOverflow',
      'UnsupportedTransactionType',
    ])
  })
})
