import type { Hash } from 'viem'
import type { RollupConfig } from '../../node/config/rollup-config.ts'
import type { L2Block, L2Source } from '../../node/ports/l2-source.ts'
import { l2BlockRefFromPayload } from '../../node/protocol/block-ref.ts'
import { encodeExtraData } from '../../node/protocol/extra-data.ts'
import type { PayloadAttributes } from '../../node/protocol/payload.ts'
import { type L2BlockRef, zeroHash } from '../../node/protocol/refs.ts'
import { l2Hash } from './chain.ts'

/** The end of an L2 chain that executes nothing: it keeps its newest blocks, however long the chain. */
export interface BenchL2 extends L2Source {
  readonly head: L2BlockRef
  readonly headBlock: L2Block
  /** Null for a block that never was, or is no longer kept. The genesis block always is. */
  get(which: bigint | Hash): L2Block | null
  /** The child of the head. */
  append(block: L2Block): void
}

const zeroAddress = `0x${'00'.repeat(20)}` as const
const canyonConstants = '0x000000fa00000006'
const unchanging = {
  stateRoot: zeroHash,
  receiptsRoot: zeroHash,
  logsBloom: `0x${'00'.repeat(256)}`,
  gasUsed: 0n,
  baseFeePerGas: 1n,
} as const

/** @param blocksKept default: more than a channel timeout reaches back. */
export function createBenchL2(config: RollupConfig, blocksKept = 0): BenchL2 {
  const kept = BigInt(Math.max(blocksKept, 1024))
  const genesis = genesisBlock(config)
  const blocks = new Map<bigint | Hash, L2Block>()
  let headBlock = genesis
  let head = l2BlockRefFromPayload(config, genesis.payload)
  const keep = (block: L2Block) => {
    blocks.set(block.payload.blockNumber, block)
    blocks.set(block.payload.blockHash, block)
  }
  keep(genesis)

  const get = (which: bigint | Hash): L2Block | null => blocks.get(which) ?? null
  return {
    get head() {
      return head
    },
    get headBlock() {
      return headBlock
    },
    get,
    append(block) {
      headBlock = block
      head = l2BlockRefFromPayload(config, block.payload)
      keep(block)
      const oldest = blocks.get(head.number - kept)
      if (oldest === undefined || oldest === genesis) return
      blocks.delete(oldest.payload.blockNumber)
      blocks.delete(oldest.payload.blockHash)
    },
    chainId: async () => config.l2ChainId,
    blockByLabel: async () => headBlock,
    blockByNumber: async (number) => get(number),
    blockByHash: async (hash) => get(hash),
    syncProgress: async () => null,
    storageRoot: async () => zeroHash,
  }
}

/** The block that these attributes describe. */
export function buildOn({ payload: parent }: L2Block, attributes: PayloadAttributes): L2Block {
  const blockNumber = parent.blockNumber + 1n
  const { parentBeaconBlockRoot } = attributes
  return {
    payload: {
      ...unchanging,
      parentHash: parent.blockHash,
      feeRecipient: attributes.suggestedFeeRecipient,
      prevRandao: attributes.prevRandao,
      blockNumber,
      blockHash: l2Hash(Number(blockNumber)),
      timestamp: attributes.timestamp,
      transactions: attributes.transactions,
      gasLimit: attributes.gasLimit,
      extraData: encodeExtraData(canyonConstants, attributes.minBaseFee),
      withdrawals: [],
      withdrawalsRoot: zeroHash,
      blobGasUsed: 0n,
      excessBlobGas: 0n,
    },
    ...(parentBeaconBlockRoot === undefined ? {} : { parentBeaconBlockRoot }),
  }
}

function genesisBlock({ genesis }: RollupConfig): L2Block {
  return {
    payload: {
      ...unchanging,
      parentHash: zeroHash,
      feeRecipient: zeroAddress,
      prevRandao: zeroHash,
      blockNumber: genesis.l2.number,
      blockHash: genesis.l2.hash,
      timestamp: genesis.l2Time,
      gasLimit: genesis.systemConfig.gasLimit,
      extraData: '0x',
      transactions: [],
    },
  }
}
