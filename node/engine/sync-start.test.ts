import { describe, expect, it } from 'vitest'
import { createL2Source } from '../adapters/engine/l2-source.ts'
import { createL1Source } from '../adapters/l1/l1-source.ts'
import { createFakeL1Rpc } from '../adapters/testing/fake-l1-rpc.ts'
import { createFakeL2Rpc } from '../adapters/testing/fake-l2-rpc.ts'
import { type AbsenceStyle, absenceStyles } from '../json-rpc/testing/absence-style.ts'
import type { L1Header } from '../ports/l1-source.ts'
import { createFakeRandom } from '../ports/testing/fake-random.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import { type BlockId, type L2BlockRef, zeroL2BlockRef } from '../protocol/refs.ts'
import { createMemorySafeHeadStore } from '../safe-heads/memory-store.ts'
import { createSafeHeads, type SafeHeads } from '../safe-heads/safe-heads.ts'
import { CriticalEngineError, TemporaryEngineError } from './errors.ts'
import { findStartingHeads, genesisRef } from './sync-start.ts'
import { createEngineRig, type EngineRig, type EngineRigOptions } from './testing/engine-rig.ts'
import { createWalkMemory } from './walk-reads.ts'

/** An engine with two L2 blocks for each L1 origin 1 to 8; safe is block 10, finalized block 4. */
function rigWithChain(options: EngineRigOptions = {}) {
  const rig = createEngineRig({ l1Blocks: 12, ...options })
  const blocks: PayloadEnvelope[] = [rig.chain.genesis]
  for (let origin = 1n; origin <= 8n; origin++)
    blocks.push(...rig.extend(blocks.at(-1)!, 2, rig.l1.at(origin)))
  rig.el.adopt(...blocks)
  rig.el.label({ safe: blocks[10]!, finalized: blocks[4]! })
  return { rig, blocks, number: (n: number) => rig.ref(blocks[n]!) }
}

/** `safe` was derived from `l1`; oldest first. */
type Derived = readonly (readonly [l1: L1Header, safe: L2BlockRef])[]

function recorded(...derived: Derived): SafeHeads {
  const safeHeads = createSafeHeads(createMemorySafeHeadStore())
  for (const [l1, safe] of derived) void safeHeads.record(l1, safe)
  return safeHeads
}

/** Through the adapters, as a server of that style answers. */
function finder(absence: AbsenceStyle) {
  return (
    rig: EngineRig,
    derived: Derived | null = null,
    finalized = zeroL2BlockRef,
    isOrphan: (block: BlockId) => boolean = () => false,
    safe = zeroL2BlockRef,
  ) => {
    const { clock, logger, chain } = rig
    const { config } = chain
    const safeHeads = derived === null ? null : recorded(...derived)
    const rpc = createFakeL1Rpc(rig.l1, { absence })
    const l1 = createL1Source({ rpc, clock, random: createFakeRandom(), logger, trustRpc: true })
    const l2 = createL2Source({ rpc: createFakeL2Rpc(rig.el, absence), forks: config.forks })
    return findStartingHeads({ config, l1, l2, clock, safeHeads, finalized, safe, isOrphan })
  }
}

/** With the ports themselves, where calls are counted or refused. */
const find = (rig: EngineRig, derived: Derived | null = null, finalized = zeroL2BlockRef) => {
  const safeHeads = derived === null ? null : recorded(...derived)
  const { l1, el, clock, chain } = rig
  return findStartingHeads({ config: chain.config, l1, l2: el, clock, safeHeads, finalized })
}

/** Lets time pass until it has settled: calls that fail are made again after a while. */
async function inTime<T>(rig: EngineRig, work: Promise<T>): Promise<T> {
  let settled = false
  const note = () => {
    settled = true
  }
  work.then(note, note)
  while (!settled) await rig.clock.advance(50)
  return work
}

