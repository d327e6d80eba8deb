import fc from 'fast-check'
import { type Address, encodeAbiParameters, type Hash, pad } from 'viem'
import { describe, expect, it } from 'vitest'
import type { Clock } from '../ports/clock.ts'
import type { BlockSigners } from '../ports/gossip.ts'
import type { L1Receipt, L1Source } from '../ports/l1-source.ts'
import { createFakeClock } from '../ports/testing/fake-clock.ts'
import { createFakeL1, type FakeL1 } from '../ports/testing/fake-l1.ts'
import { createFakeRandom } from '../ports/testing/fake-random.ts'
import { createSilentLogger } from '../ports/testing/silent-logger.ts'
import { zeroHash } from '../protocol/refs.ts'
import { configUpdateTopic, unsafeBlockSignerUpdates } from '../protocol/system-config-log.ts'
import { connectHead, type L1ChainView } from './l1-chain-view.ts'
import { createUnsafeBlockSigner, unsafeBlockSignerSlot } from './unsafe-block-signer.ts'

const contract: Address = `0x${'5c'.repeat(20)}`
const alice: Address = `0x${'a1'.repeat(20)}`
const zeroAddress: Address = `0x${'00'.repeat(20)}`
const bob: Address = `0x${'b0'.repeat(20)}`
const carol: Address = `0x${'ca'.repeat(20)}`

const updateReceipt = (signer: Address): L1Receipt => ({
  transactionHash: zeroHash,
  status: 'success',
  logs: [
    {
      address: contract,
      topics: [configUpdateTopic, zeroHash, pad('0x03')],
      data: encodeAbiParameters([{ type: 'bytes' }], [pad(signer)]),
      logIndex: 0,
    },
  ],
})

/** An L1 that takes its time, and has the state of every block: what the contract would hold after its logs. */
function slowWithState(l1: FakeL1, clock: Clock): L1Source {
  const slowly = async <T>(answer: () => Promise<T>): Promise<T> => {
    await clock.sleep(100)
    if (l1.failure !== null) throw l1.failure
    return answer()
  }
  return {
    ...l1,
    receiptsByHash: (hash) => slowly(() => l1.receiptsByHash(hash)),
    storageAt: (_address, _slot, blockHash) => slowly(() => signerAt(l1, alice, blockHash)),
  }
}

async function signerAt(l1: FakeL1, genesisSigner: Address, blockHash: Hash): Promise<Hash> {
  const header = await l1.headerByHash(blockHash)
  if (header === null) throw new Error(`no block ${blockHash}`)
  const receipts = (await l1.receiptsByHash(blockHash)) ?? []
  const [update] = unsafeBlockSignerUpdates(receipts, contract).slice(-1)
  if (update !== undefined) return pad(update)
  return header.number === 0n ? pad(genesisSigner) : signerAt(l1, genesisSigner, header.parentHash)
}

/** Who was the signer before the present one, by the canonical chain from genesis on. */
async function previousOf(l1: FakeL1): Promise<Address | null> {
  const signers: Hash[] = []
  for (let number = 0n; number <= l1.head.number; number++) {
    const signer = await signerAt(l1, alice, l1.at(number).hash)
    if (signer !== signers.at(-1)) signers.push(signer)
  }
  const previous = signers.slice(0, -1).findLast((word) => word !== pad(zeroAddress))
  return previous === undefined || previous === signers.at(-1) ? null : `0x${previous.slice(26)}`
}

