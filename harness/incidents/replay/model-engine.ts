import type { Hash } from 'viem'
import { type EngineApi, EngineApiError, engineErrorCode } from '../../../node/ports/engine-api.ts'
import type { L2Label, L2Source } from '../../../node/ports/l2-source.ts'
import type {
  ForkchoiceState,
  ForkchoiceUpdatedResult,
  PayloadEnvelope,
  PayloadStatus,
} from '../../../node/protocol/payload.ts'
import { zeroHash } from '../../../node/protocol/refs.ts'

/**
 * An execution engine that knows blocks by hash and parent alone: the rules of the Engine API without an EVM, for blocks
 * whose content is not known. Source: execution-apis, engine/paris.md, "engine_forkchoiceUpdatedV1".
 */
export interface ModelEngine extends EngineApi, L2Source {
  readonly latest: PayloadEnvelope
  /** What its peers have: it syncs to a head that they can serve. */
  readonly peers: Map<string, PayloadEnvelope>
  /** Adds blocks and makes the last of them the head. */
  adopt(blocks: readonly PayloadEnvelope[]): void
  /** As labels it had before. */
  label(labels: { readonly safe: Hash | null; readonly finalized: Hash | null }): void
  /** Loses every block above that number. */
  loseAbove(number: bigint): void
  /** Set: every call fails with it. */
  away: Error | null
}

export function createModelEngine(chainId: bigint, base: PayloadEnvelope): ModelEngine {
  const peers = new Map<string, PayloadEnvelope>()
  const blocks = new Map<string, PayloadEnvelope>([[base.payload.blockHash, base]])
  const baseNumber = base.payload.blockNumber
  let canonical: Hash[] = [base.payload.blockHash]
  let safe: Hash | null = null
  let finalized: Hash | null = null
  let syncing: Hash | null = null

  const at = (number: bigint) => canonical[Number(number - baseNumber)]
  const status = (kind: PayloadStatus['status']): PayloadStatus => ({
    ...{ status: kind, latestValidHash: null, validationError: null },
  })
  const isCanonical = (hash: Hash) => at(blocks.get(hash)?.payload.blockNumber ?? -1n) === hash

  function setHead(hash: Hash): void {
    const chain: Hash[] = []
    let block = blocks.get(hash)
    while (block !== undefined && !isCanonical(block.payload.blockHash)) {
      chain.push(block.payload.blockHash)
      block = blocks.get(block.payload.parentHash)
    }
    const kept = block === undefined ? 0 : Number(block.payload.blockNumber - baseNumber) + 1
    canonical = [...canonical.slice(0, kept), ...chain.reverse()]
  }

  /** Every block down to one that it has, or null when its peers lack one. */
  function fromPeers(head: Hash): readonly PayloadEnvelope[] | null {
    const missing: PayloadEnvelope[] = []
    for (let hash = head; !blocks.has(hash); ) {
      const block = peers.get(hash)
      if (block === undefined) return null
      missing.push(block)
      hash = block.payload.parentHash
    }
    return missing.reverse()
  }

  /** An engine answers SYNCING at least once before it has what it lacks. */
  function sync(head: Hash): boolean {
    const missing = fromPeers(head)
    if (syncing !== head || missing === null) {
      syncing = head
      return false
    }
    for (const block of missing) blocks.set(block.payload.blockHash, block)
    syncing = null
    return true
  }

  function isAncestor(hash: Hash, head: Hash): boolean {
    const number = blocks.get(hash)?.payload.blockNumber
    if (number === undefined) return false
    let block = blocks.get(head)
    while (block !== undefined && block.payload.blockNumber > number)
      block = blocks.get(block.payload.parentHash)
    return block?.payload.blockHash === hash
  }

  function update(state: ForkchoiceState): ForkchoiceUpdatedResult {
    const { headBlockHash: head, safeBlockHash, finalizedBlockHash } = state
    if (!blocks.has(head) && !sync(head)) return { payloadStatus: status('SYNCING'), payloadId: null }
    for (const [name, hash] of [
      ['safe', safeBlockHash],
      ['finalized', finalizedBlockHash],
    ] as const)
      if (hash !== zeroHash && !isAncestor(hash, head))
        throw new EngineApiError(
          engineErrorCode.invalidForkchoiceState,
          `${name} block is not an ancestor of the head`,
        )
    // A head that is a canonical ancestor moves the labels alone.
    if (!isCanonical(head)) setHead(head)
    if (safeBlockHash !== zeroHash) safe = safeBlockHash
    if (finalizedBlockHash !== zeroHash) finalized = finalizedBlockHash
    return { payloadStatus: { ...status('VALID'), latestValidHash: head }, payloadId: null }
  }

  const labelled = (label: L2Label) => {
    const hash = label === 'latest' ? canonical.at(-1) : label === 'safe' ? safe : finalized
    return hash === null || hash === undefined ? null : (blocks.get(hash) ?? null)
  }
  const serve = async <T>(work: () => T): Promise<T> => {
    if (engine.away !== null) throw engine.away
    return work()
  }

  const engine: ModelEngine = {
    ...{ peers, away: null },
    get latest() {
      return blocks.get(canonical.at(-1) ?? '') ?? base
    },
    adopt(envelopes) {
      for (const block of envelopes) blocks.set(block.payload.blockHash, block)
      const last = envelopes.at(-1)
      if (last !== undefined) setHead(last.payload.blockHash)
    },
    label(labels) {
      safe = labels.safe
      finalized = labels.finalized
    },
    loseAbove(number) {
      canonical = canonical.slice(0, Math.max(1, Number(number - baseNumber) + 1))
      const kept = new Set<string>(canonical)
      for (const hash of blocks.keys()) if (!kept.has(hash)) blocks.delete(hash)
      if (safe !== null && !kept.has(safe)) safe = null
      if (finalized !== null && !kept.has(finalized)) finalized = null
    },
    exchangeCapabilities: () => serve(() => []),
    newPayload: (envelope) =>
      serve(() => {
        const { blockHash, parentHash } = envelope.payload
        if (!blocks.has(parentHash)) return status('SYNCING')
        blocks.set(blockHash, envelope)
        return { ...status('VALID'), latestValidHash: blockHash }
      }),
    forkchoiceUpdated: (state) => serve(() => update(state)),
    getPayload: () =>
      serve(() => {
        throw new EngineApiError(engineErrorCode.unknownPayload, 'a model engine builds no blocks')
      }),
    chainId: () => serve(() => chainId),
    blockByLabel: (label) => serve(() => labelled(label)),
    blockByNumber: (number) => serve(() => blocks.get(at(number) ?? '') ?? null),
    blockByHash: (hash) => serve(() => blocks.get(hash) ?? null),
    syncProgress: () => serve(() => null),
    storageRoot: () => serve(() => zeroHash),
  }
  return engine
}
