import { type Address, encodeAbiParameters, pad } from 'viem'
import { describe, expect, it } from 'vitest'
import type { L1Receipt } from '../ports/l1-source.ts'
import { createFakeClock } from '../ports/testing/fake-clock.ts'
import { createFakeL1 } from '../ports/testing/fake-l1.ts'
import { createSilentLogger } from '../ports/testing/silent-logger.ts'
import { zeroHash } from '../protocol/refs.ts'
import { configUpdateTopic } from '../protocol/system-config-log.ts'
import { connectHead, type L1ChainView } from './l1-chain-view.ts'
import { l1BlockRef } from './l1-watcher.ts'
import { createUnsafeBlockSigner, unsafeBlockSignerSlot } from './unsafe-block-signer.ts'

const contract: Address = `0x${'5c'.repeat(20)}`
const alice: Address = `0x${'a1'.repeat(20)}`
const bob: Address = `0x${'b0'.repeat(20)}`

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

async function setUp() {
  const l1 = createFakeL1()
  l1.setStorage(contract, unsafeBlockSignerSlot, pad(alice))
  const clock = createFakeClock()
  const adopted: Address[] = []
  const tracker = createUnsafeBlockSigner({
    l1,
    l1SystemConfigAddress: contract,
    onSigner: (address) => adopted.push(address.toLowerCase() as Address),
    clock,
    logger: createSilentLogger(),
  })
  tracker.run(new AbortController().signal).catch(() => {})
  let view: L1ChainView = []
  const poll = async () => {
    const connected = await connectHead(view, l1BlockRef(l1.head), async (block) =>
      l1BlockRef(l1.at(block.number - 1n)),
    )
    view = connected.view
    tracker.onChainChange(connected.change)
    await clock.settle()
  }
  await poll()
  return { l1, clock, adopted, tracker, poll }
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
})
