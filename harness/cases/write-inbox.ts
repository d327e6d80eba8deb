import { createL2Source } from '../../node/adapters/engine/l2-source.ts'
import { compressChannelSync } from '../../node/adapters/zlib/compress-channel.ts'
import { bytesToHex } from '../../node/protocol/bytes.ts'
import { batchableBlock } from '../batcher/batchable-block.ts'
import { type BatchableBlock, channelId, encodeChannel } from '../batcher/channel-out.ts'
import { batcherDefaults } from '../batcher/defaults.ts'
import { calldataGas } from '../batcher/submitter.ts'
import type { Account } from '../genesis/accounts.ts'
import { sendOnL1 } from '../world/send-on-l1.ts'
import type { World } from '../world/world.ts'
import type { Deed } from './case.ts'
import { formatOf, wrongBlocks, wrongPayload } from './wrong-channel.ts'

type InboxDeed = Extract<Deed, { kind: 'inbox' }>

/** More make no other wrong. */
export const inboxBlocksMax = 8
/** So many L1 blocks it takes until what was sent is included and derived. */
export const settlingL1Blocks = 2
/** Who sends what is not the batcher's: one of `accounts.users`. */
export const inboxStrangerIndex = 6
/** The batcher's own channels count from zero, and no two may have one id. */
const firstAttempt = 1_000_000

/**
 * Sends a channel that is wrong in one way. Nothing happens where there is nothing to be wrong with: no block above the safe
 * head yet, or none that the wrong is about.
 */
export async function writeInbox(world: World, { atMs, batchType, wrong }: InboxDeed): Promise<void> {
  const { accounts, batcher, rollup, parameters, clock, failed } = world
  const rests = batcher?.running === true
  if (rests) await batcher.stop()
  try {
    // What the batcher has sent already would be safe before, and nobody would look at what is wrong.
    await clock.sleep(1_000 * settlingL1Blocks * parameters.l1BlockTime, failed)
    const blocks = await wrongBlocks(world, await newBlocks(world), wrong)
    if (blocks === null) return
    const frames = await encodeChannel(channelId(blocks, firstAttempt + atMs), blocks, {
      ...batcherDefaults,
      ...formatOf(wrong, batchType),
      ...{ config: rollup, compress: compressChannelSync },
    })
    const data = bytesToHex(wrongPayload(frames, wrong))
    const from = wrong === 'sender' ? strangerOf(world) : accounts.batcher
    const to = wrong === 'address' ? strangerOf(world).address : rollup.batchInboxAddress
    await sendOnL1(world, from, { to, data, gas: calldataGas(data) })
    // Of two in one L1 block the batcher's could come first.
    await clock.sleep(1_000 * parameters.l1BlockTime, failed)
  } finally {
    if (rests) await batcher.start()
  }
}

/** What the sequencer has above its safe head, the lowest first. */
async function newBlocks({ topology, cls, rollup, failed }: World): Promise<readonly BatchableBlock[]> {
  const sequencer = topology.batcher === null ? undefined : cls.get(topology.batcher.sequencer)
  const status = sequencer?.status.latest?.status
  if (sequencer === undefined || status === undefined || !sequencer.el.lifecycle.running) return []
  const l2 = createL2Source({ rpc: sequencer.el.rpc, forks: rollup.forks })
  const blocks: BatchableBlock[] = []
  const first = status.localSafeL2.number + 1n
  for (let number = first; number <= status.unsafeL2.number && blocks.length < inboxBlocksMax; number++) {
    const block = await l2.blockByNumber(number, failed).catch(() => null)
    if (block === null) break
    blocks.push(batchableBlock(rollup, block))
  }
  return blocks
}

function strangerOf({ accounts: { users } }: World): Account {
  const user = users[inboxStrangerIndex]
  if (user === undefined) throw new Error(`expected more than ${inboxStrangerIndex} users`)
  return user
}

/** Those whose users may send: what the inbox is told of the stranger is the first of its account. */
export function withoutStranger<T extends Pick<World['accounts'], 'users'>>(accounts: T): T {
  return { ...accounts, users: accounts.users.filter((_, index) => index !== inboxStrangerIndex) }
}
