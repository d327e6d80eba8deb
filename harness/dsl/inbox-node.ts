import type { Address, Hash } from 'viem'
import { createL2Source } from '../../node/adapters/engine/l2-source.ts'
import { compressChannelSync } from '../../node/adapters/zlib/compress-channel.ts'
import { bytesToHex } from '../../node/protocol/bytes.ts'
import { encodeBatcherPayload, type Frame } from '../../node/protocol/frame.ts'
import type { BlockId } from '../../node/protocol/refs.ts'
import { batchableBlock } from '../batcher/batchable-block.ts'
import {
  type BatchableBlock,
  type ChannelFormat,
  channelId,
  encodeChannel,
  splitIntoFrames,
} from '../batcher/channel-out.ts'
import { calldataGas } from '../batcher/submitter.ts'
import type { Account } from '../genesis/accounts.ts'
import type { ClNode } from './cl-node.ts'
import { explained } from './explained.ts'
import type { L1Node } from './l1-node.ts'
import type { Run } from './run.ts'

/** The batch inbox on L1, for scenarios that write to it by hand. */
export interface InboxNode {
  /**
   * What a batch says of these blocks, the last one included, of the node's canonical chain.
   * @throws Error when its engine does not have one of them.
   */
  blocks(node: ClNode, first: number, last: number): Promise<readonly BatchableBlock[]>
  /** A channel of these blocks, cut into frames. Each has an id of its own, so the same blocks can be sent again. */
  channel(blocks: readonly BatchableBlock[], format?: InboxFormat): Promise<readonly Frame[]>
  /** A channel with that in place of compressed batches. */
  channelOf(content: Uint8Array): readonly Frame[]
  /** The data of a batcher transaction with these frames: version byte first. */
  payload(frames: readonly Frame[]): Uint8Array
  /** Sends a transaction with calldata; resolves when it is in the L1 pool. Default sender: the batcher's account. */
  send(data: InboxData, from?: Account): Promise<Hash>
  /** Who sent the transactions to the inbox that the L1 block has, in their order. */
  senders(block: BlockId): Promise<readonly Address[]>
}

/** The data of a batcher transaction, or the frames that it holds. */
export type InboxData = Uint8Array | readonly Frame[]

/** How a channel is made. Default: as the devstack's batcher makes it. */
export type InboxFormat = Partial<Omit<ChannelFormat, 'config'>>

/** Within the caller's turn: a world's time may be virtual. */
const defaultFormat = {
  batchType: 'span',
  compression: 'brotli',
  compress: compressChannelSync,
  maxFrameBytes: 120_000,
} as const
/** The batcher's own channels count from zero, and no two may have one id. */
const firstAttempt = 1_000_000

export function createInboxNode(run: Run, l1: L1Node): InboxNode {
  const { rollup: config, accounts, cls, failed } = run.world
  let attempts = firstAttempt

  const node: InboxNode = {
    async blocks({ name }, first, last) {
      const rpc = cls.get(name)?.el.rpc
      if (rpc === undefined) throw new Error(`${name} is not a node of this run`)
      const l2 = createL2Source({ rpc, forks: config.forks })
      const blocks: BatchableBlock[] = []
      for (let number = BigInt(first); number <= BigInt(last); number++) {
        const block = await l2.blockByNumber(number, failed)
        if (block === null) throw new Error(`expected ${name} to have block ${number}, found none`)
        blocks.push(batchableBlock(config, block))
      }
      return blocks
    },
    channel: (blocks, format) =>
      encodeChannel(channelId(blocks, attempts++), blocks, { config, ...defaultFormat, ...format }),
    channelOf: (content) => splitIntoFrames(channelId([], attempts++), content, defaultFormat.maxFrameBytes),
    payload: encodeBatcherPayload,
    send(data, from = accounts.batcher) {
      const hex = bytesToHex(data instanceof Uint8Array ? data : encodeBatcherPayload(data))
      return l1.sendTransaction(from, { to: config.batchInboxAddress, data: hex, gas: calldataGas(hex) })
    },
    async senders({ hash }) {
      const { transactions } = await l1.client.getBlock({ blockHash: hash, includeTransactions: true })
      const inbox = config.batchInboxAddress.toLowerCase()
      return transactions.filter(({ to }) => to?.toLowerCase() === inbox).map(({ from }) => from)
    },
  }
  return explained(run, { as: 'inbox', component: 'inbox' }, node)
}
