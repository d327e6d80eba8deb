import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ForkName } from '../../node/config/forks.ts'
import { createVerifier } from '../../node/derivation/pipeline/testing/derive.ts'
import type { L1Transaction } from '../../node/ports/l1-source.ts'
import type { Frame } from '../../node/protocol/frame.ts'
import type { BatchType } from './channel-out.ts'
import { chainHashes, createInboxWorld, inboxTransaction } from './testing/inbox-world.ts'

const forks: readonly ForkName[] = [
  'regolith',
  'canyon',
  'delta',
  'ecotone',
  'fjord',
  'granite',
  'holocene',
  'isthmus',
  'jovian',
]

describe('from blocks to a batch inbox and back', () => {
  it.each(forks)('derives the sequenced chain under %s', async (fork) => {
    const world = createInboxWorld(fork)
    const { config, l1, sequencer } = world
    l1.mine(6)
    await world.build(12n)
    const batchType: BatchType = config.forks.delta === undefined ? 'singular' : 'span'
    const compression = config.forks.fjord === undefined ? 'zlib' : 'brotli'
    const frames = await world.channel(1n, 12n, { batchType, compression })
    l1.mine(1, { transactions: [inboxTransaction(frames)] })

    const verifier = createVerifier(config, l1)
    await verifier.deriveAll()
    expect(chainHashes(verifier.l2)).toEqual(chainHashes(sequencer))
    expect(verifier.pipeline.origin.hash).toBe(l1.head.hash)
    expect(verifier.resets).toEqual(['not-started'])
    expect(l1.calls.get('transactionsByHash')).toBe(8)
  })
})

/** How a chain goes into the inbox: numbers are taken modulo what they choose from. */
interface Spread {
  /** Lengths of the channels, in blocks. */
  readonly channels: readonly number[]
  readonly batchTypes: readonly BatchType[]
  readonly compressions: readonly ('zlib' | 'brotli')[]
  readonly maxFrameBytes: readonly number[]
  /** Lengths of the transactions, in frames. */
  readonly transactions: readonly number[]
  /** Lengths of the L1 blocks, in transactions; 0 is a block without any. */
  readonly blocks: readonly number[]
  /** Sorts the frames where any order is allowed. */
  readonly order: readonly number[]
  /** Where L1 or the engine fails, as steps between failures. */
  readonly failures: readonly number[]
}

const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { minLength: 1, maxLength: 8 })
const spread: fc.Arbitrary<Spread> = fc.record({
  channels: some(fc.integer({ min: 1, max: 12 })),
  batchTypes: some(fc.constantFrom('singular', 'span')),
  compressions: some(fc.constantFrom('zlib', 'brotli')),
  maxFrameBytes: some(fc.integer({ min: 60, max: 800 })),
  transactions: some(fc.integer({ min: 1, max: 6 })),
  blocks: some(fc.integer({ min: 0, max: 4 })),
  order: some(fc.nat({ max: 1000 })),
  failures: some(fc.integer({ min: 1, max: 20 })),
})

const cycle = <T>(values: readonly T[], index: number): T => values[index % values.length]!

/** Cuts a list into pieces whose lengths repeat; a list of zeros counts as ones. */
function cut<T>(list: readonly T[], lengths: readonly number[]): T[][] {
  const pieces: T[][] = []
  for (let start = 0, index = 0; start < list.length; index++) {
    const length = lengths.every((value) => value === 0) ? 1 : cycle(lengths, index)
    pieces.push(list.slice(start, start + length))
    start += length
  }
  return pieces
}

const lastBlock = 24n
const failuresMax = 2_000

async function checkSpread(fork: ForkName, plan: Spread): Promise<void> {
  const world = createInboxWorld(fork, { seqWindowSize: 1000n, channelTimeout: 900n })
  const { config, l1, sequencer } = world
  l1.mine(12)
  await world.build(lastBlock)
  const numbers = Array.from({ length: Number(lastBlock) }, (_, index) => BigInt(index + 1))
  const channels = await Promise.all(
    cut(numbers, plan.channels).map((blocks, index) =>
      world.channel(blocks[0]!, blocks.at(-1)!, {
        batchType: cycle(plan.batchTypes, index),
        compression: config.forks.fjord === undefined ? 'zlib' : cycle(plan.compressions, index),
        maxFrameBytes: cycle(plan.maxFrameBytes, index),
      }),
    ),
  )
  const transactions = cut(arrange(fork, channels.flat(), plan.order), plan.transactions).map((frames) =>
    inboxTransaction(frames),
  )
  for (const body of cut<L1Transaction>(transactions, plan.blocks)) l1.mine(1, { transactions: body })

  const verifier = createVerifier(config, l1)
  for (let failure = 0, idle = false; !idle; failure++) {
    if (failure > failuresMax) throw new Error('expected the pipeline to become idle')
    const broken = failure % 2 === 0 ? l1 : verifier.l2
    for (let steps = cycle(plan.failures, failure); steps > 0 && !idle; steps--)
      idle = (await verifier.step()).kind === 'idle'
    broken.failure = new Error('cannot be asked')
    await verifier.step().catch(() => {})
    broken.failure = null
  }
  expect(chainHashes(verifier.l2)).toEqual(chainHashes(sequencer))
}

/** Before Holocene frames may arrive in any order. */
function arrange(fork: ForkName, frames: readonly Frame[], order: readonly number[]): readonly Frame[] {
  if (forks.indexOf(fork) >= forks.indexOf('holocene')) return frames
  const rank = (index: number) => (cycle(order, index) * (index + 1)) % 101
  return frames
    .map((frame, index) => ({ frame, rank: rank(index) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ frame }) => frame)
}

describe('any way that the rules allow to put batches on L1', () => {
  it.each(['ecotone', 'granite', 'jovian'] as const)('gives the same chain under %s', async (fork) => {
    await fc.assert(
      fc.asyncProperty(spread, (plan) => checkSpread(fork, plan)),
      { numRuns: 25 },
    )
  })
})
