import { describe, expect, it } from 'vitest'
import { forksActiveFrom } from '../../config/forks.ts'
import type { SingularBatch } from '../../protocol/batch.ts'
import type { L1BlockRef, L2BlockRef } from '../../protocol/refs.ts'
import { expectRuleOrder } from '../../testing/rule-order.ts'
import { type BatchContext, type BatchValidity, drop } from './batch-validity.ts'
import { checkSingularBatch } from './batch-validity-singular.ts'
import { testHash, testRollupConfig } from './testing/test-config.ts'
import { testTransaction } from './testing/test-transaction.ts'

const l1 = (number: bigint, timestamp: bigint): L1BlockRef => ({
  hash: testHash(`a${number % 10n}`),
  number,
  parentHash: testHash(`a${(number + 9n) % 10n}`),
  timestamp,
})
/** Epochs 100, 101 and 102, twelve seconds apart. */
const l1Blocks = [l1(100n, 5000n), l1(101n, 5012n), l1(102n, 5024n)]
const safeHead: L2BlockRef = {
  hash: testHash('b7'),
  number: 500n,
  parentHash: testHash('b6'),
  timestamp: 5014n,
  l1Origin: l1Blocks[0]!,
  sequenceNumber: 6n,
}
const batch: SingularBatch = {
  kind: 'singular',
  parentHash: safeHead.hash,
  epochNum: 100n,
  epochHash: l1Blocks[0]!.hash,
  timestamp: 5016n,
  transactions: [testTransaction(1)],
}
const config = { ...testRollupConfig('granite'), blockTime: 2n, maxSequencerDrift: 600n }
const holocene = { ...config, forks: { ...config.forks, holocene: 0n } }
const beforeFjord = { ...config, forks: forksActiveFrom('ecotone'), maxSequencerDrift: 10n }
const beforeFjordFar = { ...beforeFjord, maxSequencerDrift: 600n }
const nextEpoch = { epochNum: 101n, epochHash: l1Blocks[1]!.hash }
const uint64Max = 2n ** 64n - 1n

interface Row {
  readonly rule: string
  readonly batch?: Partial<SingularBatch>
  readonly context?: Partial<BatchContext>
  readonly expected: BatchValidity
}

const kind = (name: 'accept' | 'undecided' | 'future' | 'past'): BatchValidity => ({ kind: name })
const inclusion = (number: bigint) => ({ inclusion: l1(number, 5024n) })
const only = (...blocks: L1BlockRef[]) => ({ l1Blocks: blocks })

