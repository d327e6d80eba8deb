import type { Hash } from 'viem'
import { isForkActive } from '../../../config/forks.ts'
import type { RollupConfig } from '../../../config/rollup-config.ts'
import type { L2Block, L2Source } from '../../../ports/l2-source.ts'
import { l2BlockRefFromPayload } from '../../../protocol/block-ref.ts'
import { encodeExtraData } from '../../../protocol/extra-data.ts'
import { keccak256 } from '../../../protocol/hash.ts'
import type { PayloadAttributes } from '../../../protocol/payload.ts'
import { type L2BlockRef, zeroHash } from '../../../protocol/refs.ts'

/** An execution engine in memory, for tests: it executes nothing, and a block's hash follows from its attributes. */
export interface FakeL2 extends L2Source {
  readonly head: L2BlockRef
  /** Appends the block that these attributes describe. */
  build(attributes: PayloadAttributes): L2BlockRef
  /** Appends a block of another engine; it must be the child of the head. */
  append(block: L2Block): L2BlockRef
  /** Makes that block the head; what was above it is forgotten. */
  rewind(number: bigint): L2BlockRef
  at(number: bigint): L2Block
  ref(number: bigint): L2BlockRef
  /** The canonical chain from genesis on. */
  readonly chain: readonly L2Block[]
  /** While set, every call rejects with it. */
  failure: Error | null
}

const canyonParameters = '0x000000fa00000006'
const unsetParameters = '0x0000000000000000'

export function createFakeL2(config: RollupConfig): FakeL2 {
  let chain: L2Block[] = [genesisBlock(config)]
  const byHash = new Map<Hash, L2Block>([[config.genesis.l2.hash, chain[0]!]])

  const read = async <T>(get: () => T): Promise<T> => {
    if (l2.failure !== null) throw l2.failure
    return get()
  }

  const l2: FakeL2 = {
    failure: null,
    get chain() {
      return chain
    },
    get head() {
      return l2BlockRefFromPayload(config, chain.at(-1)!.payload)
    },
    at(number) {
      const block = chain[Number(number)]
      if (block === undefined) throw new Error(`fake L2: no block ${number}`)
      return block
    },
    ref: (number) => l2BlockRefFromPayload(config, l2.at(number).payload),
    build: (attributes) => l2.append(buildBlock(config, chain.at(-1)!, attributes)),
    append(block) {
      if (block.payload.parentHash !== l2.head.hash)
        throw new Error(`fake L2: block ${block.payload.blockNumber} is not the child of the head`)
      chain.push(block)
      byHash.set(block.payload.blockHash, block)
      return l2.head
    },
    rewind(number) {
      chain = chain.slice(0, Number(number) + 1)
      return l2.head
    },
    chainId: () => read(() => config.l2ChainId),
    blockByLabel: () => read(() => chain.at(-1) ?? null),
    blockByNumber: (number) => read(() => chain[Number(number)] ?? null),
    blockByHash: (hash) => read(() => byHash.get(hash) ?? null),
    syncProgress: () => read(() => null),
    storageRoot: () => read(() => zeroHash),
  }
  return l2
}

function genesisBlock(config: RollupConfig): L2Block {
  const { l2, l2Time, systemConfig } = config.genesis
  return {
    payload: {
      ...emptyPayload,
      blockNumber: l2.number,
      blockHash: l2.hash,
      timestamp: l2Time,
      gasLimit: systemConfig.gasLimit,
    },
  }
}

const emptyPayload = {
  parentHash: zeroHash,
  feeRecipient: `0x${'00'.repeat(20)}`,
  stateRoot: zeroHash,
  receiptsRoot: zeroHash,
  logsBloom: `0x${'00'.repeat(256)}`,
  prevRandao: zeroHash,
  gasUsed: 0n,
  extraData: '0x',
  baseFeePerGas: 1n,
  transactions: [],
} as const

function buildBlock(config: RollupConfig, parent: L2Block, attributes: PayloadAttributes): L2Block {
  const { timestamp, transactions, gasLimit, prevRandao, suggestedFeeRecipient } = attributes
  const text = JSON.stringify([parent.payload.blockHash, attributes], (_, value) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
  return {
    payload: {
      ...emptyPayload,
      parentHash: parent.payload.blockHash,
      blockNumber: parent.payload.blockNumber + 1n,
      blockHash: keccak256(new TextEncoder().encode(text)),
      feeRecipient: suggestedFeeRecipient,
      timestamp,
      transactions,
      gasLimit,
      prevRandao,
      extraData: extraDataOf(config, attributes),
    },
    ...(attributes.parentBeaconBlockRoot && { parentBeaconBlockRoot: attributes.parentBeaconBlockRoot }),
  }
}

function extraDataOf(config: RollupConfig, attributes: PayloadAttributes) {
  if (!isForkActive(config.forks, 'holocene', attributes.timestamp)) return '0x'
  const set = attributes.eip1559Params ?? unsetParameters
  return encodeExtraData(set === unsetParameters ? canyonParameters : set, attributes.minBaseFee)
}
