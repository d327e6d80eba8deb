import type { Hash, Hex } from 'viem'
import { type EngineApi, EngineApiError, engineErrorCode } from '../../ports/engine-api.ts'
import type { L2Label, L2Source, L2SyncProgress } from '../../ports/l2-source.ts'
import { payloadBlockHash } from '../../protocol/block-hash.ts'
import type {
  ForkchoiceState,
  ForkchoiceUpdatedResult,
  PayloadAttributes,
  PayloadEnvelope,
  PayloadStatus,
} from '../../protocol/payload.ts'
import { zeroHash } from '../../protocol/refs.ts'
import { buildPayload, type TestChain } from './test-chain.ts'

/** A forkchoice update as the fake engine received it. */
export interface ReceivedForkchoice extends ForkchoiceState {
  readonly attributes: PayloadAttributes | null
  readonly answer: PayloadStatus['status'] | 'refused'
}

/** The methods of {@link FakeEngine} that can be made to fail. */
export type FakeEngineMethod = keyof EngineApi | keyof L2Source

/**
 * An execution engine in memory, for tests, with the rules of the Engine API that a consensus node depends on: the head
 * of a forkchoice update is looked at before its labels; an unknown head answers SYNCING and starts a sync; `newPayload`
 * with an unknown parent answers SYNCING and does not; labels must be ancestors of the head (−38002); a head that is a
 * canonical ancestor moves the labels and leaves `latest` where it is, and a block can be built on it.
 */
export interface FakeEngine extends EngineApi, L2Source {
  /** Hash of the latest block. */
  readonly head: Hash
  /** The canonical block at that number; throws when there is none. */
  at(number: bigint): PayloadEnvelope
  readonly latest: PayloadEnvelope
  /** Number of a block that it ever had or was told of. */
  numberOf(hash: Hash): bigint | undefined
  /** Hashes of the labels; null when never set. */
  readonly safe: Hash | null
  readonly finalized: Hash | null
  /** Every forkchoice update, in order. */
  readonly forkchoices: readonly ReceivedForkchoice[]
  /** Number of calls, by method. */
  readonly calls: ReadonlyMap<FakeEngineMethod, number>
  /** Decides whether a call fails, before it does anything. */
  failure: (method: FakeEngineMethod) => Error | null
  /** Decides whether the answer of a call is lost after the call did its work. */
  loss: (method: FakeEngineMethod) => Error | null
  /** What its peers have, by hash. */
  readonly peers: Map<Hash, PayloadEnvelope>
  /** How many forkchoice updates answer SYNCING before a sync that peers can serve ends; Infinity: never by itself. */
  syncUpdates: number
  /** What it says of a sync. */
  progress: L2SyncProgress | null
  /** Ends the running sync now; answers whether peers had every block. */
  completeSync(): boolean
  /** Judged INVALID when inserted. */
  readonly invalidBlocks: Set<Hash>
  /** Transactions that make every block with them INVALID when it is inserted. */
  readonly invalidTransactions: Set<Hex>
  /** Transactions that may not be in attributes (−38003). */
  readonly refusedTransactions: Set<Hex>
  /** The transaction pool. */
  pool: readonly Hex[]
  /** A restart after which only the canonical blocks up to that number are left; payload builds are gone. */
  restartAt(number: bigint): void
  /** Adds valid blocks without making them canonical. */
  store(...envelopes: readonly PayloadEnvelope[]): void
  /** Adds valid blocks and makes the last of them the head, as before the test began. */
  adopt(...envelopes: readonly PayloadEnvelope[]): void
  /** Sets the labels as they were before the test began. */
  label(labels: { safe?: PayloadEnvelope; finalized?: PayloadEnvelope }): void
}

