import type { Hex } from 'viem'
import { createL2Source } from '../../node/adapters/engine/l2-source.ts'
import { compressChannelSync } from '../../node/adapters/zlib/compress-channel.ts'
import { isForkActivationBlock } from '../../node/config/forks.ts'
import { bytesToHex } from '../../node/protocol/bytes.ts'
import { encodeBatcherPayload } from '../../node/protocol/frame.ts'
import { maxSequencerDrift } from '../../node/protocol/limits.ts'
import { zeroHash } from '../../node/protocol/refs.ts'
import { batchableBlock } from '../batcher/batchable-block.ts'
import { type BatchableBlock, type BatchType, channelId, encodeChannel } from '../batcher/channel-out.ts'
import { batcherDefaults } from '../batcher/defaults.ts'
import { calldataGas } from '../batcher/submitter.ts'
import type { Account } from '../genesis/accounts.ts'
import { sendOnL1 } from '../world/send-on-l1.ts'
import type { World } from '../world/world.ts'
import type { Deed } from './case.ts'
import type { InboxWrong } from './inbox-wrongs.ts'

type InboxDeed = Extract<Deed, { kind: 'inbox' }>

/** More make no other wrong. */
export const inboxBlocksMax = 8
/** So many L1 blocks it takes until what was sent is included and derived. */
export const settlingL1Blocks = 2
/** Who sends what is not the batcher's: one of `accounts.users`. */
export const inboxStrangerIndex = 6
/**
 * Of the stranger on L2: a transfer of one wei to itself on chain 901, the first of its account, which nobody has sent to the
 * sequencer. Written down, so that a printed scenario has it without a library.
 */
export const strangerTransfer: Hex =
  '0x02f869820385800185174876e8008252089423618e81e3f5cdf7f54c3d65f7fbc0abf5b21e8f0180c080a087ced9b1677649928bde5c90c4681a996e825d40db31106d21ca016aa0f88c78a02a9b32f7d646e1bd9863781db4513cf82e7de737fe13331ab048446404ad5834'
/** A deposit is made by L1 alone. Source: specs/protocol/deposits.md, "The Deposited Transaction Type". */
export const depositBytes: Hex = '0x7e00'
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
    const blocks = await madeWrong(world, await newBlocks(world), wrong)
    if (blocks === null) return
    const frames = await encodeChannel(channelId(blocks, firstAttempt + atMs), blocks, {
      ...batcherDefaults,
      // Every fork reads that.
      compression: 'zlib',
      ...{ config: rollup, batchType: formatOf(wrong, batchType), compress: compressChannelSync },
    })
    const data = bytesToHex(encodeBatcherPayload(frames))
    const from = wrong === 'sender' ? strangerOf(world) : accounts.batcher
    await sendOnL1(world, from, { to: rollup.batchInboxAddress, data, gas: calldataGas(data) })
    // Of two in one L1 block the batcher's could come first.
    await clock.sleep(1_000 * parameters.l1BlockTime, failed)
  } finally {
    if (rests) await batcher.start()
  }
}

/** A span batch has no place for a deposit: no node can be told one that way. */
export const formatOf = (wrong: InboxWrong, batchType: BatchType): BatchType =>
  wrong === 'deposit' ? 'singular' : batchType

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

/** Null where it cannot be wrong in that way. Whoever takes it has a block that the sequencer never built. */
async function madeWrong(
  { rollup, parameters, l1 }: World,
  blocks: readonly BatchableBlock[],
  wrong: InboxWrong,
): Promise<readonly BatchableBlock[] | null> {
  const [first, ...others] = blocks
  if (first === undefined) return null
  const withOwn = { ...first, transactions: [...first.transactions, strangerTransfer] }
  switch (wrong) {
    case 'sender':
      return [withOwn, ...others]
    case 'parent':
      return [{ ...withOwn, ref: { ...first.ref, parentHash: zeroHash } }, ...others]
    case 'epoch':
      return [{ ...withOwn, ref: { ...first.ref, l1Origin: { ...first.ref.l1Origin, hash: zeroHash } } }]
    case 'deposit':
      return [{ ...first, transactions: [...first.transactions, depositBytes] }, ...others]
    case 'activation': {
      const blockTime = BigInt(parameters.l2BlockTime)
      const at = blocks.findIndex(({ ref: { timestamp } }) =>
        isForkActivationBlock(rollup.forks, 'karst', timestamp, blockTime),
      )
      return at < 0
        ? null
        : blocks.map((block, index) =>
            index === at ? { ...block, transactions: [strangerTransfer] } : block,
          )
    }
    case 'drift': {
      const origins = await Promise.all(
        blocks.map(({ ref }) => l1.controller.block(ref.l1Origin.number).catch(() => null)),
      )
      const isDrifted = ({ ref }: BatchableBlock, at: number) => {
        const origin = origins[at]
        return (
          origin?.hash === ref.l1Origin.hash &&
          ref.timestamp > origin.timestamp + maxSequencerDrift(rollup, origin.timestamp)
        )
      }
      return blocks.some(isDrifted)
        ? blocks.map((block, at) =>
            isDrifted(block, at) ? { ...block, transactions: [strangerTransfer] } : block,
          )
        : null
    }
  }
}

function strangerOf({ accounts: { users } }: World): Account {
  const user = users[inboxStrangerIndex]
  if (user === undefined) throw new Error(`expected more than ${inboxStrangerIndex} users`)
  return user
}
