import type { Hex } from 'viem'
import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock, type FakeClock } from '../../../node/ports/testing/fake-clock.ts'
import type { PayloadAttributes } from '../../../node/protocol/payload.ts'
import type { BuildOptions, ExecutedBlock } from '../execution/types.ts'
import { silentLogger } from '../testing/test-el.ts'
import type { Chain } from './chain.ts'
import { PayloadBuilder } from './payload-builder.ts'
import { SerialQueue } from './serial-queue.ts'

const parent = { hash: `0x${'aa'.repeat(32)}`, header: { number: 1n } } as unknown as ExecutedBlock
const attributes = (over: Partial<PayloadAttributes> = {}): PayloadAttributes => ({
  timestamp: 10n,
  prevRandao: `0x${'01'.repeat(32)}`,
  suggestedFeeRecipient: `0x${'42'.repeat(20)}`,
  transactions: ['0x7e'],
  noTxPool: false,
  gasLimit: 1n,
  ...over,
})

/** Blocks of the fake executor: gas is the number of transactions, and `transactionMs` is what each pool transaction takes. */
let clock: FakeClock
let executionMs: number
let pooled: Hex[]
let version: number
let passes: number
let failure: Error | null
let builder: PayloadBuilder
let transactionMs: number
/** The executor gives it up. */
const hog: Hex = '0xbb'

beforeEach(() => {
  clock = createFakeClock()
  executionMs = 0
  transactionMs = 5
  pooled = []
  version = 0
  passes = 0
  failure = null
  const executor = {
    async build(_parent: unknown, wanted: PayloadAttributes, { pool, shouldStop }: BuildOptions) {
      passes++
      if (failure !== null) throw failure
      const taken: Hex[] = []
      let tooLong = 0
      for (const raw of pool) {
        if (shouldStop?.(tooLong) === true) break
        executionMs += transactionMs
        if (raw === hog) tooLong++
        taken.push(raw)
      }
      const transactions = [...wanted.transactions, ...taken]
      const header = { gasUsed: BigInt(transactions.length) }
      const block = { hash: `0x${transactions.join()}`, header, envelope: { payload: { transactions } } }
      return { block, rejected: [] }
    },
  }
  const chain = { queue: new SerialQueue(8), executor } as unknown as Chain
  builder = new PayloadBuilder({
    chain,
    clock: { ...clock, nowMs: () => clock.nowMs() + executionMs },
    logger: silentLogger,
    pool: {
      get version() {
        return version
      },
      best: () => pooled,
      reject: () => {},
    },
    nextBaseFee: () => 0n,
    daLimits: () => ({ transactionMax: null, blockMax: null }),
  })
})

const arrive = (...raws: Hex[]) => {
  pooled.push(...raws)
  version++
}
const transactionsOf = async (id: Hex) => (await builder.finish(id))?.envelope.payload.transactions

describe('PayloadBuilder', () => {
  it('has a block at once, and the same one for all who ask', async () => {
    arrive('0x01')
    const id = await builder.start(parent, attributes(), 3)
    const first = builder.finish(id)
    expect(await transactionsOf(id)).toEqual(['0x7e', '0x01'])
    expect(builder.finish(id)).toBe(first)
    expect(passes).toBe(1)
    expect(builder.built('0x0x7e,0x01')).toBeDefined()
    expect(builder.timestampOf(id)).toBe(10n)
  })

  it('gets better while it is not asked for, and only when the pool changed', async () => {
    const id = await builder.start(parent, attributes(), 3)
    await clock.advance(1_000)
    expect(passes).toBe(1)
    arrive('0x01')
    await clock.advance(1_000)
    expect(passes).toBe(2)
    arrive('0x02')
    expect(await transactionsOf(id)).toEqual(['0x7e', '0x01', '0x02'])
    arrive('0x03')
    await clock.advance(1_000)
    expect(await transactionsOf(id)).toEqual(['0x7e', '0x01', '0x02'])
    expect(passes).toBe(3)
  })

  it('answers soon when the pool is full, after a least number of transactions', async () => {
    arrive(...Array.from({ length: 100 }, (_, index): Hex => `0x${index.toString(16).padStart(2, '0')}`))
    const id = await builder.start(parent, attributes(), 3)
    expect(executionMs).toBe(32 * transactionMs)
    await clock.advance(5_000)
    expect(await transactionsOf(id)).toHaveLength(101)
  })

  it('has room in a slot of one second for two passes of slow transactions', async () => {
    transactionMs = 120
    arrive(...Array.from({ length: 32 }, (_, index): Hex => `0x${index.toString(16).padStart(2, '0')}`))
    const id = await builder.start(parent, attributes(), 3)
    await transactionsOf(id)
    expect(passes).toBe(2)
    expect(executionMs).toBeLessThan(800)
  })

  it('looks at no more than one that takes too long while somebody waits', async () => {
    arrive('0x01', hog, hog, hog)
    await builder.start(parent, attributes(), 3)
    expect(executionMs).toBe(2 * transactionMs)
    await clock.advance(1_000)
    // Nobody waited for the second pass.
    expect(executionMs).toBe(6 * transactionMs)
  })

  it('keeps a better block when a later pass is cut short', async () => {
    arrive(...Array.from({ length: 60 }, (_, index): Hex => `0x${index.toString(16).padStart(2, '0')}`))
    const id = await builder.start(parent, attributes(), 3)
    await clock.advance(3_000)
    arrive('0xff')
    expect(await transactionsOf(id)).toHaveLength(61)
  })

  it('builds once with noTxPool', async () => {
    arrive('0x01')
    const id = await builder.start(parent, attributes({ noTxPool: true }), 3)
    arrive('0x02')
    await clock.advance(1_000)
    expect(await transactionsOf(id)).toEqual(['0x7e'])
    expect(passes).toBe(1)
  })

  it('keeps its block when a later pass fails', async () => {
    arrive('0x01')
    const id = await builder.start(parent, attributes(), 3)
    failure = new Error('the executor is broken')
    arrive('0x02')
    await clock.advance(1_000)
    expect(await transactionsOf(id)).toEqual(['0x7e', '0x01'])
  })

  it('finds the same job again, stops the work on earlier ones, and keeps ten', async () => {
    const ids: Hex[] = []
    for (let timestamp = 1n; timestamp <= 11n; timestamp++)
      ids.push(await builder.start(parent, attributes({ timestamp }), 3))
    expect(await builder.start(parent, attributes({ timestamp: 11n }), 3)).toBe(ids[10])
    expect(builder.finish(ids[0] as Hex)).toBeUndefined()
    const before = passes
    arrive('0x01')
    await clock.advance(500)
    expect(passes).toBe(before + 1)
    expect(await transactionsOf(ids[1] as Hex)).toEqual(['0x7e', '0x01'])
  })

  it('gives up jobs that nobody asks for', async () => {
    const id = await builder.start(parent, attributes(), 3)
    await clock.advance(13_000)
    arrive('0x01')
    const before = passes
    await clock.advance(5_000)
    expect(passes).toBe(before)
    await clock.advance(120_000)
    await builder.start(parent, attributes({ timestamp: 99n }), 3)
    expect(builder.finish(id)).toBeUndefined()
  })
})
