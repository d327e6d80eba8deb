import { describe, expect, it } from 'vitest'
import { EngineApiError, engineErrorCode } from '../../ports/engine-api.ts'
import type { PayloadEnvelope } from '../../protocol/payload.ts'
import { type EngineRig, startEngineRig } from '../testing/engine-rig.ts'

const dropped = (rig: EngineRig, reason: string) =>
  rig.metrics.value('unsafe_payloads_dropped_total', { reason })
const addAll = async (rig: EngineRig, blocks: readonly PayloadEnvelope[]) => {
  for (const block of blocks) await rig.actor.addUnsafePayload(block)
  await rig.clock.settle()
}

describe('unsafe payloads', () => {
  it('extends the unsafe chain: newPayload, then one forkchoice update that keeps the labels', async () => {
    const rig = await startEngineRig({ elBlocks: 4 })
    await rig.follow(rig.target(rig.el.at(3n)))
    const [next] = rig.extend(rig.el.latest, 1)
    await rig.actor.addUnsafePayload(next!)
    expect(rig.actor.state.unsafe).toEqual(rig.ref(next!))
    expect(rig.el.forkchoices.at(-1)).toMatchObject({
      headBlockHash: next!.payload.blockHash,
      safeBlockHash: rig.el.at(3n).payload.blockHash,
      answer: 'VALID',
    })
    expect(rig.el.forkchoices).toHaveLength(2)
    await rig.stop()
  })

  it('fills a gap in any order', async () => {
    const rig = await startEngineRig()
    const blocks = rig.extend(rig.chain.genesis, 4)
    await addAll(rig, [blocks[2]!, blocks[0]!, blocks[3]!])
    expect(rig.actor.state.unsafe.number).toBe(1n)
    await addAll(rig, [blocks[1]!])
    expect(rig.actor.state.unsafe.number).toBe(4n)
    expect(rig.metrics.value('unsafe_payloads_buffer_len')).toBe(0)
    await rig.stop()
  })

  it('drops an INVALID payload with its descendants, counted, and goes on', async () => {
    const rig = await startEngineRig()
    const bad = rig.extend(rig.chain.genesis, 3, rig.l1.at(1n), 'bad')
    rig.el.invalidBlocks.add(bad[0]!.payload.blockHash)
    await addAll(rig, bad.toReversed())
    expect(rig.actor.state.unsafe.number).toBe(0n)
    expect(dropped(rig, 'invalid')).toBe(3)
    const good = rig.extend(rig.chain.genesis, 1)
    await addAll(rig, good)
    expect(rig.actor.state.unsafe).toEqual(rig.ref(good[0]!))
    expect(rig.el.forkchoices).toHaveLength(1)
    await rig.stop()
  })

  it('drops a payload whose hash is not that of its content', async () => {
    const rig = await startEngineRig()
    const [block] = rig.extend(rig.chain.genesis, 1)
    const forged = { ...block!, payload: { ...block!.payload, gasUsed: 1n } }
    await addAll(rig, [forged])
    expect(dropped(rig, 'invalid')).toBe(1)
    await rig.stop()
  })

  it('drops a payload without an L1 info transaction before the engine sees it', async () => {
    const rig = await startEngineRig()
    const [block] = rig.extend(rig.chain.genesis, 1)
    await addAll(rig, [{ ...block!, payload: { ...block!.payload, transactions: [] } }])
    expect(dropped(rig, 'malformed')).toBe(1)
    expect(rig.el.calls.get('newPayload')).toBeUndefined()
    await rig.stop()
  })

  it('drops what safe has passed', async () => {
    const rig = await startEngineRig({ elBlocks: 6 })
    const other = rig.extend(rig.el.at(2n), 2, rig.l1.at(1n), 'other')
    await addAll(rig, [other[1]!])
    await rig.follow(rig.target(rig.el.at(6n)))
    await addAll(rig, rig.extend(rig.el.latest, 1))
    expect(dropped(rig, 'stale')).toBe(1)
    await rig.stop()
  })

  it('does not let a payload replace unsafe blocks', async () => {
    const rig = await startEngineRig({ elBlocks: 4 })
    const other = rig.extend(rig.el.at(2n), 1, rig.l1.at(1n), 'other')
    await addAll(rig, other)
    expect(rig.el.calls.get('newPayload')).toBeUndefined()
    expect(rig.actor.state.unsafe.number).toBe(4n)
    await rig.stop()
  })

  it('keeps the payload while the engine does not answer, and other tasks go on', async () => {
    const rig = await startEngineRig({ elBlocks: 4 })
    rig.el.failure = (method) => (method === 'newPayload' ? new Error('timeout') : null)
    const [next] = rig.extend(rig.el.latest, 1)
    await rig.actor.addUnsafePayload(next!)
    expect(await rig.follow(rig.target(rig.el.at(3n)))).toBe('consolidated')
    rig.el.failure = () => null
    await rig.clock.advance(2000)
    expect(rig.actor.state.unsafe).toEqual(rig.ref(next!))
    await rig.stop()
  })

  it('a reset lets payloads of the new chain in that came before it', async () => {
    const rig = await startEngineRig({ elBlocks: 3 })
    const old = rig.extend(rig.el.latest, 2, rig.l1.at(6n))
    await addAll(rig, old)
    rig.l1.reorg(6n, 6)
    const fresh = rig.extend(rig.el.at(3n), 2, rig.l1.at(6n))
    await addAll(rig, fresh)
    expect(rig.actor.state.unsafe).toEqual(rig.ref(old[1]!))
    await rig.actor.reset('L1 reorg')
    await rig.clock.settle()
    expect(rig.actor.state.unsafe).toEqual(rig.ref(fresh[1]!))
    await rig.stop()
  })
})

