import { describe, expect, it } from 'vitest'
import { type BlockId, type L2BlockRef, zeroHash } from '../protocol/refs.ts'
import { createMemorySafeHeadStore } from './memory-store.ts'
import { createSafeHeads, type SafeHeads } from './safe-heads.ts'

const id = (number: number, chain = 'a'): BlockId => ({
  number: BigInt(number),
  hash: `0x${chain}${number.toString(16).padStart(63, '0')}`,
})
const l2 = (number: number, origin: number, chain = 'a'): L2BlockRef => ({
  ...id(number, chain),
  parentHash: zeroHash,
  timestamp: 0n,
  l1Origin: id(origin, 'c'),
  sequenceNumber: 0n,
})
const l1 = (number: number): BlockId => id(number, 'c')

/** What is answered at each L1 number: "L1:L2", or nothing. */
const answers = (safeHeads: SafeHeads, ...numbers: number[]): (string | null)[] =>
  numbers.map((number) => {
    const entry = safeHeads.safeHeadAt(BigInt(number))
    return entry && `${entry.l1.number}:${entry.l2.number}`
  })

/** op-node's test data (op-node/node/safedb/safedb_test.go): L1 100, 150 and 160 made L2 20, 25 and 30 safe. */
async function recorded(): Promise<SafeHeads> {
  const safeHeads = createSafeHeads(createMemorySafeHeadStore())
  for (const [at, safe] of [
    [100, 20],
    [150, 25],
    [160, 30],
  ] as const)
    await safeHeads.record(l1(at), id(safe))
  return safeHeads
}

describe('safe heads, as op-node keeps them', () => {
  it('answers with the newest L1 block that is not above the one asked for', async () => {
    expect(answers(await recorded(), 99, 100, 149, 150, 159, 160, 1_000_000)).toEqual([
      null,
      '100:20',
      '100:20',
      '150:25',
      '150:25',
      '160:30',
      '160:30',
    ])
    expect(answers(createSafeHeads(createMemorySafeHeadStore()), 100)).toEqual([null])
  })

  it('keeps the highest block of one L1 block', async () => {
    const safeHeads = await recorded()
    await safeHeads.record(l1(160), id(31))
    expect(answers(safeHeads, 150, 160)).toEqual(['150:25', '160:31'])
  })

  it('after a reset into what an L1 block made safe, knows no more than that of it', async () => {
    const safeHeads = await recorded()
    await safeHeads.reset(l2(22, 90))
    expect(answers(safeHeads, 100, 150, 160)).toEqual(['100:20', '150:22', '150:22'])
    expect(safeHeads.safeHeadAt(150n)?.l2).toEqual(id(22))
  })

  it('after a reset to below the first entry, knows nothing', async () => {
    const safeHeads = await recorded()
    await safeHeads.reset(l2(18, 60))
    expect(answers(safeHeads, 100, 150, 160)).toEqual([null, null, null])
  })

  it('after a reset to above the last entry, keeps every one', async () => {
    const safeHeads = await recorded()
    await safeHeads.reset(l2(40, 161))
    expect(answers(safeHeads, 100, 150, 160)).toEqual(['100:20', '150:25', '160:30'])
    await safeHeads.reset(l2(40, 149))
    expect(answers(safeHeads, 100, 150, 160)).toEqual(['100:20', '150:25', '160:30'])
  })
})

describe('safe heads, where op-node would guess', () => {
  it('a reset to an entry, also the first, keeps it and drops what follows', async () => {
    const safeHeads = await recorded()
    await safeHeads.reset(l2(25, 110))
    expect(answers(safeHeads, 149, 150, 160)).toEqual(['100:20', '150:25', '150:25'])
    await safeHeads.reset(l2(20, 60))
    expect(answers(safeHeads, 99, 100, 160)).toEqual([null, '100:20', '100:20'])
  })

  it('blocks that became safe unseen leave a gap, until the next that is seen', async () => {
    const safeHeads = await recorded()
    await safeHeads.reset(l2(40, 165))
    expect(answers(safeHeads, 159, 160, 161, 1_000)).toEqual(['150:25', '160:30', null, null])
    await safeHeads.record(l1(170), id(42))
    expect(answers(safeHeads, 160, 169, 170)).toEqual(['160:30', null, '170:42'])
    // Finality may use what is known from before the gap; a walk back through what was derived ends at it.
    expect(safeHeads.atOrBelow(169n)?.l2).toEqual(id(30))
    expect(safeHeads.before(safeHeads.atOrBelow(170n)!)).toBeNull()
  })

  it('a reset into the gap leaves it a gap, one to before it closes it', async () => {
    const safeHeads = await recorded()
    await safeHeads.reset(l2(40, 165))
    await safeHeads.record(l1(170), id(42))
    await safeHeads.reset(l2(35, 164))
    expect(answers(safeHeads, 160, 161, 170)).toEqual(['160:30', null, null])
    await safeHeads.reset(l2(30, 120))
    await safeHeads.record(l1(163), id(33))
    expect(answers(safeHeads, 160, 161, 163)).toEqual(['160:30', '160:30', '163:33'])
  })

  it('a reset to what L1 no longer vouches for ends before its entry', async () => {
    const safeHeads = await recorded()
    await safeHeads.reset(l2(22, 90), false)
    expect(answers(safeHeads, 100, 101, 150, 160)).toEqual(['100:20', null, null, null])
    expect(safeHeads.newestUpTo(id(22))).toBeNull()
  })

  it('a reset to a sibling of a recorded block does not name it as derived there', async () => {
    const safeHeads = await recorded()
    await safeHeads.reset(l2(25, 110, 'b'))
    expect(answers(safeHeads, 100, 101, 150, 160)).toEqual(['100:20', null, null, null])
  })

  it('a block that is derived on another L1 fork drops what the old one had from there on', async () => {
    const safeHeads = await recorded()
    await safeHeads.reset(l2(25, 110))
    await safeHeads.record(l1(140), id(27, 'b'))
    expect(answers(safeHeads, 139, 140, 150, 160)).toEqual(['100:20', '140:27', '140:27', '140:27'])
  })

  it('tells from where a safe head came only when the entries reach it', async () => {
    const safeHeads = await recorded()
    expect(safeHeads.newestUpTo(id(30))?.l1).toEqual(l1(160))
    expect(safeHeads.newestUpTo(id(29))?.l1).toEqual(l1(160))
    expect(safeHeads.newestUpTo(id(31))).toBeNull()
    expect(safeHeads.before(safeHeads.newestUpTo(id(30))!)?.l1).toEqual(l1(150))
    expect(safeHeads.before(safeHeads.atOrBelow(100n)!)).toBeNull()
  })

  it('has an entry at L1 block 0, and none before it', async () => {
    const safeHeads = createSafeHeads(createMemorySafeHeadStore())
    await safeHeads.record(l1(0), id(0))
    expect(safeHeads.before(safeHeads.atOrBelow(0n)!)).toBeNull()
    await safeHeads.reset(l2(0, 0, 'b'))
    expect(answers(safeHeads, 0, 5)).toEqual([null, null])
  })
})

describe('the memory of a node without a database', () => {
  it('is bounded and forgets the oldest', async () => {
    const safeHeads = createSafeHeads(createMemorySafeHeadStore(8))
    for (let number = 1; number <= 20; number++) await safeHeads.record(l1(number), id(number))
    expect(answers(safeHeads, 20, 17, 12)).toEqual(['20:20', '17:17', null])
  })
})