async function setUp(source: (l1: FakeL1, clock: Clock) => L1Source = (l1) => l1) {
  const l1 = createFakeL1()
  l1.setStorage(contract, unsafeBlockSignerSlot, pad(alice))
  const clock = createFakeClock()
  const adopted: (Address | null)[] = []
  const signers: BlockSigners[] = []
  const stop = new AbortController()
  const tracker = createUnsafeBlockSigner({
    l1: source(l1, clock),
    l1SystemConfigAddress: contract,
    onSigners(next) {
      signers.push(next)
      if (next.current !== adopted.at(-1)) adopted.push(next.current)
    },
    clock,
    random: createFakeRandom(),
    logger: createSilentLogger(),
  })
  const running = tracker.run(stop.signal).catch(() => {})
  let view: L1ChainView = []
  const poll = async () => {
    const connected = await connectHead(view, l1.head, async (block) => l1.at(block.number - 1n))
    view = connected.view
    tracker.onChainChange(connected.change)
  }
  const settledPoll = async () => {
    await poll()
    await clock.settle()
  }
  await settledPoll()
  const end = () => {
    stop.abort(new Error('test ends'))
    return running
  }
  return { l1, clock, adopted, signers, tracker, poll: settledPoll, pollAtOnce: poll, end }
}

describe('unsafe block signer', () => {
  it('comes from storage at the start', async () => {
    const { adopted, tracker } = await setUp()
    expect(adopted).toEqual([alice])
    expect(tracker.signer?.toLowerCase()).toBe(alice)
  })

  it('follows a log in a block between two polls', async () => {
    const { l1, adopted, poll } = await setUp()
    l1.mine(1)
    l1.mine(1, { receipts: [updateReceipt(bob)] })
    l1.mine(3)
    await poll()
    expect(adopted).toEqual([alice, bob])
    expect(l1.calls.get('receiptsByHash')).toBe(5)
  })

  it('survives failing log reads and misses nothing', async () => {
    const { l1, clock, adopted, poll } = await setUp()
    l1.mine(1, { receipts: [updateReceipt(bob)] })
    l1.failure = new Error('down')
    await poll()
    await clock.advance(20_000)
    expect(adopted).toEqual([alice])
    l1.failure = null
    await clock.advance(10_000)
    expect(adopted).toEqual([alice, bob])
  })

  it('reads storage again after a reorg: the update may be orphaned', async () => {
    const { l1, adopted, poll } = await setUp()
    l1.mine(1, { receipts: [updateReceipt(bob)] })
    await poll()
    l1.reorg(1n, 2)
    await poll()
    expect(adopted).toEqual([alice, bob, alice])
  })

  it('takes nothing from a block that is orphaned while its logs are read', async () => {
    const { l1, clock, adopted, pollAtOnce } = await setUp(slowWithState)
    await clock.advance(100)
    l1.mine(1, { receipts: [updateReceipt(bob)] })
    await pollAtOnce()
    await clock.advance(50)
    l1.reorg(1n, 2)
    await pollAtOnce()
    await clock.advance(1_000)
    expect(adopted).toEqual([alice])
  })

  it('forgets the signer when L1 names the zero address, and takes the next', async () => {
    const { l1, adopted, tracker, poll } = await setUp()
    l1.mine(1, { receipts: [updateReceipt(zeroAddress)] })
    await poll()
    expect(tracker.signer).toBeNull()
    l1.mine(1, { receipts: [updateReceipt(bob)] })
    await poll()
    expect(adopted).toEqual([alice, null, bob])
  })

  it('gives a signer that was replaced its three hours, from when the node learnt of it', async () => {
    const { l1, clock, signers, poll } = await setUp()
    await clock.advance(60_000)
    l1.mine(1, { receipts: [updateReceipt(bob)] })
    await poll()
    expect(signers).toEqual([
      { current: alice, previous: null },
      { current: bob, previous: { address: alice, untilMs: 60_000 + 10_800_000 } },
    ])
  })

  it('gives none to the signer of a block that L1 orphans, and the one before gets back its own', async () => {
    const { l1, clock, signers, poll } = await setUp()
    l1.mine(1, { receipts: [updateReceipt(bob)] })
    await poll()
    await clock.advance(60_000)
    l1.mine(1, { receipts: [updateReceipt(carol)] })
    await poll()
    expect(signers.at(-1)).toMatchObject({ current: carol, previous: { address: bob } })
    l1.reorg(2n, 2)
    await poll()
    expect(signers.at(-1)).toEqual({ current: bob, previous: { address: alice, untilMs: 10_800_000 } })
    l1.reorg(1n, 4)
    await poll()
    expect(signers.at(-1)).toEqual({ current: alice, previous: null })
  })

  it('gives none to who was named and replaced within one block', async () => {
    const { l1, signers, poll } = await setUp()
    l1.mine(1, { receipts: [updateReceipt(carol), updateReceipt(bob)] })
    await poll()
    expect(signers.at(-1)).toMatchObject({ current: bob, previous: { address: alice } })
  })

  it('gives it over L1 blocks that were not seen, but not to the signer of an orphan', async () => {
    const { l1, signers, tracker, clock, poll } = await setUp()
    const skipTo = async (signer: Address) => {
      l1.setStorage(contract, unsafeBlockSignerSlot, pad(signer))
      tracker.onChainChange({ head: l1.head, added: [l1.head], removed: [], restarted: true })
      await clock.settle()
    }
    l1.mine(2_000)
    await skipTo(bob)
    expect(signers.at(-1)).toMatchObject({ current: bob, previous: { address: alice } })
    await poll()
    l1.reorg(1n, 3_000)
    await skipTo(carol)
    // Bob was known from block 2000, which is an orphan; alice from genesis, which is none.
    expect(signers.at(-1)).toMatchObject({ current: carol, previous: { address: alice } })
  })

  it('ends at the signer of the canonical chain, with the one before it, whatever L1 does', async () => {
    const signer = fc.constantFrom(alice, bob, zeroAddress, `0x${'c1'.repeat(20)}` as const)
    const updates = fc.array(signer, { minLength: 1, maxLength: 2 })
    // Most blocks change nothing: else the next update hides a missed one.
    const body = fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: updates })
    const blocks = fc.array(body, { maxLength: 4 })
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('mine' as const), blocks }) },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant('reorg' as const),
          depth: fc.integer({ min: 1, max: 6 }),
          blocks,
        }),
      },
      // Sometimes the tracker has not finished with one change when the next comes.
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('poll' as const),
          waitMs: fc.constantFrom(0, 50, 100, 1_000),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('outage' as const),
          ms: fc.integer({ min: 0, max: 3_000 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('recovery' as const) }) },
    )
    const history = fc.array(step, { minLength: 5, maxLength: 30, size: 'max' })
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const { l1, clock, adopted, signers, tracker, poll, pollAtOnce, end } = await setUp(slowWithState)
        const mine = (all: readonly (readonly Address[] | null)[]) => {
          for (const signers of all) l1.mine(1, { receipts: (signers ?? []).map(updateReceipt) })
        }
        for (const one of steps) {
          if (one.kind === 'mine') mine(one.blocks)
          else if (one.kind === 'reorg') {
            const from = l1.head.number - BigInt(one.depth) + 1n
            if (from < 1n) continue
            l1.reorg(from, 1)
            mine(one.blocks)
          } else if (one.kind === 'poll') {
            await pollAtOnce()
            await clock.advance(one.waitMs)
          } else if (one.kind === 'outage') {
            l1.failure = new Error('down')
            await clock.advance(one.ms)
          } else l1.failure = null
        }
        l1.failure = null
        await poll()
        await clock.advance(30_000)
        const canonical = await signerAt(l1, alice, l1.head.hash)
        const expected = canonical === pad(zeroAddress) ? null : `0x${canonical.slice(26)}`
        expect(tracker.signer).toBe(expected)
        expect(adopted.at(-1) ?? null).toBe(expected)
        expect(signers.at(-1)?.previous?.address ?? null).toBe(await previousOf(l1))
        await end()
      }),
      { numRuns: 100 },
    )
  })
})