describe('unsafe payloads on an L1 origin that is an orphan for us', () => {
  /** Blocks 4 and 5 stand on an L1 block that own L1 replaced; block 3 is the head. */
  async function withOrphans() {
    const rig = await startEngineRig({ elBlocks: 3 })
    const orphaned = rig.extend(rig.el.latest, 2, rig.l1.at(6n))
    rig.l1.reorg(6n, 6)
    await addAll(rig, orphaned)
    return { rig, orphaned }
  }

  it('wait for two block times, and are dropped then with their descendants', async () => {
    const { rig } = await withOrphans()
    await rig.clock.advance(1999)
    expect(dropped(rig, 'orphaned_origin')).toBe(0)
    await rig.clock.advance(1)
    expect(dropped(rig, 'orphaned_origin')).toBe(2)
    expect(rig.el.calls.get('newPayload')).toBeUndefined()
    expect(rig.actor.state.unsafe.number).toBe(3n)
    await rig.stop()
  })

  it('make place for a block of the canonical chain that comes after them', async () => {
    const { rig } = await withOrphans()
    const [fresh] = rig.extend(rig.el.latest, 1, rig.l1.at(6n))
    await addAll(rig, [fresh!])
    expect(rig.actor.state.unsafe).toEqual(rig.ref(fresh!))
    await rig.stop()
  })

  it('are not synced to over a gap', async () => {
    const { rig, orphaned } = await withOrphans()
    await rig.clock.advance(2000)
    const later = rig.extend(orphaned[1]!, 1, rig.l1.at(6n))
    rig.l1.reorg(6n, 6)
    for (const block of later) rig.el.peers.set(block.payload.blockHash, block)
    await addAll(rig, later)
    await rig.clock.advance(10_000)
    expect(dropped(rig, 'orphaned_origin')).toBe(3)
    expect(rig.el.calls.get('newPayload')).toBeUndefined()
    await rig.stop()
  })

  it('are taken when it was our view of L1 that was late', async () => {
    const rig = await startEngineRig({ elBlocks: 3 })
    const late = rig.l1.at(6n)
    rig.l1.reorg(6n, 6)
    const blocks = rig.extend(rig.el.latest, 2, rig.l1.at(6n))
    rig.l1View.set(late.number, late.hash)
    await addAll(rig, blocks)
    await rig.clock.advance(1000)
    expect(rig.actor.state.unsafe.number).toBe(3n)
    rig.l1View.clear()
    await rig.clock.advance(1000)
    expect(rig.actor.state.unsafe).toEqual(rig.ref(blocks[1]!))
    await rig.stop()
  })
})

