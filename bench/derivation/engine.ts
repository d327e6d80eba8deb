import type { Hash, Hex } from 'viem'
import type { RollupConfig } from '../../node/config/rollup-config.ts'
import type { EngineApi } from '../../node/ports/engine-api.ts'
import type { L2Block, L2Label, L2Source } from '../../node/ports/l2-source.ts'
import type { PayloadAttributes } from '../../node/protocol/payload.ts'
import { type BenchL2, buildOn, createBenchL2 } from './l2.ts'

/** An engine that executes nothing and counts what it is asked. */
export interface BenchEngine extends EngineApi, L2Source {
  readonly l2: BenchL2
  readonly calls: Map<string, number>
}

const valid = { status: 'VALID', latestValidHash: null, validationError: null } as const

/** @param chain blocks that it has already, as an engine that got them by gossip; the last is its head. */
export function createBenchEngine(config: RollupConfig, chain: readonly L2Block[] = []): BenchEngine {
  const l2 = createBenchL2(config, chain.length)
  for (const block of chain) l2.append(block)
  const calls = new Map<string, number>()
  const labels = { safe: config.genesis.l2.hash, finalized: config.genesis.l2.hash }
  let building: L2Block | null = null

  const counted = <Args extends unknown[], T>(name: string, answer: (...args: Args) => T) => {
    return async (...args: Args): Promise<T> => {
      calls.set(name, (calls.get(name) ?? 0) + 1)
      return answer(...args)
    }
  }
  const labelled = (label: L2Label): Hash => (label === 'latest' ? l2.head.hash : labels[label])

  return {
    l2,
    calls,
    exchangeCapabilities: counted('exchangeCapabilities', () => []),
    newPayload: counted('newPayload', (block: L2Block) => {
      if (block.payload.parentHash === l2.head.hash) l2.append(block)
      return valid
    }),
    forkchoiceUpdated: counted('forkchoiceUpdated', (state, attributes?: PayloadAttributes) => {
      labels.safe = state.safeBlockHash
      labels.finalized = state.finalizedBlockHash
      if (attributes === undefined) return { payloadStatus: valid, payloadId: null }
      building = buildOn(l2.headBlock, attributes)
      return { payloadStatus: valid, payloadId: '0x0000000000000001' as Hex }
    }),
    getPayload: counted('getPayload', () => building!),
    chainId: counted('chainId', () => config.l2ChainId),
    blockByLabel: counted('blockByLabel', (label: L2Label) => l2.get(labelled(label))),
    blockByNumber: counted('blockByNumber', (number: bigint) => l2.get(number)),
    blockByHash: counted('blockByHash', (hash: Hash) => l2.get(hash)),
    syncProgress: () => l2.syncProgress(),
    storageRoot: (address, hash) => l2.storageRoot(address, hash),
  }
}