describe.each(absenceStyles)('findStartingHeads, of clients that say "none" by %s', (absence) => {
  const find = finder(absence)

  it('takes the heads of the engine as they are when nothing was reorged, with one L1 call', async () => {
    const { rig, number } = rigWithChain()
    const { heads, engineSays, leavesHead } = await find(rig)
    expect(leavesHead).toBeNull()
    expect(heads).toEqual({
      unsafe: number(16),
      localSafe: number(10),
      safe: number(10),
      finalized: number(4),
    })
    expect(engineSays.headBlockHash).toBe(number(16).hash)
    expect(rig.l1.calls.get('headerByNumber')).toBe(1)
  })

  it('takes genesis for every label that the engine does not have', async () => {
    const rig = createEngineRig()
    const genesis = genesisRef(rig.chain.config)
    expect((await find(rig)).heads).toEqual({
      unsafe: genesis,
      localSafe: genesis,
      safe: genesis,
      finalized: genesis,
    })
    expect(rig.ref(rig.chain.genesis)).toEqual(genesis)
  })

  it('walks unsafe back to the last canonical origin and leaves safe below it alone', async () => {
    const { rig, number } = rigWithChain()
    rig.l1.reorg(7n, 8)
    const { heads } = await find(rig)
    expect(heads).toMatchObject({ unsafe: number(12), safe: number(10), finalized: number(4) })
  })

  it('walks safe back with unsafe when its own origin was reorged', async () => {
    const { rig, number } = rigWithChain()
    rig.l1.reorg(4n, 10)
    expect((await find(rig)).heads).toMatchObject({
      unsafe: number(6),
      localSafe: number(6),
      safe: number(6),
      finalized: number(4),
    })
  })

  it('takes an origin that L1 does not have yet for plausible', async () => {
    const { rig, number } = rigWithChain()
    rig.l1.reorg(7n, 0)
    expect((await find(rig)).heads).toMatchObject({ unsafe: number(16), safe: number(10) })
  })

  it('does not stop at an origin that is not there yet when one below it was reorged', async () => {
    const { rig, number } = rigWithChain()
    rig.l1.reorg(6n, 1)
    expect((await find(rig)).heads).toMatchObject({ unsafe: number(10), safe: number(10) })
  })

  it('looks up each L1 block once', async () => {
    const { rig } = rigWithChain()
    rig.l1.reorg(4n, 10)
    await find(rig)
    expect(rig.l1.calls.get('headerByNumber')).toBe(6)
  })

  it('stops at finalized when L1 lacks its origin', async () => {
    const { rig, number } = rigWithChain()
    rig.l1.reorg(1n, 0)
    expect((await find(rig)).heads).toMatchObject({ unsafe: number(16), finalized: number(4) })
  })

  it('says clearly that finalized was reorged', async () => {
    const { rig } = rigWithChain()
    rig.l1.reorg(2n, 12)
    await expect(find(rig)).rejects.toThrow(CriticalEngineError)
    await expect(find(rig)).rejects.toThrow(/finalized L2 block 4:.* was reorged: its L1 origin 2:/)
  })

  it('takes no label back for a block that the engine denies although its head is above it', async () => {
    for (const denied of [4n, 10n]) {
      const { rig, number } = rigWithChain()
      const { blockByNumber } = rig.el
      rig.el.blockByNumber = async (wanted) => (wanted === denied ? null : blockByNumber(wanted))
      const starting = find(rig, null, number(4))
      await expect(starting).rejects.toThrow(TemporaryEngineError)
      await expect(starting).rejects.toThrow(`has no block ${denied} although its head is 16:`)
    }
  })

  it('says that finalized is lost when the head of the engine is below it, or another block is there', async () => {
    const { rig, number } = rigWithChain()
    const { rig: other } = rigWithChain()
    rig.el.restartAt(3n)
    expect((await find(rig, null, number(4))).hasFinalized).toBe(false)
    expect((await find(other, null, { ...number(4), hash: rig.l1.at(5n).hash })).hasFinalized).toBe(false)
  })

  it('says clearly that L1 is of another chain', async () => {
    const { rig } = rigWithChain()
    const strange = { ...rig.chain.config.genesis, l1: { number: 0n, hash: rig.l1.at(5n).hash } }
    rig.el.restartAt(0n)
    const config = { ...rig.chain.config, genesis: strange }
    await expect(
      findStartingHeads({
        config,
        l1: rig.l1,
        l2: rig.el,
        clock: rig.clock,
        safeHeads: recorded(),
        finalized: zeroL2BlockRef,
      }),
    ).rejects.toThrow(/L1 is of another chain: expected L1 genesis 0:/)
  })

  it('says clearly that the engine is of another chain', async () => {
    const { rig } = rigWithChain()
    const l2 = { number: 0n, hash: rig.l1.at(5n).hash }
    const config = { ...rig.chain.config, genesis: { ...rig.chain.config.genesis, l2 } }
    await expect(
      findStartingHeads({
        config,
        l1: rig.l1,
        l2: rig.el,
        clock: rig.clock,
        safeHeads: recorded(),
        finalized: zeroL2BlockRef,
      }),
    ).rejects.toThrow(/engine is of another chain: expected genesis 0x.*, found 0x/)
  })

  it('refuses a reorg deeper than five sequencing windows', async () => {
    const { rig } = rigWithChain({ seqWindowSize: 1n })
    rig.el.label({ finalized: rig.chain.genesis })
    rig.l1.reorg(1n, 12)
    await expect(find(rig)).rejects.toThrow(/more than 5 sequencing windows/)
  })

  it('starts on a safe label that is not in the chain of the head', async () => {
    const { rig, blocks, number } = rigWithChain()
    const fork = rig.extend(blocks[8]!, 2, rig.l1.at(5n), 'fork')
    rig.el.store(...fork)
    rig.el.label({ safe: fork[1]! })
    const safe = rig.ref(fork[1]!)
    const { heads, engineSays, leavesHead } = await find(rig)
    expect(heads).toEqual({ unsafe: safe, localSafe: safe, safe, finalized: number(4) })
    expect(engineSays.headBlockHash).toBe(number(16).hash)
    expect(leavesHead).toEqual(number(16))
  })

  it('keeps the head when that is of our safe chain, and the safe label of one that we left', async () => {
    const { rig, blocks, number } = rigWithChain()
    const fork = rig.extend(blocks[8]!, 3, rig.l1.at(5n), 'fork')
    rig.el.store(...fork)
    rig.el.label({ safe: fork[1]! })
    for (const ours of [9, 12]) {
      const { heads, leavesHead } = await find(rig, null, undefined, undefined, number(ours))
      const safe = number(ours)
      expect(heads).toEqual({ unsafe: number(16), localSafe: safe, safe, finalized: number(4) })
      expect(leavesHead).toBeNull()
    }
  })

  it.each([
    ['the label stands on our safe block', 8, 4],
    ['our safe block is of that chain', 'fork', 4],
    ['the engine has not our safe block', 'nowhere', 4],
    ['the head is beside what is final', 8, 'fork'],
  ] as const)('starts on a safe label beside the head also where %s', async (_, ours, final) => {
    const { rig, blocks, number } = rigWithChain()
    const fork = rig.extend(blocks[8]!, 2, rig.l1.at(5n), 'fork')
    const [stranger] = rig.extend(blocks[8]!, 1, rig.l1.at(5n), 'stranger')
    rig.el.store(...fork)
    rig.el.label({ safe: fork[1]! })
    const place = (at: number | 'fork' | 'nowhere') =>
      typeof at === 'number' ? number(at) : rig.ref(at === 'fork' ? fork[0]! : stranger!)
    const finalized = place(final)
    const { heads } = await find(rig, null, finalized, undefined, place(ours))
    const safe = rig.ref(fork[1]!)
    expect(heads).toEqual({ unsafe: safe, localSafe: safe, safe, finalized })
  })

  it('walks back from there along its own chain', async () => {
    const { rig, blocks, number } = rigWithChain()
    const fork = rig.extend(blocks[6]!, 5, rig.l1.at(5n), 'fork')
    rig.el.store(...fork)
    rig.el.label({ safe: fork[4]! })
    rig.l1.reorg(5n, 6)
    expect((await find(rig)).heads).toMatchObject({ unsafe: number(6), safe: number(6) })
  })

  it('proves of it, without a record, what lies a sequencing window back', async () => {
    const { rig, blocks, number } = rigWithChain({ seqWindowSize: 3n })
    const fork = rig.extend(blocks[6]!, 2, rig.l1.at(3n), 'fork')
    fork.push(...rig.extend(fork[1]!, 2, rig.l1.at(6n), 'fork'))
    rig.el.store(...fork)
    rig.el.label({ safe: fork[3]! })
    const { heads, proven } = await find(rig, [])
    expect(heads).toMatchObject({ unsafe: rig.ref(fork[3]!), safe: rig.ref(fork[3]!) })
    // L1 block 6 is the highest origin: what has its origin at 3 or below was derived from 6 or below. The engine's own
    // block of that height has a later one.
    expect([proven, number(8).l1Origin.number]).toEqual([rig.ref(fork[1]!), 4n])
  })

  it('takes the higher of its label and what we know for final', async () => {
    const { rig, number } = rigWithChain()
    for (const ours of [2, 6])
      expect((await find(rig, null, number(ours))).heads.finalized).toEqual(number(Math.max(ours, 4)))
  })

  it.each([
    ['does not stand on finalized', true],
    ['is nowhere', false],
  ])('does not trust a safe label that %s', async (_, isStored) => {
    const { rig, blocks, number } = rigWithChain()
    const fork = rig.extend(blocks[2]!, 6, rig.l1.at(2n), 'fork')
    if (isStored) rig.el.store(...fork)
    const labels = { latest: blocks[16]!, safe: fork[5]!, finalized: blocks[4]! }
    const l2 = { ...rig.el, blockByLabel: async (label: keyof typeof labels) => labels[label] }
    const { heads } = await findStartingHeads({
      ...{ config: rig.chain.config, l1: rig.l1, l2, clock: rig.clock, safeHeads: null },
      finalized: zeroL2BlockRef,
    })
    expect(heads).toMatchObject({ unsafe: number(16), safe: number(4), finalized: number(4) })
  })

  it.each([
    ['by its label', false],
    ['by what we know, of which it was not told yet', true],
  ])('starts on finalized, %s, when the engine synced to a fork beside it', async (_, isOurs) => {
    const { rig, blocks, number } = rigWithChain()
    const fork = rig.extend(blocks[3]!, 6, rig.l1.at(2n), 'fork')
    rig.el.adopt(...blocks.slice(0, 4), ...fork)
    rig.el.label({ finalized: isOurs ? blocks[2]! : blocks[4]! })
    const { heads, engineSays, hasFinalized } = await find(rig, [], isOurs ? number(4) : undefined)
    const final = number(4)
    expect(heads).toEqual({ unsafe: final, localSafe: final, safe: final, finalized: final })
    expect(engineSays.headBlockHash).toBe(fork.at(-1)!.payload.blockHash)
    expect(hasFinalized).toBe(true)
  })

  it.each([2, 6])(
    'takes the head %i for every label above it: an engine that was rewound keeps its labels',
    async (head) => {
      const { rig, blocks, number } = rigWithChain()
      rig.el.restartAt(BigInt(head))
      const labels = { latest: blocks[head]!, safe: blocks[10]!, finalized: blocks[4]! }
      const l2 = { ...rig.el, blockByLabel: async (label: keyof typeof labels) => labels[label] }
      const { heads } = await findStartingHeads({
        config: rig.chain.config,
        l1: rig.l1,
        l2,
        clock: rig.clock,
        safeHeads: recorded(),
        finalized: zeroL2BlockRef,
      })
      const finalized = number(Math.min(head, 4))
      expect(heads).toEqual({ unsafe: number(head), localSafe: finalized, safe: finalized, finalized })
    },
  )

  it('is temporary when L1 cannot be asked', async () => {
    const { rig } = rigWithChain()
    rig.l1.failure = new Error('connection refused')
    await expect(inTime(rig, find(rig))).rejects.toThrow('connection refused')
  })

  it('is temporary when the engine has no latest block', async () => {
    const { rig } = rigWithChain()
    const l2 = { ...rig.el, blockByLabel: async () => null }
    await expect(
      findStartingHeads({
        config: rig.chain.config,
        l1: rig.l1,
        l2,
        clock: rig.clock,
        safeHeads: recorded(),
        finalized: zeroL2BlockRef,
      }),
    ).rejects.toThrow(TemporaryEngineError)
  })
})