/** Each row breaks one rule and keeps those before it. Source: derivation.md, "Batch Queue", rules in order. */
const rows: readonly Row[] = [
  { rule: 'a good batch', expected: kind('accept') },
  { rule: 'a good batch of the next epoch', batch: nextEpoch, expected: kind('accept') },
  { rule: 'no L1 block is known', context: only(), expected: kind('undecided') },
  { rule: 'timestamp after next', batch: { timestamp: 5018n }, expected: kind('future') },
  {
    rule: 'timestamp after next, Holocene',
    batch: { timestamp: 5018n },
    context: { config: holocene },
    expected: drop('FutureTimestampHolocene'),
  },
  {
    rule: 'timestamp before next',
    batch: { timestamp: 5014n },
    expected: drop('PastTimestampPreHolocene'),
  },
  {
    rule: 'timestamp before next, Holocene',
    batch: { timestamp: 5014n },
    context: { config: holocene },
    expected: kind('past'),
  },
  {
    rule: 'misaligned timestamp before next, Holocene',
    batch: { timestamp: 5015n },
    context: { config: holocene },
    expected: kind('past'),
  },
  { rule: 'parent hash', batch: { parentHash: testHash('b6') }, expected: drop('ParentHashMismatch') },
  { rule: 'last block of the window', context: inclusion(110n), expected: kind('accept') },
  { rule: 'first block after the window', context: inclusion(111n), expected: drop('IncludedTooLate') },
  {
    rule: 'the window counts from the epoch of the batch',
    batch: nextEpoch,
    context: inclusion(111n),
    expected: kind('accept'),
  },
  { rule: 'epoch before the safe head', batch: { epochNum: 99n }, expected: drop('EpochTooOld') },
  { rule: 'epoch two ahead', batch: { epochNum: 102n }, expected: drop('EpochTooFarInFuture') },
  {
    rule: 'next epoch is not known',
    batch: nextEpoch,
    context: only(l1Blocks[0]!),
    expected: kind('undecided'),
  },
  { rule: 'epoch hash', batch: { epochHash: testHash('aa') }, expected: drop('EpochHashMismatch') },
  {
    rule: 'epoch hash of another known block',
    batch: { epochNum: 101n },
    expected: drop('EpochHashMismatch'),
  },
  {
    rule: 'before its origin',
    batch: nextEpoch,
    context: only(l1Blocks[0]!, { ...l1Blocks[1]!, timestamp: 5017n }),
    expected: drop('TimestampBeforeL1Origin'),
  },
  {
    rule: 'at the time of its origin',
    batch: nextEpoch,
    context: only(l1Blocks[0]!, { ...l1Blocks[1]!, timestamp: 5016n }),
    expected: kind('accept'),
  },
  {
    rule: 'origin time plus drift overflows',
    batch: { timestamp: uint64Max, transactions: [] },
    context: {
      ...only({ ...l1Blocks[0]!, timestamp: uint64Max - 1000n }),
      safeHead: { ...safeHead, timestamp: uint64Max - 2n },
    },
    expected: drop('SequencerDriftOverflow'),
  },
  ...[
    { rule: 'origin time plus drift is the highest uint64', over: 0n, expected: kind('accept') },
    { rule: 'origin time plus drift is one more', over: 1n, expected: drop('SequencerDriftOverflow') },
  ].map(({ rule, over, expected }) => ({
    rule,
    batch: { timestamp: uint64Max, transactions: [] },
    context: {
      ...only({ ...l1Blocks[0]!, timestamp: uint64Max - 1800n + over }),
      safeHead: { ...safeHead, timestamp: uint64Max - 2n },
    },
    expected,
  })),
  {
    rule: 'transactions beyond the drift',
    context: { config: beforeFjord },
    expected: drop('SequencerDriftExceeded'),
  },
  {
    rule: 'exactly at the drift',
    context: { config: { ...beforeFjord, maxSequencerDrift: 16n } },
    expected: kind('accept'),
  },
  {
    rule: 'Fjord has its own drift',
    context: { config: { ...config, maxSequencerDrift: 10n } },
    expected: kind('accept'),
  },
  {
    rule: 'empty beyond the drift, next origin not known',
    batch: { transactions: [] },
    context: { config: beforeFjord, ...only(l1Blocks[0]!) },
    expected: kind('undecided'),
  },
  {
    rule: 'empty beyond the drift, next origin could have been adopted',
    batch: { transactions: [] },
    context: { config: beforeFjord, ...only(l1Blocks[0]!, { ...l1Blocks[1]!, timestamp: 5016n }) },
    expected: drop('SequencerDriftNotAdoptedNextOrigin'),
  },
  {
    rule: 'empty beyond the drift, next origin is too new',
    batch: { transactions: [] },
    context: { config: beforeFjord, ...only(l1Blocks[0]!, { ...l1Blocks[1]!, timestamp: 5017n }) },
    expected: kind('accept'),
  },
  {
    rule: 'empty beyond the drift of the next epoch, which it adopts',
    batch: { ...nextEpoch, transactions: [] },
    context: { config: { ...beforeFjord, maxSequencerDrift: 1n } },
    expected: kind('accept'),
  },
  {
    rule: 'first Jovian block with a transaction',
    context: { config: { ...holocene, forks: { ...holocene.forks, isthmus: 0n, jovian: 5016n } } },
    expected: drop('NonEmptyTransitionBlock'),
  },
  {
    rule: 'first Jovian block without transactions',
    batch: { transactions: [] },
    context: { config: { ...holocene, forks: { ...holocene.forks, isthmus: 0n, jovian: 5016n } } },
    expected: kind('accept'),
  },
  {
    rule: 'second Jovian block with a transaction',
    context: { config: { ...holocene, forks: { ...holocene.forks, isthmus: 0n, jovian: 5014n } } },
    expected: kind('accept'),
  },
  ...(['first Karst', 'first Jovian and Karst'] as const).flatMap((rule) => {
    const forks = {
      ...holocene.forks,
      isthmus: 0n,
      jovian: rule === 'first Karst' ? 0n : 5016n,
      karst: 5016n,
    }
    const context = { config: { ...holocene, forks } }
    return [
      { rule: `${rule} block with a transaction`, context, expected: drop('NonEmptyTransitionBlock') },
      {
        rule: `${rule} block without transactions`,
        batch: { transactions: [] },
        context,
        expected: kind('accept'),
      },
    ]
  }),
  {
    rule: 'second Karst block with a transaction',
    context: { config: { ...holocene, forks: { ...holocene.forks, isthmus: 0n, jovian: 0n, karst: 5014n } } },
    expected: kind('accept'),
  },
  ...(['ecotone', 'fjord', 'isthmus'] as const).map((fork) => ({
    rule: `first ${fork} block with a transaction, which only sequencers avoid`,
    context: { config: { ...config, forks: { ...config.forks, [fork]: 5016n } } },
    expected: kind('accept'),
  })),
  {
    rule: 'empty transaction',
    batch: { transactions: [testTransaction(1), '0x'] },
    expected: drop('EmptyTransaction'),
  },
  {
    rule: 'deposit',
    batch: { transactions: [testTransaction(1), '0x7ec0'] },
    expected: drop('DepositTransaction'),
  },
  { rule: '7702 before Isthmus', batch: { transactions: ['0x04c0'] }, expected: drop('Eip7702PreIsthmus') },
  {
    rule: '7702 in the first Isthmus block',
    batch: { transactions: ['0x04c0'] },
    context: { config: { ...config, forks: { ...config.forks, holocene: 5016n, isthmus: 5016n } } },
    expected: kind('accept'),
  },
  {
    rule: 'blob transaction',
    batch: { transactions: ['0x03c0'] },
    expected: drop('UnsupportedTransactionType'),
  },
  { rule: 'type 5', batch: { transactions: ['0x05c0'] }, expected: drop('UnsupportedTransactionType') },
  { rule: 'type 127', batch: { transactions: ['0x7fc0'] }, expected: drop('UnsupportedTransactionType') },
  { rule: 'no type at all', batch: { transactions: ['0x80c0'] }, expected: kind('accept') },
  { rule: 'legacy transaction', batch: { transactions: ['0xf86c'] }, expected: kind('accept') },
]

