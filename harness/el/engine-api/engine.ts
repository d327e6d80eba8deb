import type { Hash, Hex } from 'viem'
import { errorText } from '../../../node/concurrency/error-text.ts'
import { JsonRpcError } from '../../../node/json-rpc/errors.ts'
import { engineErrorCode } from '../../../node/ports/engine-api.ts'
import type { Logger } from '../../../node/ports/logger.ts'
import type {
  ForkchoiceState,
  ForkchoiceUpdatedResult,
  PayloadAttributes,
  PayloadEnvelope,
  PayloadStatus,
} from '../../../node/protocol/payload.ts'
import { type Chain, invalid, valid } from '../chain/chain.ts'
import type { PayloadBuilder } from '../chain/payload-builder.ts'
import { type ExecutedBlock, InvalidBlockError } from '../execution/types.ts'
import type { TransactionPool } from '../pool/transaction-pool.ts'
import type { ChainSync } from '../sync/chain-sync.ts'
import type { ForkchoiceVersion, Refusal } from './versions.ts'

export interface EngineModules {
  readonly chain: Chain
  readonly builder: PayloadBuilder
  readonly pool: TransactionPool
  readonly sync: ChainSync
  readonly logger: Logger
}

/** What the Engine API does, without its JSON and its versions. */
export class Engine {
  readonly #modules: EngineModules
  #updates: Promise<unknown> = Promise.resolve()

  constructor(modules: EngineModules) {
    this.#modules = modules
  }

  /** @throws what the executor throws when it is at fault and not the payload. */
  newPayload(envelope: PayloadEnvelope): Promise<PayloadStatus> {
    const { chain, builder } = this.#modules
    const built = builder.built(envelope.payload.blockHash)
    if (built !== undefined) chain.adopt(built)
    return chain.newPayload(envelope)
  }

  /**
   * Updates come into effect one after the other, as the consensus layer sent them.
   * @throws JsonRpcError −38002 and −38003.
   */
  forkchoiceUpdated(
    state: ForkchoiceState,
    attributes: PayloadAttributes | null,
    version: ForkchoiceVersion,
    refusal: Refusal | null,
  ): Promise<ForkchoiceUpdatedResult> {
    const result = this.#updates.then(() => this.#update(state, attributes, version, refusal))
    this.#updates = result.catch(() => {})
    return result
  }

  /** @throws JsonRpcError −38001. */
  async getPayload(id: Hex): Promise<ExecutedBlock> {
    const block = this.#modules.builder.finish(id)
    if (block === undefined) throw unknownPayload(id)
    return block
  }

  async #update(
    state: ForkchoiceState,
    attributes: PayloadAttributes | null,
    version: ForkchoiceVersion,
    refusal: Refusal | null,
  ): Promise<ForkchoiceUpdatedResult> {
    const { chain, sync, pool, logger } = this.#modules
    const decision = chain.decide(state)
    switch (decision.kind) {
      case 'invalid':
        return withoutPayload(invalid(decision.latestValidHash, decision.reason))
      case 'syncing':
        sync.start(state)
        return withoutPayload({ status: 'SYNCING', latestValidHash: null, validationError: null })
      case 'inconsistent':
        logger.warn('refused a forkchoice update', { error: decision.reason, head: state.headBlockHash })
        throw new JsonRpcError(
          engineErrorCode.invalidForkchoiceState,
          `Invalid forkchoice state: ${decision.reason}`,
        )
      case 'apply': {
        // It was synced past, and its state is gone: it is executed again.
        const wanted = attributes === null ? [decision.head] : [decision.head, decision.named]
        if (!wanted.every(({ hash }) => chain.hasState(hash))) {
          sync.start(state)
          return withoutPayload({ status: 'SYNCING', latestValidHash: null, validationError: null })
        }
        sync.cancel()
        chain.apply(decision)
        const status = valid(decision.named.hash)
        if (attributes === null) return withoutPayload(status)
        // Bad attributes do not undo the update (execution-apis, engine/paris.md, point 7 of forkchoiceUpdatedV1).
        if (refusal !== null) throw new JsonRpcError(refusal.code, refusal.message)
        await pool.settled()
        return {
          payloadStatus: status,
          payloadId: await this.#startBuilding(decision.named.hash, attributes, version),
        }
      }
    }
  }

  async #startBuilding(
    parentHash: Hash,
    attributes: PayloadAttributes,
    version: ForkchoiceVersion,
  ): Promise<Hex> {
    const { chain, builder, logger } = this.#modules
    const parent = chain.store.byHash(parentHash)
    if (parent === undefined) throw new Error(`expected the parent ${parentHash} in the store, found nothing`)
    if (attributes.timestamp <= parent.header.timestamp)
      throw badAttributes(
        `invalid timestamp: expected more than the parent's ${parent.header.timestamp}, found ${attributes.timestamp}`,
      )
    try {
      return await builder.start(parent, attributes, version)
    } catch (error) {
      if (!(error instanceof InvalidBlockError)) throw error
      logger.warn('cannot build with these attributes', { parent: parentHash, error: errorText(error) })
      throw badAttributes(error.message)
    }
  }
}

function withoutPayload(payloadStatus: PayloadStatus): ForkchoiceUpdatedResult {
  return { payloadStatus, payloadId: null }
}

function badAttributes(reason: string): JsonRpcError {
  return new JsonRpcError(engineErrorCode.invalidPayloadAttributes, `Invalid payload attributes: ${reason}`)
}

export function unknownPayload(id: Hex): JsonRpcError {
  return new JsonRpcError(engineErrorCode.unknownPayload, `Unknown payload: no build job has the id ${id}`)
}