describe.each(absenceStyles)(
  'findStartingHeads, with what we know, of clients that say "none" by %s',
  (absence) => {
    const find = finder(absence)

    const records = (rig: EngineRig, number: (n: number) => L2BlockRef): Derived => [
      [rig.l1.at(9n), number(6)],
      [rig.l1.at(10n), number(8)],
      [rig.l1.at(11n), number(10)],
    ]

    it('keeps safe when the L1 block it was derived from is canonical', async () => {
      const { rig, number } = rigWithChain()
      expect((await find(rig, records(rig, number))).heads.safe).toEqual(number(10))
    })

    it('rewinds safe, not unsafe, when only the L1 block of its batch was reorged out', async () => {
      const { rig, number } = rigWithChain()
      const known = records(rig, number)
      rig.l1.reorg(10n, 5)
      const { heads } = await find(rig, known)
      expect(heads).toMatchObject({ unsafe: number(16), localSafe: number(6), safe: number(6) })
    })

    it('rewinds safe by the sequencing window when all it knows was reorged out', async () => {
      const { rig, blocks, number } = rigWithChain({ seqWindowSize: 1n })
      const known = records(rig, number)
      rig.el.label({ finalized: blocks[2]! })
      rig.l1.reorg(9n, 5)
      // Block 6 was safe, with its origin at 3: what has its own at 2 or below was derived from 3 or below.
      expect((await find(rig, known)).heads).toMatchObject({ unsafe: number(16), safe: number(4) })
    })

    it('rewinds safe when L1 has become shorter than the block of its batch', async () => {
      const { rig, number } = rigWithChain()
      const known = [[rig.l1.at(7n), number(6)], ...records(rig, number).slice(1)] as const
      rig.l1.reorg(8n, 1)
      const { heads, isRecorded } = await find(rig, known)
      expect(heads).toMatchObject({ unsafe: number(14), localSafe: number(6), safe: number(6) })
      expect(isRecorded).toBe(true)
    })

    it('says that the record is none of what the sequencing window leaves', async () => {
      const { rig, blocks, number } = rigWithChain({ seqWindowSize: 1n })
      const known = records(rig, number)
      rig.el.label({ finalized: blocks[2]! })
      rig.l1.reorg(8n, 1)
      const { heads, isRecorded } = await find(rig, known)
      expect(heads).toMatchObject({ unsafe: number(14), safe: number(4) })
      expect(isRecorded).toBe(false)
    })

    it.each([
      ['keeps safe while its L1 block may still come', false, 10],
      ['rewinds it when that was seen to be replaced', true, 6],
    ])('where only the L1 block of the batch is not there: %s', async (_, wasSeen, expected) => {
      const { rig, number } = rigWithChain()
      const batch = rig.l1.at(11n)
      rig.l1.reorg(10n, 1)
      const known = [
        [rig.l1.at(8n), number(6)],
        [batch, number(10)],
      ] as const
      const { heads } = await find(rig, known, zeroL2BlockRef, ({ hash }) => wasSeen && hash === batch.hash)
      expect(heads).toMatchObject({ unsafe: number(16), safe: number(expected) })
    })

    it.each([
      // Safe has its origin at 5: what has its own at 3 or below was derived from 5 or below. That of the unsafe head is 8.
      ['what lies a sequencing window back', 2n, 6],
      ['finalized, when the window reaches below it', 100n, 2],
      ['all but the newest epoch, when the window is one L1 block', 1n, 8],
    ])('keeps a safe block that is on no record, and proves %s', async (_, seqWindowSize, expected) => {
      const { rig, blocks, number } = rigWithChain({ seqWindowSize })
      rig.el.label({ safe: blocks[10]!, finalized: blocks[2]! })
      const { heads, proven } = await find(rig, [])
      expect(heads).toMatchObject({ unsafe: number(16), localSafe: number(10), safe: number(10) })
      expect(proven).toEqual(number(expected))
    })

    it('proves safe when it is on record or comes from a source', async () => {
      const { rig, number } = rigWithChain()
      expect((await find(rig, records(rig, number))).proven).toEqual(number(10))
      expect((await find(rig, null)).proven).toEqual(number(10))
    })

    it('proves no more than it keeps', async () => {
      const { rig, number } = rigWithChain()
      rig.l1.reorg(10n, 5)
      const { heads, proven } = await find(rig, records(rig, number))
      expect(proven).toEqual(heads.safe)
    })

    it('takes no block from the record that the engine does not have', async () => {
      const { rig, blocks, number } = rigWithChain({ seqWindowSize: 1n })
      const [sibling] = rig.extend(blocks[5]!, 1, rig.l1.at(3n), 'sibling')
      const known = records(rig, number)
      const ofAnotherChain: Derived = [[rig.l1.at(9n), rig.ref(sibling!)], ...known.slice(1)]
      rig.el.label({ finalized: blocks[2]! })
      rig.l1.reorg(10n, 5)
      // Block 6 was safe, with its origin at 3: what has its own at 2 or below was derived from 3 or below.
      expect((await find(rig, ofAnotherChain)).heads.safe).toEqual(number(4))
      expect((await find(rig, known)).heads.safe).toEqual(number(6))
    })

    it('takes a record that ends below safe for none', async () => {
      const { rig, number } = rigWithChain({ seqWindowSize: 2n })
      const known = records(rig, number).slice(0, 2)
      expect((await find(rig, known)).heads.safe).toEqual(number(10))
      rig.l1.reorg(7n, 8)
      expect((await find(rig, known)).heads).toMatchObject({ unsafe: number(12), safe: number(6) })
    })

    it('tells when the engine lost our finalized block', async () => {
      const { rig, number } = rigWithChain()
      rig.el.restartAt(2n)
      const { heads, hasFinalized } = await find(rig, [], number(4))
      expect(hasFinalized).toBe(false)
      expect(heads).toMatchObject({ unsafe: number(2), finalized: number(0) })
    })
  },
)

