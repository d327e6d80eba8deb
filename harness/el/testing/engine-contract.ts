import type { Hash, Hex } from 'viem'
import type { EngineApi } from '../../../node/ports/engine-api.ts'
import { EngineApiError } from '../../../node/ports/engine-api.ts'
import { payloadBlockHash } from '../../../node/protocol/block-hash.ts'
import type {
  ExecutionPayload,
  ForkchoiceState,
  PayloadAttributes,
  PayloadEnvelope,
} from '../../../node/protocol/payload.ts'
import { zeroHash } from '../../../node/protocol/refs.ts'

/** An engine as a case of the contract drives it. */
export interface ContractEngine {
  readonly api: EngineApi
  /** Puts a transaction into its pool. */
  send(raw: Hex): Promise<void>
  /** Hashes of the blocks that it calls so; null where there is none. */
  labels(): Promise<Readonly<Record<'latest' | 'safe' | 'finalized', Hash | null>>>
  restart(): Promise<void>
  /** Stops it, wipes it and starts it. */
  wipe(): Promise<void>
}

/** What a case has: two engines of one kind with the same genesis block. */
export interface ContractStand {
  readonly genesis: Hash
  readonly engine: ContractEngine
  readonly peer: ContractEngine
  /** Makes the two engines peers of each other. */
  connect(): Promise<void>
  /** Lets so much time pass. */
  wait(ms: number): Promise<void>
  /** Of a block so many seconds after genesis; `salt` makes siblings differ. */
  attributes(
    seconds: number,
    over?: Partial<PayloadAttributes> & { readonly salt?: number },
  ): PayloadAttributes
  /** A signed transfer of an account that has money. */
  transfer(nonce: number): Promise<Hex>
}

/**
 * What an engine answered in a case, a line each, with names in place of hashes: answers of engines whose blocks have
 * different hashes compare equal.
 */
export class Answers {
  readonly lines: string[] = []
  readonly #names = new Map<Hash, string>()
  readonly #stand: ContractStand

  constructor(stand: ContractStand) {
    this.#stand = stand
    this.#names.set(stand.genesis, 'genesis')
  }

  name(block: PayloadEnvelope, name: string): PayloadEnvelope {
    this.#names.set(block.payload.blockHash, name)
    return block
  }

  /** Builds a block, and makes nothing of it. */
  async built(name: string, parent: Hash, attributes: PayloadAttributes, on = this.#stand.engine) {
    const { payloadId } = await on.api.forkchoiceUpdated(headOnly(parent), attributes)
    if (payloadId === null) throw new Error(`${name}: no build job on ${this.#of(parent)}`)
    return this.name(await on.api.getPayload(payloadId, attributes.timestamp), name)
  }

  /** Builds a block and makes it the head. */
  async added(name: string, parent: Hash, attributes: PayloadAttributes, on = this.#stand.engine) {
    const block = await this.built(name, parent, attributes, on)
    await on.api.newPayload(block)
    await on.api.forkchoiceUpdated(headOnly(block.payload.blockHash))
    return block
  }

  async payload(block: PayloadEnvelope, on = this.#stand.engine): Promise<void> {
    await this.#line(async () => {
      const { status, latestValidHash } = await on.api.newPayload(block)
      return `payload ${this.#of(block.payload.blockHash)}: ${status} ${this.#of(latestValidHash)}`
    })
  }

  async update(
    state: ForkchoiceState,
    attributes?: PayloadAttributes,
    on = this.#stand.engine,
  ): Promise<void> {
    await this.#line(async () => {
      const { payloadStatus, payloadId } = await on.api.forkchoiceUpdated(state, attributes)
      const { status, latestValidHash } = payloadStatus
      const job = payloadId === null ? '' : ', job'
      return `update ${this.#of(state.headBlockHash)}: ${status} ${this.#of(latestValidHash)}${job}`
    })
  }

  async labels(on = this.#stand.engine): Promise<void> {
    const { latest, safe, finalized } = await on.labels()
    this.lines.push(`latest ${this.#of(latest)}, safe ${this.#of(safe)}, finalized ${this.#of(finalized)}`)
  }

  async says(work: () => Promise<string>): Promise<void> {
    await this.#line(work)
  }

  async #line(work: () => Promise<string>): Promise<void> {
    try {
      this.lines.push(await work())
    } catch (error) {
      if (!(error instanceof EngineApiError)) throw error
      this.lines.push(`error ${error.code}`)
    }
  }

  #of(hash: Hash | null): string {
    return hash === null ? 'nothing' : (this.#names.get(hash) ?? 'unnamed')
  }
}

export function headOnly(head: Hash, safe: Hash = zeroHash, finalized: Hash = zeroHash): ForkchoiceState {
  return { headBlockHash: head, safeBlockHash: safe, finalizedBlockHash: finalized }
}

/** The block with some fields changed, and the hash that they give. */
export function forged(block: PayloadEnvelope, over: Partial<ExecutionPayload>): PayloadEnvelope {
  const changed = { ...block, payload: { ...block.payload, ...over } }
  return { ...changed, payload: { ...changed.payload, blockHash: payloadBlockHash(changed) } }
}
