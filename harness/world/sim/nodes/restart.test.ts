import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isZeroRef, zeroHash } from '../../../../node/protocol/refs.ts'
import type { SyncStatus } from '../../../../node/protocol/sync-status.ts'
import { logLevelVariable } from '../../../events/follow-logs.ts'
import { faults } from '../../../faults/vocabulary.ts'
import { twoVerifiersFollowing } from '../../../topologies.ts'
import { safeHeadAtL1 } from '../../safe-head-at-l1.ts'
import { defineTopology, derive } from '../../topology.ts'
import { type Simulated, simulated } from '../testing/simulated.ts'

const embedded = { kind: 'embedded-el' } as const
const deriving = { kind: 'lockstep-node', mode: derive } as const

/** A sequencer that derives, and `node`, which derives too, and whose engine keeps its chain. */
const topologyWith = (record: { readonly safeDb?: true }) =>
  defineTopology<'sequencer' | 'node', 'sequencer-el' | 'node-el'>({
    ...{ name: 'deriving', parameters: twoVerifiersFollowing.parameters },
    els: { 'sequencer-el': embedded, 'node-el': { ...embedded, datadir: true } },
    cls: {
      sequencer: { ...deriving, el: 'sequencer-el', sequencer: { l1Confirmations: 3 }, safeDb: true },
      node: { ...deriving, el: 'node-el', ...record },
    },
    batcher: { sequencer: 'sequencer' },
    gossip: [['sequencer', 'node']],
    elPeers: [['sequencer-el', 'node-el']],
  })
const remembering = topologyWith({ safeDb: true })
const forgetful = topologyWith({})

type Given = Simulated<'sequencer' | 'node', 'sequencer-el' | 'node-el'>

// Why a node is reset is told there.
beforeEach(() => void vi.stubEnv(logLevelVariable, 'info'))
afterEach(() => void vi.unstubAllEnvs())

const lines = ({ events }: Given, line: RegExp) =>
  events.filter((event) => event.kind === 'log' && event.component === 'node' && line.test(event.message))

/** Starts it; what it says as soon as it knows its heads. */
async function startAgain({ node, until }: Given): Promise<SyncStatus> {
  await node.start()
  let status = await node.status()
  await until('it knows its heads', async () => {
    status = await node.status()
    return !isZeroRef(status.unsafeL2)
  })
  return status
}

/** Stops it; what it said last. */
async function stopped({ node }: Given): Promise<SyncStatus> {
  const status = await node.status()
  await node.stop()
  return status
}

/** The answers of `optimism_safeHeadAtL1Block` at every L1 block up to that one. */
async function answers({ world }: Given, name: 'sequencer' | 'node', upTo: bigint) {
  const { rpc } = world.cls.get(name)!
  const numbers = Array.from({ length: Number(upTo) + 1 }, (_, number) => BigInt(number))
  return Promise.all(numbers.map((number) => safeHeadAtL1(rpc, number)))
}

/** From now on no block becomes safe any more, while L1 finalizes all that is safe already. */
async function withoutBatches({ node, batcher, l1 }: Given): Promise<void> {
  await batcher.stop()
  await l1.advanced(1)
  await node.derivedFrom(await l1.head())
}

