import { describe, expect, it } from 'vitest'
import { createFakeEngine } from '../../../node/engine/testing/fake-engine.ts'
import { childOf, createTestChain, userTransaction } from '../../../node/engine/testing/test-chain.ts'
import type { L1Header } from '../../../node/ports/l1-source.ts'
import { l2BlockRefFromPayload } from '../../../node/protocol/block-ref.ts'
import type { PayloadEnvelope } from '../../../node/protocol/payload.ts'
import { zeroHash, zeroL2BlockRef } from '../../../node/protocol/refs.ts'
import { createOtherChain } from './other-chain.ts'

const origin: L1Header = {
  ...{ hash: `0x${'11'.repeat(32)}`, number: 1n, parentHash: zeroHash, timestamp: 1_000n },
  ...{ mixHash: zeroHash, baseFeePerGas: 1n, excessBlobGas: 0n, parentBeaconBlockRoot: zeroHash },
}
const chain = createTestChain(origin)
const ref = ({ payload }: PayloadEnvelope) => l2BlockRefFromPayload(chain.config, payload)

/** Blocks on genesis; another name makes another fork. */
function blocks(count: number, fork: string | null = null): readonly PayloadEnvelope[] {
  const found = [chain.genesis]
  for (let index = 0; index < count; index++)
    found.push(childOf(chain.config, found.at(-1)!, origin, fork === null ? [] : [userTransaction(fork)]))
  return found
}

function start() {
  const engine = createFakeEngine(chain)
  const log: string[] = []
  const other = createOtherChain({
    ...{ engine, l2: engine, rollup: chain.config, log: (message) => log.push(message) },
  })
  const sourceAt = (block: PayloadEnvelope) => ({
    ...{ localSafe: ref(block), safe: ref(block), finalized: ref(chain.genesis) },
  })
  return { engine, log, other, sourceAt }
}

describe('the other consensus node', () => {
  it('takes unsafe blocks of gossip in order, and its labels from the source', async () => {
    const { engine, other, sourceAt } = start()
    const [, one, two, three] = blocks(3)
    for (const block of [one!, two!, three!]) await other.add(block)
    expect(other.heads().unsafe).toEqual(ref(three!))
    await other.follow(sourceAt(two!))
    expect(other.heads()).toMatchObject({ unsafe: ref(three!), localSafe: ref(two!) })
    expect(engine.safe).toBe(two!.payload.blockHash)
  })

  it('adopts a source that is ahead (case 1), labels and all, as soon as its engine has the blocks', async () => {
    const { engine, other, sourceAt } = start()
    const [, one, two] = blocks(2)
    for (const block of [one!, two!]) engine.peers.set(block.payload.blockHash, block)
    engine.syncUpdates = 1
    await other.follow(sourceAt(two!))
    expect(other.heads().unsafe).toEqual(ref(chain.genesis))
    await other.follow(sourceAt(two!))
    expect(other.heads()).toMatchObject({ unsafe: ref(two!), localSafe: ref(two!), safe: ref(two!) })
  })

  it('lets its engine fetch what gossip missed, but not another chain', async () => {
    const { engine, other, sourceAt } = start()
    const [, one, two, three, four] = blocks(4)
    for (const block of [one!, two!]) engine.peers.set(block.payload.blockHash, block)
    engine.syncUpdates = 1
    for (const block of [three!, four!]) await other.add(block)
    await other.follow(sourceAt(chain.genesis))
    expect(other.heads().unsafe).toEqual(ref(four!))

    const theirs = blocks(6, 'other fork')
    engine.store(...theirs)
    await other.add(theirs[6]!)
    expect(other.heads().unsafe).toEqual(ref(four!))
    expect(engine.head).toBe(four!.payload.blockHash)
  })

  it('stays away from gossip that builds on another block than it has, and tells its engine nothing of it', async () => {
    const { engine, log, other } = start()
    const own = blocks(3)
    const theirs = blocks(4, 'other fork')
    for (const block of own.slice(1)) await other.add(block)
    engine.store(...theirs)
    const before = engine.forkchoices.length
    await other.add(theirs[4]!)
    expect(engine.forkchoices.length).toBe(before)
    expect(other.heads().unsafe).toEqual(ref(own[3]!))
    expect(log.at(-1)).toContain('gossip has another block 3 than we have')
  })

  it('has no case 4: it keeps its own chain when the source has another block, and follows no more', async () => {
    const { engine, log, other, sourceAt } = start()
    const own = blocks(3)
    const theirs = blocks(5, 'other fork')
    for (const block of own.slice(1)) await other.add(block)
    engine.store(...theirs)
    await other.follow(sourceAt(theirs[2]!))
    await other.follow(sourceAt(theirs[5]!))
    expect(other.heads()).toMatchObject({ unsafe: ref(own[3]!), localSafe: ref(chain.genesis) })
    expect(log.at(-1)).toContain('the source has another block 2 than we have')
  })

  it('does not come to another chain by case 1 either', async () => {
    const { engine, other, sourceAt } = start()
    const own = blocks(3)
    const theirs = blocks(5, 'other fork')
    for (const block of own.slice(1)) await other.add(block)
    engine.store(...theirs)
    await other.follow(sourceAt(theirs[5]!))
    expect(other.heads().unsafe).toEqual(ref(own[3]!))
    expect(engine.head).toBe(own[3]!.payload.blockHash)
  })

  it('publishes zeros while it resets, but for finalized', async () => {
    const { engine, other, sourceAt } = start()
    const [, one, two] = blocks(2)
    await other.add(one!)
    await other.follow({ ...sourceAt(one!), finalized: ref(one!) })
    engine.failure = () => new Error('connection refused')
    await other.add(two!)
    const zeros = { unsafe: zeroL2BlockRef, localSafe: zeroL2BlockRef, safe: zeroL2BlockRef }
    expect(other.heads()).toEqual({ ...zeros, finalized: ref(one!) })

    engine.failure = () => null
    await other.follow(sourceAt(one!))
    expect(other.heads().unsafe).toEqual(ref(one!))
  })
})