describe('findStartingHeads after safe was kept without proof', () => {
  const findAgain = (rig: EngineRig, provenSafe: L2BlockRef, derived: Derived) => {
    const { l1, el, clock, chain } = rig
    const sources = { config: chain.config, l1, l2: el, clock, safeHeads: recorded(...derived) }
    return findStartingHeads({ ...sources, finalized: zeroL2BlockRef, provenSafe })
  }

  it('keeps of it what has been derived again', async () => {
    const { rig, number } = rigWithChain()
    const { heads, proven } = await findAgain(rig, number(6), [[rig.l1.at(9n), number(6)]])
    expect(heads).toMatchObject({ unsafe: number(16), localSafe: number(6), safe: number(6) })
    expect(proven).toEqual(number(6))
  })

  it('keeps it also on a chain that stands beside that of the head', async () => {
    const { rig, blocks } = rigWithChain()
    const fork = rig.extend(blocks[5]!, 4, rig.l1.at(3n), 'fork')
    rig.el.store(...fork)
    rig.el.label({ safe: fork[3]! })
    const { heads } = await findAgain(rig, rig.ref(fork[1]!), [])
    expect(heads).toMatchObject({ unsafe: rig.ref(fork[3]!), safe: rig.ref(fork[1]!) })
  })

  it('keeps finalized alone when the engine has another block by now', async () => {
    const { rig, blocks, number } = rigWithChain()
    const [sibling] = rig.extend(blocks[5]!, 1, rig.l1.at(3n), 'sibling')
    expect((await findAgain(rig, rig.ref(sibling!), [])).heads.safe).toEqual(number(4))
  })
})