describe('a node with a safe-head database', () => {
  it('answers after a restart what it answered before, and finalizes what it derived before', () =>
    simulated({ topology: remembering }, async (given) => {
      const { node } = given
      await node.reached('finalized', 3)
      await withoutBatches(given)
      const { safeL2, currentL1, finalizedL2 } = await node.status()
      expect(safeL2.number).toBeGreaterThan(finalizedL2.number)
      const before = await answers(given, 'node', currentL1.number)
      expect(new Set(before.slice(2).map((answer) => answer?.safeHead.hash)).size).toBeGreaterThan(3)
      expect(before[0]).toMatchObject({ l1Block: { number: 0n }, safeHead: { number: 0n } })
      await node.stop()
      await startAgain(given)
      await node.reached('finalized', safeL2.number)
      expect((await node.status()).finalizedL2).toEqual(safeL2)
      expect(await answers(given, 'node', currentL1.number)).toEqual(before)
    }))

  it('finalizes nothing through an L1 block that was reorged out while it was down', () =>
    simulated({ topology: remembering }, async (given) => {
      const { node, batcher, l1, rollup } = given
      await node.reached('finalized', 3)
      const { finalizedL1, safeL2 } = await stopped(given)
      // The batches of all that is above L1's finalized block are gone with the fork.
      await batcher.stop()
      await l1.reorg(finalizedL1.number + 1n, { transactions: 'drop' })
      await l1.advanced(8)
      await startAgain(given)
      await node.derivedFrom(await l1.head())
      const { finalizedL2 } = await node.status()
      expect(finalizedL2.number).toBeGreaterThan(rollup.genesis.l2.number)
      expect(finalizedL2.number).toBeLessThan(safeL2.number)
      expect(l1.isCanonical(finalizedL2.l1Origin)).toBe(true)
      const kept = await node.safeHeadAt(finalizedL1.number)
      expect(kept?.safeHead.number).toBeLessThan(safeL2.number)
      expect(await node.safeHeadAt((await l1.head()).number)).toEqual(kept)
    }))

  it('derives again what its engine lost, and answers the same in the end', () =>
    simulated({ topology: remembering }, async (given) => {
      const { node } = given
      await node.reached('finalized', 3)
      await withoutBatches(given)
      const { safeL2, currentL1 } = await node.status()
      const before = await answers(given, 'node', currentL1.number)
      await node.stop()
      await node.el.wipe()
      await node.el.start()
      await startAgain(given)
      await node.reached('localSafe', safeL2.number)
      expect((await node.status()).safeL2).toEqual(safeL2)
      expect(await answers(given, 'node', currentL1.number)).toEqual(before)
    }))

  it('tells nothing of blocks that became safe while it did not run', () =>
    simulated({ topology: remembering }, async (given) => {
      const { sequencer, node, world, until } = given
      await node.reached('finalized', 3)
      const left = await stopped(given)
      const final = await sequencer.reached('finalized', left.safeL2.number + 2n)
      const safe = await sequencer.head('crossSafe')
      // Somebody else drives its engine meanwhile.
      const { rpc } = world.els.get('node-el')!
      const heads = { safeBlockHash: safe.hash, finalizedBlockHash: final.hash }
      const drive = (state: object) =>
        rpc.request('engine_forkchoiceUpdatedV3', [{ headBlockHash: safe.hash, ...state }, null])
      await drive({ safeBlockHash: zeroHash, finalizedBlockHash: zeroHash })
      await until('the engine has it', async () =>
        JSON.stringify(await drive(heads).catch(() => null)).includes('VALID'),
      )
      await startAgain(given)
      await node.reached('crossSafe', safe.number + 2n)
      const newest = await node.safeHeadAt(left.currentL1.number)
      expect(newest?.safeHead).toEqual({ number: left.safeL2.number, hash: left.safeL2.hash })
      expect(await node.safeHeadAt(left.currentL1.number + 1n)).toBeNull()
    }))
})

