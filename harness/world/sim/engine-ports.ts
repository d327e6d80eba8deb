import type { Hash } from 'viem'
import { orAbsent } from '../../../node/adapters/absence.ts'
import {
  createEngineApi,
  type EngineApiOptions,
  forkchoiceMethodVersion,
  getPayloadVersion,
  newPayloadVersion,
} from '../../../node/adapters/engine/engine-api.ts'
import { createL2Source } from '../../../node/adapters/engine/l2-source.ts'
import { createLruCache } from '../../../node/adapters/lru-cache.ts'
import type { ForkSchedule } from '../../../node/config/forks.ts'
import type { FinishedCall, JsonRpcClient } from '../../../node/json-rpc/client.ts'
import { JsonRpcError } from '../../../node/json-rpc/errors.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import { type EngineApi, EngineApiError } from '../../../node/ports/engine-api.ts'
import type { L2Block, L2Source } from '../../../node/ports/l2-source.ts'
import { quantityToJson } from '../../../node/protocol/json-schema.ts'
import type { PayloadEnvelope } from '../../../node/protocol/payload.ts'
import { findBlock } from '../../el/rpc/backend.ts'
import type { BlockId } from '../../el/rpc/params.ts'
import type { MemoryLink } from './memory-link.ts'
import type { Passage } from './passage.ts'
import type { EngineAtHand } from './provider.ts'

export interface EnginePortsOptions {
  readonly link: MemoryLink
  readonly forks: ForkSchedule
  readonly clock: Clock
  readonly timeoutMs: number
  readonly onCall: (call: FinishedCall) => void
}

/** As many as `createL2Source` remembers. */
const cacheBlocks = 64

/**
 * A node's ports to its engine. On a link that carries text they are the adapters of live nodes; otherwise the same calls
 * reach what the engine's methods call, with the rules of each version and the same errors, and nothing of either side is
 * written as JSON and read again. Nobody changes what passes: payloads and attributes are values.
 */
export function createEnginePorts({ link, forks, clock, timeoutMs, onCall }: EnginePortsOptions): {
  readonly engine: EngineApi
  readonly l2: L2Source
} {
  const apiOver = (rpc: JsonRpcClient): EngineApi => createEngineApi({ ...api, rpc })
  const api: Omit<EngineApiOptions, 'rpc'> = { forks, secretName: 'memory' }
  const { rpc, pass } = link.connect(clock, timeoutMs, onCall)
  const [engine, l2] = [apiOver(rpc), createL2Source({ rpc, forks })]
  if (pass === null) return { engine, l2 }

  async function call<T>(passage: Passage<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      return await pass!(passage, signal)
    } catch (error) {
      if (error instanceof JsonRpcError && error.code <= -38_000 && error.code > -38_100)
        throw new EngineApiError(error.code, `${passage.method}: ${error.message}`)
      throw error
    }
  }

  const blocks = createLruCache<Hash, L2Block>(cacheBlocks)
  async function block(
    [method, name]: readonly [string, string],
    id: BlockId,
    over: (source: L2Source) => Promise<L2Block | null>,
    signal: AbortSignal | undefined,
  ): Promise<L2Block | null> {
    const passage: Passage<L2Block | null> = {
      ...{ method, params: [name, true] },
      work: async ({ engine: at }) => findBlock(atHand(at).backend, id)?.envelope ?? null,
      result: (found) => found,
      over: (late) => over(createL2Source({ rpc: late, forks })),
    }
    const found = (await orAbsent(pass!(passage, signal))) as L2Block | null
    if (found !== null) blocks.set(found.payload.blockHash, found)
    return found
  }

  return {
    engine: {
      exchangeCapabilities: (signal) => engine.exchangeCapabilities(signal),
      newPayload(envelope, signal) {
        const { payload, parentBeaconBlockRoot = null } = envelope
        const version = newPayloadVersion(forks, payload.timestamp)
        const none = version === 2 ? null : []
        return call(
          {
            method: `engine_newPayloadV${version}`,
            params: [toldOf(envelope)],
            work: async ({ engine: at }) =>
              atHand(at).calls.newPayload(version, payload, {
                ...{ versionedHashes: none, parentBeaconBlockRoot },
                executionRequests: version === 4 ? [] : null,
              }),
            result: (status) => status,
            over: (late) => apiOver(late).newPayload(envelope),
          },
          signal,
        )
      },
      forkchoiceUpdated(state, attributes, signal) {
        const version = forkchoiceMethodVersion(forks, attributes)
        return call(
          {
            method: `engine_forkchoiceUpdatedV${version}`,
            params: [state, attributes === undefined ? null : {}],
            work: async ({ engine: at }) =>
              atHand(at).calls.forkchoiceUpdated(version, state, attributes ?? null),
            result: (updated) => updated,
            over: (late) => apiOver(late).forkchoiceUpdated(state, attributes),
          },
          signal,
        )
      },
      getPayload(id, timestamp, signal) {
        const version = getPayloadVersion(forks, timestamp)
        return call(
          {
            method: `engine_getPayloadV${version}`,
            params: [id],
            work: async ({ engine: at }) => (await atHand(at).calls.getPayload(version, id)).envelope,
            result: (envelope) => ({ executionPayload: toldOf(envelope) }),
            over: (late) => apiOver(late).getPayload(id, timestamp),
          },
          signal,
        )
      },
    },
    l2: {
      chainId: (signal) => l2.chainId(signal),
      blockByLabel: (tag, signal) =>
        block(['eth_getBlockByNumber', tag], { tag }, (source) => source.blockByLabel(tag), signal),
      blockByNumber(number, signal) {
        const called = ['eth_getBlockByNumber', quantityToJson(number)] as const
        return block(called, { number }, (source) => source.blockByNumber(number), signal)
      },
      async blockByHash(hash, signal) {
        const known = blocks.get(hash)
        if (known !== undefined) return known
        const id = { hash, requireCanonical: false }
        return block(['eth_getBlockByHash', hash], id, (source) => source.blockByHash(hash), signal)
      },
      syncProgress: (signal) => l2.syncProgress(signal),
      storageRoot: (address, blockHash, signal) => l2.storageRoot(address, blockHash, signal),
    },
  }
}

/** What an event tells of a payload. */
const toldOf = ({ payload }: PayloadEnvelope) => ({
  blockNumber: quantityToJson(payload.blockNumber),
  ...{ blockHash: payload.blockHash, parentHash: payload.parentHash },
})

function atHand(engine: EngineAtHand | undefined): EngineAtHand {
  if (engine === undefined) throw new Error('expected an engine at the end of the link, found something else')
  return engine
}