describe('findStartingHeads on an L1 that shows two forks', () => {
  const startOn = ({ l1, el, clock, chain }: EngineRig, isSettled: boolean) =>
    findStartingHeads({
      config: chain.config,
      ...{ l1, l2: el, clock, safeHeads: null, finalized: zeroL2BlockRef, isL1Settled: () => isSettled },
    })

  it.each([
    ['finalized is orphaned', 2n, {}],
    ['origins are orphaned further back than any reorg goes', 1n, { seqWindowSize: 1n }],
  ])('ends the node when %s, but not before L1 speaks with one voice', async (_, from, options) => {
    const { rig } = rigWithChain(options)
    if (from === 1n) rig.el.label({ safe: rig.chain.genesis, finalized: rig.chain.genesis })
    rig.l1.reorg(from, 12)
    await expect(startOn(rig, false)).rejects.toThrow(TemporaryEngineError)
    await expect(startOn(rig, false)).rejects.toThrow(/it has not spoken with one voice for long enough$/)
    await expect(startOn(rig, true)).rejects.toThrow(CriticalEngineError)
  })
})

// Campaign, seed 851453: own L1 came back after a reorg, and the node's engine denied its head before that was believed.
describe('findStartingHeads while own L1 shows another fork than the one that is held', () => {
  it.each([
    ['takes no head back for what may be no orphan', 8n, true, null],
    ['ends no node for a finalized block that may be no orphan', 2n, true, null],
    ['has its heads when nothing is orphaned', 20n, true, 16n],
    ['goes back when L1 is in no doubt', 8n, false, 14n],
  ])('%s', async (_, from, isInDoubt, unsafe) => {
    const { rig } = rigWithChain()
    const { l1, el, clock, chain } = rig
    if (from <= l1.head.number) l1.reorg(from, 12)
    const finding = findStartingHeads({
      config: chain.config,
      ...{ l1, l2: el, clock, safeHeads: null, finalized: zeroL2BlockRef, isL1InDoubt: () => isInDoubt },
    })
    if (unsafe === null) await expect(finding).rejects.toThrow(/L1 shows another fork by now/)
    else expect((await finding).heads.unsafe.number).toBe(unsafe)
  })
})