describe('a node without a safe-head database', () => {
  it('keeps safe over a restart, and finalizes it once it has derived it again', () =>
    simulated({ topology: forgetful }, async (given) => {
      const { node, world } = given
      await node.reached('finalized', 3)
      await withoutBatches(given)
      const { status } = world.cls.get('node')!
      const { safeL2, finalizedL2 } = await stopped(given)
      expect(safeL2.number).toBeGreaterThan(finalizedL2.number)
      const before = lines(given, /^engine reset /).length
      const safe = new Set([(await startAgain(given)).safeL2.number])
      status.onObservation((observed) => safe.add(observed.status.safeL2.number))
      await expect(node.safeHeadAt(0n)).rejects.toThrow()
      await node.reached('finalized', safeL2.number)
      expect((await node.status()).finalizedL2.hash).toBe(safeL2.hash)
      await world.clock.sleep(10_000, world.failed)
      expect(safe).toEqual(new Set([safeL2.number]))
      expect(lines(given, /^engine reset /)).toHaveLength(before + 1)
    }))

  it('takes back what only the batches of orphaned L1 blocks gave, although no origin was reorged', () =>
    simulated({ topology: forgetful }, async (given) => {
      const { sequencer, node, batcher, l1 } = given
      await node.reached('finalized', 3)
      const { unsafeL2, safeL2, currentL1, finalizedL1 } = await stopped(given)
      // The origins of all that it has are canonical still; the batches of what is above finalized are gone.
      await l1.stopProduction()
      await batcher.stop()
      const origin = unsafeL2.l1Origin.number
      expect(origin).toBeGreaterThanOrEqual(finalizedL1.number)
      expect(currentL1.number).toBeGreaterThan(origin + 1n)
      await l1.reorg(origin + 1n, { transactions: 'drop' })
      expect((await startAgain(given)).safeL2).toEqual(safeL2)
      l1.startProduction()
      await l1.advanced(5)
      const why = /^engine reset .*L1 does not give the safe block that was kept at the start/
      expect(lines(given, why)).toHaveLength(1)
      expect((await node.status()).safeL2.number).toBeLessThan(safeL2.number)
      // The batches come again.
      await batcher.start()
      await node.reached('crossSafe', safeL2.number + 1n)
      await sequencer.reached('crossSafe', safeL2.number + 1n)
      await node.inSync(sequencer, 'localSafe')
    }))
})

describe('a node that is killed between any two of its writes', () => {
  it('finds what it remembers and what its engine has at odds in no way that leads to a wrong answer', () =>
    simulated({ topology: remembering }, async (given) => {
      const { sequencer, node, point, l1 } = given
      let { finalizedL2 } = await stopped(given)
      // A call that is lost: the process ends before that write. One whose answer is: before what comes after it.
      for (const lost of [faults.drop, faults.hang])
        for (let writes = 0; writes < 12; writes++) {
          const dying = lost().to('engine_forkchoiceUpdated*', 'engine_newPayload*')
          const death = await point('node→node-el(engine)').install(
            writes === 0 ? dying : dying.after(writes),
          )
          await node.start()
          await death.hit()
          const now = await node.status()
          await node.kill({ afterMs: 0 })
          await death.remove()
          if (isZeroRef(now.unsafeL2)) continue
          expect(now.finalizedL2.number).toBeGreaterThanOrEqual(finalizedL2.number)
          ;({ finalizedL2 } = now)
        }
      expect(finalizedL2.number).toBeGreaterThan(0n)
      await startAgain(given)
      await withoutBatches(given)
      await sequencer.derivedFrom(await l1.block((await node.status()).currentL1.number - 1n))
      const { currentL1, safeL2 } = await sequencer.status()
      const derived = currentL1.number - 1n
      expect(await answers(given, 'node', derived)).toEqual(await answers(given, 'sequencer', derived))
      await node.reached('finalized', safeL2.number)
      await node.holds(safeL2)
    }))
})

// op-geth keeps no safe label, op-reth does.
it('an engine that starts again has kept its safe label, or calls safe what is final', () =>
  simulated({ topology: remembering }, async (given) => {
    const { node, world } = given
    await node.reached('finalized', 3)
    await withoutBatches(given)
    const { safeL2, finalizedL2 } = await stopped(given)
    expect(safeL2.number).toBeGreaterThan(finalizedL2.number)
    const { el } = world.cls.get('node')!
    const safeBlocks: unknown[] = []
    for (let starts = 0; starts < 8; starts++) {
      await el.lifecycle.stop()
      await el.lifecycle.start()
      const block = await el.rpc.request('eth_getBlockByNumber', ['safe', false])
      safeBlocks.push((block as { readonly hash: string }).hash)
    }
    const final = safeBlocks.indexOf(finalizedL2.hash)
    // What is forgotten stays so until a node says it again.
    expect(new Set(safeBlocks.slice(0, final))).toEqual(new Set([safeL2.hash]))
    expect(new Set(safeBlocks.slice(final))).toEqual(new Set([finalizedL2.hash]))
  }))
