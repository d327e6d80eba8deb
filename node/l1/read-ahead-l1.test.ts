import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { L1Source } from '../ports/l1-source.ts'
import { createFakeL1, type FakeL1 } from '../ports/testing/fake-l1.ts'
import { withReadAhead } from './read-ahead-l1.ts'

const blocksAhead = 3

interface World {
  readonly l1: FakeL1
  readonly ahead: L1Source
  finalized: bigint
}

function createWorld(length: number, finalized = length): World {
  const l1 = createFakeL1()
  l1.mine(length)
  const world: World = {
    l1,
    finalized: BigInt(finalized),
    ahead: withReadAhead(l1, { ahead: l1, blocksAhead, finalizedNumber: () => world.finalized }),
  }
  return world
}

/** Everything that derivation reads of a block. */
async function read(l1: L1Source, number: bigint) {
  const header = await l1.headerByNumber(number)
  if (header === null) return null
  const [transactions, receipts] = await Promise.all([
    l1.transactionsByHash(header.hash),
    l1.receiptsByHash(header.hash),
  ])
  return { header, transactions, receipts }
}

/** An L1 whose answers wait until they are let go, and how many do. */
function held(l1: L1Source) {
  let release: (() => void)[] = []
  const hold = <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) => {
    return async (...args: Args): Promise<T> => {
      await new Promise<void>((resolve) => release.push(resolve))
      return call(...args)
    }
  }
  const source: L1Source = {
    ...l1,
    headerByNumber: hold(l1.headerByNumber),
    transactionsByHash: hold(l1.transactionsByHash),
    receiptsByHash: hold(l1.receiptsByHash),
  }
  return {
    source,
    get waiting() {
      return release.length
    },
    async letGo() {
      const all = release
      release = []
      for (const one of all) one()
      // Whoever asks next does so in the jobs that follow.
      for (let job = 0; job < 20; job++) await Promise.resolve()
    },
  }
}