describe('findStartingHeads on an L1 that lags', () => {
  it('is at work however far it lags: what is ahead of it is no reorg', async () => {
    const { rig, number } = rigWithChain({ seqWindowSize: 1n })
    rig.el.label({ finalized: rig.chain.genesis })
    rig.l1.reorg(1n, 0)
    expect((await find(rig)).heads).toMatchObject({ unsafe: number(16), safe: number(10) })
  })

  it('still finds an orphan below what is ahead', async () => {
    const { rig, number } = rigWithChain({ seqWindowSize: 1n })
    rig.el.label({ safe: rig.chain.genesis, finalized: rig.chain.genesis })
    rig.l1.reorg(1n, 1)
    expect((await find(rig)).heads).toMatchObject({ unsafe: number(0) })
  })

  it.each([
    ['stays on an origin that may come yet', false, 16],
    ['goes back from one that L1 was seen to replace, although it has none there', true, 14],
  ])('%s', async (_, wasSeen, expected) => {
    const { rig, number } = rigWithChain()
    const { l1, el, clock, chain } = rig
    const origin = l1.at(8n)
    l1.reorg(8n, 0)
    const { heads } = await findStartingHeads({
      config: chain.config,
      ...{ l1, l2: el, clock, safeHeads: null, finalized: zeroL2BlockRef },
      isOrphan: ({ hash }) => wasSeen && hash === origin.hash,
    })
    expect(heads).toMatchObject({ unsafe: number(expected), safe: number(10) })
  })

  it('does not walk block by block through what is ahead', async () => {
    const rig = createEngineRig({ l1Blocks: 200 })
    const blocks: PayloadEnvelope[] = [rig.chain.genesis]
    for (let origin = 1n; origin <= 200n; origin++)
      blocks.push(...rig.extend(blocks.at(-1)!, 2, rig.l1.at(origin)))
    rig.el.adopt(...blocks)
    rig.l1.reorg(3n, 0)
    expect((await find(rig)).heads.unsafe.number).toBe(400n)
    const calls = (rig.el.calls.get('blockByHash') ?? 0) + (rig.el.calls.get('blockByNumber') ?? 0)
    expect(calls).toBeLessThan(20)
  })
})

