import type { Hash, Hex } from 'viem'
import { type BatchType, channelId, encodeChannel } from '../../harness/batcher/channel-out.ts'
import { compressChannel } from '../../node/adapters/zlib/compress-channel.ts'
import type { RollupConfig } from '../../node/config/rollup-config.ts'
import type { ChannelCompression } from '../../node/ports/decompressor.ts'
import { bytesToHex } from '../../node/protocol/bytes.ts'
import { encodeBatcherPayload } from '../../node/protocol/frame.ts'
import {
  batcher,
  benchConfig,
  l2BlocksPerEpoch,
  l2BlockTimeS,
  l2Ref,
  originNumber,
  poolSlice,
} from './chain.ts'
import { type BenchL1Block, depositLog, l1Block, type SentTransaction, transferLog } from './l1-block.ts'

/** What a history is like. */
export interface HistoryShape {
  readonly batchType: BatchType
  readonly compression: ChannelCompression
  /** Sequenced transactions of an L2 block. */
  readonly transactionsIn: (l2Number: number) => number
  /** L1 blocks whose L2 blocks go into one channel. */
  readonly epochsPerChannel: number
  /** Transactions of each L1 block that are nothing to this chain. */
  readonly foreignTransactions: number
  /** Default: 6. */
  readonly l2BlocksPerEpoch?: number
  /** One user deposit is in each L1 block. Default: true. */
  readonly deposits?: boolean
}

/** An L1 that carries a whole chain, made block by block. */
export interface History {
  readonly config: RollupConfig
  readonly genesis: BenchL1Block
  /** The next L1 block; after `last` L2 blocks are batched, L1 goes on without batches. */
  next(): Promise<BenchL1Block>
  /** Compressed bytes of all channels so far, as their frames carry them. */
  readonly compressedBytes: number
}

/** op-batcher's default size of a calldata transaction. */
const maxFrameBytes = 120_000
const l1ChainId = 900

export const mixedTransactions = (l2Number: number): number => [0, 1, 20][l2Number % 3]!

/** The same shape gives the same history. */
export function createHistory(shape: HistoryShape): History {
  const perEpoch = shape.l2BlocksPerEpoch ?? l2BlocksPerEpoch
  const withDeposits = shape.deposits ?? true
  const genesis = l1Block(null, [], 0n)
  const config = benchConfig(genesis.header)
  /** Hashes of the L1 blocks whose L2 blocks are in no channel yet, the newest last. */
  let originHashes: Hash[] = [genesis.header.hash]
  let parent = genesis.header
  let nonce = 0
  let compressedBytes = 0

  async function channelTransactions(firstEpoch: number): Promise<SentTransaction[]> {
    const first = Math.max(1, firstEpoch * perEpoch)
    const end = (firstEpoch + shape.epochsPerChannel) * perEpoch
    const blocks = Array.from({ length: end - first }, (_, index) => {
      const number = first + index
      return {
        ref: l2Ref(number, originHashes[originNumber(number, perEpoch) - firstEpoch]!, perEpoch),
        transactions: poolSlice(Number(config.l2ChainId), number, shape.transactionsIn(number)),
      }
    })
    const { batchType, compression } = shape
    const frames = await encodeChannel(channelId(blocks, 0), blocks, {
      config,
      batchType,
      compression,
      compress: compressChannel,
      maxFrameBytes,
    })
    return Promise.all(
      frames.map(async (frame) => {
        compressedBytes += frame.data.length
        return {
          raw: await signed(bytesToHex(encodeBatcherPayload([frame]))),
          from: fromOf(config),
          logs: [],
        }
      }),
    )
  }

  function signed(data: Hex): Promise<Hex> {
    return batcher.signTransaction({
      type: 'eip1559',
      chainId: l1ChainId,
      nonce: nonce++,
      to: config.batchInboxAddress,
      gas: 5_000_000n,
      maxFeePerGas: 2_000_000_000n,
      maxPriorityFeePerGas: 1n,
      data,
    })
  }

  return {
    config,
    genesis,
    get compressedBytes() {
      return compressedBytes
    },
    async next() {
      const number = Number(parent.number) + 1
      const foreign = poolSlice(l1ChainId, number, shape.foreignTransactions + (withDeposits ? 1 : 0)).map(
        (raw, index): SentTransaction => ({
          raw,
          from: fromOf(config),
          logs:
            withDeposits && index === 0
              ? [depositLog(config.depositContractAddress, number)]
              : Array.from({ length: index % 4 }, (_, log) => transferLog(number + index + log)),
        }),
      )
      const isDue = number % shape.epochsPerChannel === 0
      const batches = isDue ? await channelTransactions(number - shape.epochsPerChannel) : []
      if (isDue) originHashes = []
      const block = l1Block(parent, [...batches, ...foreign], BigInt(perEpoch) * l2BlockTimeS)
      originHashes.push(block.header.hash)
      parent = block.header
      return block
    },
  }
}

const fromOf = (config: RollupConfig) => config.genesis.systemConfig.batcherAddr