describe('reading L1 ahead', () => {
  it('answers what L1 answers, and asks it once for each part of a block', async () => {
    const { l1, ahead } = createWorld(12)
    const found = []
    for (let number = 1n; number <= 12n; number++) {
      found.push(await read(ahead, number))
      for (let job = 0; job < 20; job++) await Promise.resolve()
      expect(l1.calls.get('headerByNumber')).toBeLessThanOrEqual(Number(number) + blocksAhead)
    }
    expect(l1.calls).toEqual(
      new Map([
        ['headerByNumber', 12],
        ['transactionsByHash', 12],
        ['receiptsByHash', 12],
      ]),
    )
    expect(found).toEqual(await Promise.all(found.map((block) => read(l1, block!.header.number))))
    expect(await read(ahead, 13n)).toBeNull()
  })

  it('has the next blocks under way before they are asked for, two requests each at most', async () => {
    const { l1 } = createWorld(20)
    const slow = held(l1)
    const ahead = withReadAhead(slow.source, { ahead: slow.source, blocksAhead, finalizedNumber: () => 20n })
    let next = 1n
    let rounds = 0
    let mostWaiting = 0
    const reader = (async () => {
      while (next <= 20n) {
        await read(ahead, next)
        next++
      }
    })()
    for (; next <= 20n; rounds++) {
      for (let job = 0; job < 20; job++) await Promise.resolve()
      mostWaiting = Math.max(mostWaiting, slow.waiting)
      await slow.letGo()
    }
    await reader
    expect(mostWaiting).toBe(2 * blocksAhead)
    // One after the other it is two round trips a block: 40.
    expect(rounds).toBeLessThan(20)
  })

  it('reads nothing ahead that is not final', async () => {
    const { l1, ahead } = createWorld(10, 4)
    for (const number of [1n, 2n, 3n]) await read(ahead, number)
    expect(l1.calls.get('headerByNumber')).toBe(4)
    l1.reorg(5n, 9)
    for (const number of [4n, 5n]) expect((await read(ahead, number))?.header).toEqual(l1.at(number))
  })

  it('reads nothing ahead for a caller that jumps', async () => {
    const { l1, ahead } = createWorld(20)
    for (const number of [3n, 9n, 2n]) await read(ahead, number)
    expect(l1.calls.get('headerByNumber')).toBe(3)
  })

  it('drops what it has when the caller goes back', async () => {
    const { l1, ahead } = createWorld(20)
    for (const number of [1n, 2n]) await read(ahead, number)
    // L1 broke its promise of finality; after a reset nothing of the old chain may come up.
    l1.reorg(2n, 20)
    for (const number of [1n, 2n, 3n]) expect((await read(ahead, number))?.header).toEqual(l1.at(number))
  })

  it('does not hand out a block that is not the child of the one before', async () => {
    const { l1, ahead } = createWorld(20)
    await read(ahead, 1n)
    const ask = l1.headerByNumber
    l1.headerByNumber = async (number) => (number === 4n ? l1.at(9n) : ask(number))
    await read(ahead, 2n)
    await read(ahead, 3n)
    l1.headerByNumber = ask
    expect((await ahead.headerByNumber(4n))?.hash).toBe(l1.at(4n).hash)
  })

  it('keeps the failures of what nobody has asked for to itself', async () => {
    const { l1, ahead } = createWorld(20)
    await read(ahead, 1n)
    const failing = ahead.headerByNumber(2n)
    await failing
    l1.failure = new Error('L1 is down')
    for (let job = 0; job < 20; job++) await Promise.resolve()
    await expect(ahead.headerByNumber(6n)).rejects.toThrow('L1 is down')
    l1.failure = null
    for (let number = 3n; number <= 10n; number++)
      expect(await read(ahead, number)).toEqual(await read(l1, number))
  })

  it('is the L1 itself when it may read no block ahead', () => {
    const { l1 } = createWorld(1)
    expect(withReadAhead(l1, { ahead: l1, blocksAhead: 0, finalizedNumber: () => 1n })).toBe(l1)
  })

  it('never answers anything but what L1 answers at that moment, whatever reorgs and fails', async () => {
    const event = fc.oneof(
      { weight: 8, arbitrary: fc.constant({ kind: 'next' as const }) },
      fc.record({ kind: fc.constant('jump' as const), by: fc.integer({ min: -6, max: 6 }) }),
      fc.record({ kind: fc.constant('mine' as const), blocks: fc.integer({ min: 1, max: 6 }) }),
      fc.record({
        kind: fc.constant('reorg' as const),
        depth: fc.integer({ min: 1, max: 8 }),
        blocks: fc.integer({ min: 0, max: 8 }),
      }),
      fc.record({ kind: fc.constant('finalize' as const), depth: fc.nat(4) }),
      fc.record({ kind: fc.constant('down' as const), down: fc.boolean() }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 80 }), async (events) => {
        const world = createWorld(8, 3)
        const { l1, ahead } = world
        let number = 0n
        for (const one of events) {
          const head = l1.head.number
          if (one.kind === 'mine') l1.mine(one.blocks)
          else if (one.kind === 'down') l1.failure = one.down ? new Error('down') : null
          else if (one.kind === 'finalize') {
            const depth = BigInt(one.depth)
            if (head - depth > world.finalized) world.finalized = head - depth
          } else if (one.kind === 'reorg') {
            const from = head + 1n - BigInt(one.depth)
            l1.reorg(from > world.finalized ? from : world.finalized + 1n, one.blocks)
          } else {
            const to = number + (one.kind === 'next' ? 1n : BigInt(one.by))
            number = to < 0n ? 0n : to
            const found = await read(ahead, number).catch(() => 'down')
            if (found === 'down') expect(l1.failure).not.toBeNull()
            else {
              const down = l1.failure
              l1.failure = null
              expect(found).toEqual(await read(l1, number))
              l1.failure = down
            }
          }
        }
      }),
    )
  })
})
