import type { Hash } from 'viem'
import { describe, expect, it } from 'vitest'
import { createFakeEngineClient, l2Block, l2Genesis } from '../derivation/testing/fake-engine-client.ts'
import { createFakeClock } from '../ports/testing/fake-clock.ts'
import { createFakeL1 } from '../ports/testing/fake-l1.ts'
import { createFakeRandom } from '../ports/testing/fake-random.ts'
import { createSilentLogger } from '../ports/testing/silent-logger.ts'
import { type BlockId, zeroL1BlockRef } from '../protocol/refs.ts'
import { createReorgGuard } from './reorg-guard.ts'

async function setUp(random = createFakeRandom()) {
  const l1 = createFakeL1()
  l1.mine(10)
  const clock = createFakeClock()
  const genesis = l2Genesis(l1.at(0n), 0n)
  const engine = createFakeEngineClient(genesis, () => l1.at(0n))
  const localSafe = l2Block(genesis, 1n, l1.at(4n))
  const unsafe = l2Block(localSafe, 2n, l1.at(8n))
  engine.update({ localSafe, unsafe })
  engine.onResetHeads = () => ({ unsafe: genesis, localSafe: genesis })
  /** How far the view of L1 reaches, and what it has seen. */
  let view = true
  let seen = new Set<Hash>()
  const learn = () => {
    for (let number = l1.head.number; number >= 0n; number--) seen.add(l1.at(number).hash)
  }
  learn()
  const isOrphan = ({ number, hash }: BlockId) =>
    view && (number > l1.head.number ? seen.has(hash) : l1.at(number).hash !== hash)
  let reading: BlockId = zeroL1BlockRef
  const guard = createReorgGuard({
    watcher: { l1, isOrphan },
    engine,
    derivedFrom: () => [reading],
    secondLookMs: 250,
    clock,
    random,
    logger: createSilentLogger(),
  })
  guard.run(new AbortController().signal).catch(() => {})
  const head = async () => {
    guard.onL1Head()
    await clock.settle()
  }
  return {
    l1,
    clock,
    engine,
    head,
    localSafe,
    unsafe,
    beyondView: () => {
      view = false
    },
    /** As after a start: no fork was seen. */
    forget: () => {
      seen = new Set()
    },
    read: (block: BlockId) => {
      reading = block
    },
  }
}

describe('guard against L1 reorgs', () => {
  it('leaves heads on canonical origins alone', async () => {
    const { engine, head, l1 } = await setUp()
    l1.reorg(9n, 3)
    await head()
    expect(engine.resets).toEqual([])
  })

  it.each([
    ['the unsafe head', 8n],
    ['the local-safe head', 4n],
  ])('resets when the origin of %s is orphaned', async (_name, from) => {
    const { engine, head, l1 } = await setUp()
    l1.reorg(from, 10)
    await head()
    expect(engine.resets).toHaveLength(1)
    expect(engine.resets[0]).toMatch(/expected [48]:0x.*own L1 has [48]:0x/)
    await head()
    expect(engine.resets).toHaveLength(1)
  })

  it('waits for proof when L1 is shorter than the origin', async () => {
    const { engine, forget, head, l1 } = await setUp()
    forget()
    l1.reorg(7n, 1)
    await head()
    expect(engine.resets).toEqual([])
    l1.mine()
    await head()
    expect(engine.resets).toHaveLength(1)
  })

  it('has the proof when L1 was seen to become shorter than the origin', async () => {
    const { engine, head, l1 } = await setUp()
    l1.reorg(7n, 1)
    await head()
    expect(engine.resets).toHaveLength(1)
    expect(engine.resets[0]).toMatch(/own L1 has replaced 8:0x.*, and is shorter now/)
  })

  it('asks again when L1 could not be asked', async () => {
    const { clock, engine, head, l1 } = await setUp(createFakeRandom(255))
    l1.reorg(8n, 3)
    l1.failure = new Error('down')
    await head()
    l1.failure = null
    // Up to a quarter sooner than 250 ms, so that several nodes do not ask at the same moment.
    await clock.advance(187)
    expect(engine.resets).toEqual([])
    await clock.advance(1)
    expect(engine.resets).toHaveLength(1)
  })

  it('resets when the block that derivation reads is orphaned, whatever the heads stand on', async () => {
    const { engine, head, l1, read } = await setUp()
    read(l1.at(10n))
    l1.reorg(10n, 2)
    await head()
    expect(engine.resets).toHaveLength(1)
  })

  it('takes a second look where the view of L1 does not reach, and both must agree', async () => {
    const { beyondView, clock, engine, head, l1 } = await setUp()
    beyondView()
    l1.reorg(8n, 3)
    await head()
    expect(engine.resets).toEqual([])
    await clock.advance(250)
    expect(engine.resets).toHaveLength(1)
  })

  it('does nothing when L1 takes it back at the second look', async () => {
    const { beyondView, clock, engine, head, l1 } = await setUp()
    beyondView()
    const { headerByNumber } = l1
    const fork = createFakeL1()
    fork.mine(10)
    fork.reorg(3n, 9)
    l1.headerByNumber = (number) => fork.headerByNumber(number)
    await head()
    l1.headerByNumber = headerByNumber
    await clock.advance(60_000)
    expect(engine.resets).toEqual([])
  })

  it('is not driven to a reset at every L1 head by an orphan that comes back from outside', async () => {
    const { clock, engine, head, l1, unsafe } = await setUp()
    l1.reorg(8n, 3)
    await head()
    for (let second = 0; second < 120; second++) {
      engine.update({ unsafe })
      await head()
      await clock.advance(1_000)
    }
    expect(engine.resets.length).toBeGreaterThan(2)
    expect(engine.resets.length).toBeLessThan(8)
  })
})
