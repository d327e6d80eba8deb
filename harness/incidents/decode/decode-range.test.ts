import { describe, expect, it } from 'vitest'
import { createSyncDecompressor } from '../../../node/adapters/zlib/sync-decompressor.ts'
import type { ForkName } from '../../../node/config/forks.ts'
import { createVerifier } from '../../../node/derivation/pipeline/testing/derive.ts'
import { testBatcher } from '../../../node/derivation/pipeline/testing/test-config.ts'
import type { L2Source } from '../../../node/ports/l2-source.ts'
import { createInboxWorld, type InboxWorld, inboxTransaction } from '../../batcher/testing/inbox-world.ts'
import { type DecodeRangeOptions, decodeRange } from './decode-range.ts'
import { decodeText } from './decode-text.ts'

function decode({ config, l1 }: InboxWorld, more: Partial<DecodeRangeOptions> = {}) {
  return decodeRange({
    ...{ config, l1, beacon: null, l2: null, decompressor: createSyncDecompressor() },
    ...{ from: 0n, to: l1.head.number, batcher: testBatcher, signal: new AbortController().signal },
    ...more,
  })
}
const verdicts = ({ channels }: Awaited<ReturnType<typeof decode>>) =>
  channels.map(({ state, batches }) => [
    state,
    ...batches.map(
      ({ from, to, verdict, reason }) => `${from}-${to} ${verdict}${reason === null ? '' : ` ${reason}`}`,
    ),
  ])

async function worldOf(fork: ForkName = 'jovian') {
  const world = createInboxWorld(fork)
  world.l1.mine(6)
  await world.build(12n)
  return world
}

describe('decode of a range of L1', () => {
  it.each<ForkName>(['delta', 'granite', 'holocene', 'jovian'])(
    'says of each channel under %s what derivation makes of it',
    async (fork) => {
      const world = await worldOf(fork)
      const first = await world.channel(1n, 5n)
      const second = await world.channel(6n, 12n, { maxFrameBytes: 100 })
      world.l1.mine(1, { transactions: [inboxTransaction(first)] })
      world.l1.mine(1, { transactions: [inboxTransaction(second.slice(0, 2))] })
      world.l1.mine(1, { transactions: [inboxTransaction(second.slice(2))] })
      // The chain that the node derives from the same L1 says what is safe.
      const verifier = createVerifier(world.config, world.l1)
      await verifier.deriveAll()
      expect(verifier.l2.head.number).toBe(12n)
      for (const l2 of [null, verifier.l2]) {
        const decoded = await decode(world, { l2 })
        expect(verdicts(decoded)).toEqual([
          ['complete', '1-5 safe'],
          ['complete', '6-12 safe'],
        ])
        expect(decoded.channels[1]).toMatchObject({ completedIn: { number: 9n } })
        expect(decoded.channels[1]?.batches[0]?.isParentKnown).toBe(l2 !== null)
      }
    },
  )

  it('says that a channel is open, and that one began before the range', async () => {
    const world = await worldOf()
    const frames = await world.channel(1n, 12n, { maxFrameBytes: 100 })
    world.l1.mine(1, { transactions: [inboxTransaction(frames.slice(0, 1))] })
    world.l1.mine(1, { transactions: [inboxTransaction(frames.slice(1))] })
    expect(verdicts(await decode(world, { to: 7n }))).toEqual([['open']])
    const later = await decode(world, { from: 8n })
    expect(new Set(later.channels.map(({ state }) => state))).toEqual(new Set(['refused']))
    expect(decodeText(later)).toContain('its first frame is not in these blocks')
  })

  it('says what is repeated, what is missing and what is nobody’s', async () => {
    const world = await worldOf()
    const [first, third] = [await world.channel(1n, 5n), await world.channel(9n, 12n)]
    world.l1.mine(1, { transactions: [inboxTransaction(first)] })
    world.l1.mine(1, { transactions: [inboxTransaction(first, { from: `0x${'99'.repeat(20)}` })] })
    world.l1.mine(1, { transactions: [inboxTransaction(first)] })
    world.l1.mine(1, { transactions: [inboxTransaction(third)] })
    expect(verdicts(await decode(world))).toEqual([
      ['complete', '1-5 safe'],
      ['complete', '1-5 past its blocks are safe already'],
      ['complete', '9-12 dropped FutureTimestampHolocene'],
    ])
  })

  it('finds by L2 that a batch builds on another chain', async () => {
    const world = await worldOf()
    const frames = await world.channel(5n, 12n)
    world.l1.mine(1, { transactions: [inboxTransaction(frames)] })
    expect(verdicts(await decode(world))).toEqual([['complete', '5-12 safe']])
    const { sequencer } = world
    const forked: L2Source = {
      ...sequencer,
      async blockByNumber(number) {
        const block = await sequencer.blockByNumber(number)
        if (block === null) return null
        return { ...block, payload: { ...block.payload, blockHash: `0x${'99'.repeat(32)}` } }
      },
    }
    expect(verdicts(await decode(world, { l2: forked }))).toEqual([
      ['complete', '5-12 dropped ParentHashMismatch'],
    ])
  })

  it('says which L1 block is not there', async () => {
    const world = await worldOf()
    await expect(decode(world, { to: 99n })).rejects.toThrow(/--to: expected L1 to have block 7/)
  })
})