describe('checkSingularBatch', () => {
  it.each(rows)('$rule', (row) => {
    const context = { config, l1Blocks, safeHead, ...inclusion(102n), ...row.context }
    expect(checkSingularBatch(context, { ...batch, ...row.batch })).toEqual(row.expected)
  })

  it('looks at the rules in the order of op-node', () => {
    interface Input {
      readonly batch: SingularBatch
      readonly context: BatchContext
    }
    const withBatch = (change: Partial<SingularBatch>) => (input: Input) => ({
      ...input,
      batch: { ...input.batch, ...change },
    })
    const withContext = (change: (context: BatchContext) => Partial<BatchContext>) => (input: Input) => ({
      ...input,
      context: { ...input.context, ...change(input.context) },
    })
    const withConfig = (change: Partial<BatchContext['config']>) =>
      withContext((context) => ({ config: { ...context.config, ...change } }))
    expectRuleOrder<Input>({
      good: { batch, context: { config: beforeFjordFar, l1Blocks, safeHead, ...inclusion(102n) } },
      rules: [
        ['undecided', withContext(() => only())],
        ['PastTimestampPreHolocene', withBatch({ timestamp: 5014n })],
        ['ParentHashMismatch', withBatch({ parentHash: testHash('00') })],
        ['IncludedTooLate', withContext(() => inclusion(115n))],
        ['EpochTooOld', withBatch({ epochNum: 99n })],
        ['EpochTooFarInFuture', withBatch({ epochNum: 102n })],
        ['EpochHashMismatch', withBatch({ epochHash: testHash('00') })],
        [
          'TimestampBeforeL1Origin',
          withContext((context) => ({
            l1Blocks: context.l1Blocks.map((block) => ({ ...block, timestamp: block.timestamp + 100n })),
          })),
        ],
        [
          'NonEmptyTransitionBlock',
          withContext(({ config }) => ({ config: { ...config, forks: { ...config.forks, jovian: 5016n } } })),
        ],
        ['SequencerDriftExceeded', withConfig({ maxSequencerDrift: 10n })],
        ['EmptyTransaction', withBatch({ transactions: ['0x', '0x7ec0'] })],
      ],
      // A batch has one epoch, and is not both before its origin and far behind it.
      exclusive: [
        ['EpochTooOld', 'EpochTooFarInFuture'],
        ['TimestampBeforeL1Origin', 'SequencerDriftExceeded'],
      ],
      judge: (input) => {
        const validity = checkSingularBatch(input.context, input.batch)
        return validity.kind === 'drop' ? validity.reason : validity.kind
      },
    })
  })
})