describe('a gap in the unsafe chain', () => {
  it('is handed to the engine after two block times, first payload first', async () => {
    const rig = await startEngineRig({ elBlocks: 2 })
    const ahead = rig.extend(rig.el.latest, 6)
    for (const block of ahead) rig.el.peers.set(block.payload.blockHash, block)
    await addAll(rig, [ahead[5]!, ahead[4]!])
    await rig.clock.advance(1999)
    expect(rig.el.calls.get('newPayload')).toBeUndefined()
    await rig.clock.advance(1)
    expect(rig.el.forkchoices.map(({ headBlockHash, answer }) => [headBlockHash, answer])).toEqual([
      [ahead[4]!.payload.blockHash, 'SYNCING'],
      [ahead[5]!.payload.blockHash, 'SYNCING'],
    ])
    expect(rig.actor.state).toMatchObject({
      unsafe: { number: 2n },
      syncTarget: { unsafe: rig.ref(ahead[5]!) },
    })
    rig.el.completeSync()
    await rig.clock.advance(250)
    expect(rig.actor.state).toMatchObject({ elSyncing: false, unsafe: rig.ref(ahead[5]!) })
    expect(rig.el.head).toBe(ahead[5]!.payload.blockHash)
    await rig.stop()
  })

  it('is left alone when it is filled in time', async () => {
    const rig = await startEngineRig({ elBlocks: 2 })
    const ahead = rig.extend(rig.el.latest, 3)
    await addAll(rig, [ahead[2]!, ahead[1]!])
    await rig.clock.advance(1500)
    await addAll(rig, [ahead[0]!])
    await rig.clock.advance(5000)
    expect(rig.el.forkchoices.every(({ answer }) => answer === 'VALID')).toBe(true)
    expect(rig.actor.state.unsafe.number).toBe(5n)
    await rig.stop()
  })

  it('starts to count again when the head moves', async () => {
    const rig = await startEngineRig({ elBlocks: 2 })
    const ahead = rig.extend(rig.el.latest, 6)
    await addAll(rig, [ahead[5]!])
    await rig.clock.advance(1500)
    await addAll(rig, [ahead[0]!])
    await rig.clock.advance(1500)
    expect(rig.actor.state).toMatchObject({ unsafe: { number: 3n }, syncTarget: null })
    await rig.clock.advance(600)
    expect(rig.actor.state.syncTarget?.unsafe.number).toBe(8n)
    await rig.stop()
  })

  it('that no peer can fill is left to derivation for a while, without a reset', async () => {
    const rig = await startEngineRig({ elSync: false, elBlocks: 2 })
    const ahead = rig.extend(rig.el.latest, 3)
    const starts: number[] = []
    rig.actor.subscribe(({ elSyncing }) => {
      if (elSyncing) starts.push(rig.clock.nowMs() - 1_000_000)
    })
    await addAll(rig, [ahead[2]!])
    await rig.clock.advance(2_000)
    await rig.clock.advance(15_000)
    expect(rig.actor.state).toMatchObject({ elSyncing: false, unsafe: rig.ref(rig.el.at(2n)) })
    await rig.clock.advance(40_000)
    expect(starts).toHaveLength(2)
    expect(starts[0]).toBe(2_000)
    expect(starts[1]! - starts[0]!).toBeGreaterThanOrEqual(40_000)
    expect(rig.metrics.value('engine_resets_total')).toBe(1)
    await addAll(rig, ahead.slice(0, 2))
    await rig.clock.settle()
    expect(rig.actor.state.unsafe).toEqual(rig.ref(ahead[2]!))
    await rig.stop()
  })

  it('a fork without our safe block is refused once, and dropped', async () => {
    const rig = await startEngineRig({ elBlocks: 6 })
    await rig.follow(rig.target(rig.el.at(5n)))
    const fork = rig.extend(rig.el.at(3n), 6, rig.l1.at(1n), 'fork')
    rig.el.store(...fork.slice(0, 5))
    await addAll(rig, [fork[5]!])
    await rig.clock.advance(10_000)
    expect(rig.el.forkchoices.filter(({ answer }) => answer === 'refused')).toHaveLength(1)
    expect(rig.actor.state.unsafe).toEqual(rig.ref(rig.el.at(6n)))
    expect(dropped(rig, 'refused')).toBe(1)
    expect(rig.metrics.value('engine_resets_total')).toBe(1)
    expect(rig.el.forkchoices.at(-1)).toMatchObject({ headBlockHash: rig.el.head, answer: 'VALID' })
    await rig.stop()
  })

  it('a fork without our safe block is not followed while the newest one is not there yet', async () => {
    const rig = await startEngineRig({ elBlocks: 6 })
    await rig.follow(rig.target(rig.el.at(5n)))
    const ours = rig.el.at(5n)
    const fork = rig.extend(rig.el.at(3n), 6, rig.l1.at(1n), 'fork')
    for (const block of fork) rig.el.peers.set(block.payload.blockHash, block)
    const newer = rig.extend(rig.el.latest, 2)
    await addAll(rig, [fork[5]!])
    await rig.clock.advance(2_000)
    expect(await rig.follow(rig.target(newer[1]!))).toBe('el-syncing')
    rig.el.completeSync()
    await rig.clock.advance(500)
    expect(
      rig.el.forkchoices.filter(({ headBlockHash }) => headBlockHash === fork[5]!.payload.blockHash),
    ).toEqual(expect.not.arrayContaining([expect.objectContaining({ answer: 'VALID' })]))
    expect(rig.el.at(5n)).toEqual(ours)
    await rig.stop()
  })

  it.each([
    ['has fetched it', 5],
    ['has fetched it, and more of it came since', 6],
  ])('a fork without our finalized block is not followed when the engine %s', async (_, blocks) => {
    const rig = await startEngineRig({ elBlocks: 6 })
    const final = rig.el.at(5n)
    await rig.follow(rig.target(final, { finalized: final }))
    const fork = rig.extend(rig.el.at(3n), 6, rig.l1.at(1n), 'fork')
    for (const block of fork) rig.el.peers.set(block.payload.blockHash, block)
    await addAll(rig, [fork[4]!])
    await rig.clock.advance(2_000)
    expect(rig.actor.state.syncTarget?.unsafe).toEqual(rig.ref(fork[4]!))
    rig.el.completeSync()
    await addAll(rig, fork.slice(5, blocks))
    await rig.clock.advance(20_000)
    expect(rig.actor.state).toMatchObject({ unsafe: { number: 6n }, finalized: rig.ref(final) })
    expect(rig.el.at(5n)).toEqual(final)
    expect(rig.metrics.value('engine_resets_total')).toBe(1)
    await rig.stop()
  })

  // Campaign, seed 760053: its reset took the heads of the fork for ours, and safe back to where the two part.
  it.each([
    ['is told our head', 0, 1],
    ['and refuses it is read: what was safe stays', 1_000, 2],
    ['and refuses it for long as well', 40_000, 2],
  ])('an engine that was brought to a fork %s', async (_, refusesMs, resets) => {
    const rig = await startEngineRig({ elBlocks: 6 })
    const [ours, safe] = [rig.el.latest, rig.el.at(5n)]
    await rig.follow(rig.target(safe, { finalized: rig.el.at(2n) }))
    const fork = rig.extend(rig.el.at(3n), 6, rig.l1.at(1n), 'fork')
    for (const block of fork) rig.el.peers.set(block.payload.blockHash, block)
    await addAll(rig, [fork[4]!])
    await rig.clock.advance(2_000)
    rig.el.completeSync()
    const untilMs = rig.clock.nowMs() + refusesMs
    rig.el.failure = (method) =>
      method === 'forkchoiceUpdated' && rig.actor.state.syncTarget === null && rig.clock.nowMs() < untilMs
        ? new EngineApiError(engineErrorCode.invalidForkchoiceState, 'not now')
        : null
    await rig.clock.advance(refusesMs + 5_000)
    expect(rig.metrics.value('engine_resets_total')).toBe(resets)
    const head = resets === 1 ? ours : safe
    const left = rig.logger.lines.filter(({ message }) => message.includes('it is left'))
    expect(left.length > 0).toBe(resets > 1)
    expect(rig.actor.state).toMatchObject({ unsafe: rig.ref(head), safe: rig.ref(safe) })
    expect(rig.el.forkchoices.at(-1)).toMatchObject({
      headBlockHash: head.payload.blockHash,
      answer: 'VALID',
    })
    await rig.stop()
  })
})