export function createFakeEngine({ config, genesis }: TestChain): FakeEngine {
  const peers = new Map<Hash, PayloadEnvelope>()
  let blocks = new Map<Hash, PayloadEnvelope>([[genesis.payload.blockHash, genesis]])
  /** Payloads without a parent: kept for a later sync. */
  const remote = new Map<Hash, PayloadEnvelope>()
  const builds = new Map<Hex, PayloadEnvelope>()
  const forkchoices: ReceivedForkchoice[] = []
  const calls = new Map<FakeEngineMethod, number>()
  const numbers = new Map<Hash, bigint>([[genesis.payload.blockHash, genesis.payload.blockNumber]])
  let canonical: Hash[] = [genesis.payload.blockHash]
  let safe: Hash | null = null
  let finalized: Hash | null = null
  let sync: { readonly target: Hash; updates: number } | null = null
  let nextPayloadId = 1

  const status = (kind: PayloadStatus['status'], error: string | null = null): PayloadStatus => ({
    status: kind,
    latestValidHash: null,
    validationError: error,
  })
  const valid = (hash: Hash): PayloadStatus => ({ ...status('VALID'), latestValidHash: hash })
  const serve = async <T>(method: FakeEngineMethod, work: () => T): Promise<T> => {
    calls.set(method, (calls.get(method) ?? 0) + 1)
    const failure = engine.failure(method)
    if (failure !== null) throw failure
    const result = work()
    const loss = engine.loss(method)
    if (loss !== null) throw loss
    return result
  }

  const setHead = (hash: Hash) => {
    const chain: Hash[] = []
    for (let block = blocks.get(hash); block !== undefined; block = blocks.get(block.payload.parentHash)) {
      const { blockHash, blockNumber } = block.payload
      if (canonical[Number(blockNumber)] === blockHash) break
      chain.push(blockHash)
    }
    const base = Number(blocks.get(hash)!.payload.blockNumber) - chain.length
    canonical = [...canonical.slice(0, base + 1), ...chain.reverse()]
  }
  const isCanonical = (hash: Hash) =>
    canonical[Number(blocks.get(hash)?.payload.blockNumber ?? canonical.length)] === hash
  const isAncestor = (hash: Hash, head: Hash): boolean => {
    const number = blocks.get(hash)?.payload.blockNumber
    if (number === undefined) return false
    let block = blocks.get(head)
    while (block !== undefined && block.payload.blockNumber > number)
      block = blocks.get(block.payload.parentHash)
    return block?.payload.blockHash === hash
  }

  const judge = (envelope: PayloadEnvelope): string | null => {
    const { payload } = envelope
    const parent = blocks.get(payload.parentHash)?.payload
    if (engine.invalidBlocks.has(payload.blockHash)) return 'marked invalid'
    if (payload.transactions.some((transaction) => engine.invalidTransactions.has(transaction)))
      return 'invalid transaction'
    if (parent !== undefined && payload.blockNumber !== parent.blockNumber + 1n) return 'invalid number'
    if (parent !== undefined && payload.timestamp <= parent.timestamp) return 'invalid timestamp'
    return null
  }

  const completeSync = (): boolean => {
    if (sync === null) return true
    const missing: PayloadEnvelope[] = []
    let hash = sync.target
    while (!blocks.has(hash)) {
      const block = remote.get(hash) ?? peers.get(hash)
      if (block === undefined || judge(block) !== null) return false
      missing.push(block)
      hash = block.payload.parentHash
    }
    for (const block of missing.reverse()) blocks.set(block.payload.blockHash, block)
    setHead(sync.target)
    sync = null
    return true
  }

  const update = (
    state: ForkchoiceState,
    attributes: PayloadAttributes | undefined,
  ): ForkchoiceUpdatedResult => {
    const { headBlockHash, safeBlockHash, finalizedBlockHash } = state
    if (engine.invalidBlocks.has(headBlockHash))
      return { payloadStatus: status('INVALID', 'marked invalid'), payloadId: null }
    if (sync !== null && sync.target === headBlockHash && sync.updates++ >= engine.syncUpdates) completeSync()
    if (!blocks.has(headBlockHash)) {
      if (sync?.target !== headBlockHash) sync = { target: headBlockHash, updates: 1 }
      return { payloadStatus: status('SYNCING'), payloadId: null }
    }
    for (const [name, hash] of [
      ['safe', safeBlockHash],
      ['finalized', finalizedBlockHash],
    ] as const)
      if (hash !== zeroHash && !isAncestor(hash, headBlockHash))
        throw new EngineApiError(
          engineErrorCode.invalidForkchoiceState,
          `${name} block is not an ancestor of the head`,
        )
    sync = null
    if (!isCanonical(headBlockHash)) setHead(headBlockHash)
    if (safeBlockHash !== zeroHash) safe = safeBlockHash
    if (finalizedBlockHash !== zeroHash) finalized = finalizedBlockHash
    if (attributes === undefined) return { payloadStatus: valid(headBlockHash), payloadId: null }
    const parent = blocks.get(headBlockHash)!.payload
    if (
      attributes.timestamp <= parent.timestamp ||
      attributes.transactions.some((transaction) => engine.refusedTransactions.has(transaction))
    )
      throw new EngineApiError(engineErrorCode.invalidPayloadAttributes, 'invalid payload attributes')
    const payloadId: Hex = `0x${(nextPayloadId++).toString(16).padStart(16, '0')}`
    builds.set(payloadId, buildPayload(config, parent, attributes, engine.pool))
    return { payloadStatus: valid(headBlockHash), payloadId }
  }

  const labelled = (label: L2Label): PayloadEnvelope | null => {
    const hash = label === 'latest' ? canonical.at(-1)! : label === 'safe' ? safe : finalized
    return hash === null ? null : (blocks.get(hash) ?? null)
  }

  const engine: FakeEngine = {
    failure: () => null,
    loss: () => null,
    syncUpdates: Number.POSITIVE_INFINITY,
    progress: null,
    invalidBlocks: new Set(),
    invalidTransactions: new Set(),
    refusedTransactions: new Set(),
    pool: [],
    peers,
    forkchoices,
    calls,
    completeSync,
    get head() {
      return canonical.at(-1)!
    },
    get latest() {
      return blocks.get(canonical.at(-1)!)!
    },
    get safe() {
      return safe
    },
    get finalized() {
      return finalized
    },
    numberOf: (hash) => numbers.get(hash),
    at(number) {
      const block = blocks.get(canonical[Number(number)] ?? zeroHash)
      if (block === undefined)
        throw new Error(`fake engine: no block ${number}, the head is ${canonical.length - 1}`)
      return block
    },
    restartAt(number) {
      canonical = canonical.slice(0, Number(number) + 1)
      blocks = new Map(canonical.map((hash) => [hash, blocks.get(hash)!]))
      remote.clear()
      builds.clear()
      sync = null
      if (safe !== null && !blocks.has(safe)) safe = null
      if (finalized !== null && !blocks.has(finalized)) finalized = null
    },
    store(...envelopes) {
      for (const envelope of envelopes) blocks.set(envelope.payload.blockHash, envelope)
    },
    adopt(...envelopes) {
      engine.store(...envelopes)
      const last = envelopes.at(-1)
      if (last !== undefined) setHead(last.payload.blockHash)
    },
    label(labels) {
      if (labels.safe !== undefined) safe = labels.safe.payload.blockHash
      if (labels.finalized !== undefined) finalized = labels.finalized.payload.blockHash
    },
    exchangeCapabilities: () => serve('exchangeCapabilities', () => []),
    newPayload: (envelope) =>
      serve('newPayload', () => {
        const { blockHash, parentHash, blockNumber } = envelope.payload
        numbers.set(blockHash, blockNumber)
        if (payloadBlockHash(envelope) !== blockHash) return status('INVALID_BLOCK_HASH')
        const problem = judge(envelope)
        if (problem !== null) return status('INVALID', problem)
        if (blocks.has(blockHash)) return valid(blockHash)
        if (!blocks.has(parentHash)) {
          remote.set(blockHash, envelope)
          return status('SYNCING')
        }
        blocks.set(blockHash, envelope)
        return valid(blockHash)
      }),
    forkchoiceUpdated: (state, attributes) =>
      serve('forkchoiceUpdated', () => {
        const received = { ...state, attributes: attributes ?? null }
        try {
          const result = update(state, attributes)
          forkchoices.push({ ...received, answer: result.payloadStatus.status })
          return result
        } catch (error) {
          forkchoices.push({ ...received, answer: 'refused' })
          throw error
        }
      }),
    getPayload: (payloadId) =>
      serve('getPayload', () => {
        const envelope = builds.get(payloadId)
        if (envelope === undefined)
          throw new EngineApiError(engineErrorCode.unknownPayload, 'unknown payload')
        return envelope
      }),
    chainId: () => serve('chainId', () => config.l2ChainId),
    blockByLabel: (label) => serve('blockByLabel', () => labelled(label)),
    blockByNumber: (number) =>
      serve('blockByNumber', () => blocks.get(canonical[Number(number)] ?? zeroHash) ?? null),
    blockByHash: (hash) => serve('blockByHash', () => blocks.get(hash) ?? null),
    syncProgress: () => serve('syncProgress', () => engine.progress),
    storageRoot: () => serve('storageRoot', () => zeroHash),
  }
  return engine
}
