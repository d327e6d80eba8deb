import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { expect, type InboxData, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'
import { keccak256 } from 'viem'

/** One batch as long as a channel may hold (`MAX_RLP_BYTES_PER_CHANNEL` is 100 000 000), in 100 kB of calldata. */
const bomb = deflateSync(Buffer.concat([Buffer.of(0xbb, ...bigEndian(99_000_000)), Buffer.alloc(99_000_000)]))

/**
 * Whatever the batcher's own account sends, and whatever anybody else does: it is ignored, and the valid batch after it
 * counts (derivation.md, "Frame Queue", "Channel Reader", "Batch Queue"; holocene/derivation.md).
 */
scenario(
  'Derivation_GarbageInTheInbox',
  {
    claim:
      'Malformed, early, orphaned and foreign batches are each refused for their own reason, and the valid batch after them becomes safe.',
    tags: ['derivation', 'hostile'],
    topology: twoVerifiersFollowing,
    stopped: ['l1', 'batcher'],
  },
  async ({ sequencer, reference, nodes, l1, inbox, accounts, step }) => {
    const starts = nodes.map(({ starts }) => starts)
    await sequencer.reached('unsafe', 6)
    const last = (await sequencer.el.block(6))!
    const blocks = await inbox.blocks(sequencer, 1, 6)
    const before = await reference.metrics()

    const outcomes: Record<string, number> = {}
    const garbage = async (outcome: string, data: InboxData) => {
      await inbox.send(data)
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    }

    await step('nothing of the garbage becomes safe', async () => {
      const valid = inbox.payload(await inbox.channel(blocks))
      await garbage('malformed', Uint8Array.of(0, ...createHash('sha256').update('garbage').digest()))
      await garbage('malformed', valid.with(0, 7))
      await garbage('malformed', valid.subarray(0, valid.length - 5))
      const [first, , third] = await inbox.channel(blocks, { maxFrameBytes: 50 })
      await inbox.send([first!])
      await inbox.send([third!])
      await garbage('malformed', inbox.channelOf(bomb))
      const [one] = blocks
      const orphan = { ...one!, ref: { ...one!.ref, parentHash: keccak256('0x01') } }
      await garbage('ParentHashMismatch', await inbox.channel([orphan]))
      await garbage('FutureTimestampHolocene', await inbox.channel(blocks.slice(1)))
      await inbox.send(await inbox.channel(blocks), accounts.users[3])
      const [mined] = await l1.mine({ blocks: 2 })
      await reference.derivedFrom(mined!)
      expect((await reference.head('localSafe')).number).toBe(0n)
    })

    await step('a valid batch right after it does', async () => {
      await inbox.send(await inbox.channel(blocks))
      await l1.mine()
      await Promise.all(nodes.map((node) => node.reached('localSafe', last.number)))
      await Promise.all(nodes.map((node) => node.holds(last)))
    })

    await step('each piece was refused for its own reason, without a reset or a restart', async () => {
      const after = await reference.metrics()
      const counted = (name: string, labels?: Record<string, string>) =>
        after.value(name, labels) - before.value(name, labels)
      const found = Object.keys(outcomes).map((outcome) => [
        outcome,
        counted('derived_batches_total', { outcome }),
      ])
      expect(Object.fromEntries(found)).toEqual(outcomes)
      expect(counted('pipeline_resets_total')).toBe(0)
      expect(counted('engine_resets_total')).toBe(0)
      expect(nodes.map(({ starts }) => starts)).toEqual(starts)
    })
  },
)

function bigEndian(uint32: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(uint32)
  return bytes
}