describe('findStartingHeads when calls are refused', () => {
  /** An engine with 40 L2 blocks on L1 blocks 1 to 20, all but the first of which were reorged. */
  function reorged() {
    const rig = createEngineRig({ l1Blocks: 22 })
    const blocks: PayloadEnvelope[] = [rig.chain.genesis]
    for (let origin = 1n; origin <= 20n; origin++)
      blocks.push(...rig.extend(blocks.at(-1)!, 2, rig.l1.at(origin)))
    rig.el.adopt(...blocks)
    rig.l1.reorg(2n, 25)
    return rig
  }
  const callsOf = ({ l1, el }: EngineRig) =>
    [...l1.calls.values(), ...el.calls.values()].reduce((sum, count) => sum + count, 0)

  it.each([0.2, 0.3])('at a rate of %d it takes no more than twice the calls', async (rate) => {
    const smooth = reorged()
    await find(smooth)
    const rig = reorged()
    let state = 11
    const refused = () => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31
      return state / 2 ** 31 < rate
    }
    rig.el.failure = () => (refused() ? new Error('429') : null)
    const { headerByNumber } = rig.l1
    rig.l1.headerByNumber = async (number) => {
      const header = await headerByNumber(number)
      if (refused()) throw new Error('429')
      return header
    }
    const heads = async () => {
      const memory = createWalkMemory()
      for (;;)
        try {
          const { l1, el, clock, chain } = rig
          const finalized = zeroL2BlockRef
          const sources = { config: chain.config, l1, l2: el, clock, memory, safeHeads: null, finalized }
          return await inTime(rig, findStartingHeads(sources))
        } catch (error) {
          expect(String(error)).toContain('429')
        }
    }
    expect((await heads()).heads.unsafe.number).toBe(2n)
    expect(callsOf(rig)).toBeLessThanOrEqual(2 * callsOf(smooth))
  })

  it('a walk that failed goes on where it was, as long as the head is the same', async () => {
    const rig = reorged()
    const { l1, el, clock, chain } = rig
    const memory = createWalkMemory()
    const sources = {
      config: chain.config,
      l1,
      l2: el,
      clock,
      memory,
      safeHeads: null,
      finalized: zeroL2BlockRef,
    }
    let budget = 30
    rig.el.failure = (method) => (method === 'blockByHash' && budget-- <= 0 ? new Error('down') : null)
    await expect(inTime(rig, findStartingHeads(sources))).rejects.toThrow('down')
    rig.el.failure = () => null
    const before = rig.el.calls.get('blockByHash') ?? 0
    expect((await find(rig)).heads.unsafe.number).toBe(2n)
    const anew = (rig.el.calls.get('blockByHash') ?? 0) - before
    expect((await findStartingHeads(sources)).heads.unsafe.number).toBe(2n)
    expect((rig.el.calls.get('blockByHash') ?? 0) - before - anew).toBe(anew - 30)
  })
})
