import type { Hash } from 'viem'
import { createListeners } from '../../../node/concurrency/listeners.ts'
import type { Logger } from '../../../node/ports/logger.ts'
import { payloadBlockHash } from '../../../node/protocol/block-hash.ts'
import type { ForkchoiceState, PayloadEnvelope, PayloadStatus } from '../../../node/protocol/payload.ts'
import { type ExecutedBlock, type Executor, InvalidBlockError } from '../execution/types.ts'
import type { CanonicalChange } from './block-records.ts'
import { type BlockStore, toEntry } from './block-store.ts'
import { decideForkchoice, type ForkchoiceDecision } from './forkchoice.ts'
import { InvalidBlocks } from './invalid-blocks.ts'
import { RemotePayloads } from './remote-payloads.ts'
import { SerialQueue } from './serial-queue.ts'

/** Jobs of execution that may wait: one CL has a handful open, sync has one. */
const executionsWaitingMax = 64

export interface HeadChange extends CanonicalChange {
  readonly head: ExecutedBlock
}

/** The blocks of this engine: executes payloads, keeps them, and moves the three labels. */
export class Chain {
  readonly store: BlockStore
  readonly executor: Executor
  /** Everything that executes goes through it. */
  readonly queue = new SerialQueue(executionsWaitingMax)
  readonly remotePayloads = new RemotePayloads()
  readonly invalidBlocks = new InvalidBlocks()
  readonly #logger: Logger
  readonly #headChanges = createListeners<HeadChange>()

  constructor(executor: Executor, store: BlockStore, logger: Logger) {
    this.executor = executor
    this.store = store
    this.#logger = logger
  }

  get head(): ExecutedBlock {
    return this.store.head
  }

  /** `null` until a forkchoice update names one. */
  get safe(): ExecutedBlock | null {
    return this.store.safe
  }

  get finalized(): ExecutedBlock | null {
    return this.store.finalized
  }

  /** Hears of every change of the canonical chain, after it was made. */
  onHeadChange(listener: (change: HeadChange) => void): () => void {
    return this.#headChanges.add(listener)
  }

  /** Keeps a block that was built here, unless its state is not held any more: then it is executed like any other. */
  adopt(block: ExecutedBlock): void {
    if (this.executor.hasState(block.header.stateRoot)) this.store.add(block)
  }

  /**
   * Answers `engine_newPayload`: executes the payload when its parent is here, remembers it when not, and never moves
   * a label nor starts a sync. Source: execution-apis engine/paris.md, "Payload validation"; where the parent's state is
   * gone, geth, which answers ACCEPTED.
   * @throws what the executor throws when it is at fault and not the payload.
   */
  async newPayload(envelope: PayloadEnvelope): Promise<PayloadStatus> {
    const { payload } = envelope
    const found = payloadBlockHash(envelope)
    if (found !== payload.blockHash)
      return invalid(null, `blockhash mismatch, want ${payload.blockHash}, got ${found}`)
    if (this.store.byHash(payload.blockHash) !== undefined) return valid(payload.blockHash)
    const rejected =
      this.invalidBlocks.latestValidAncestor(payload.blockHash) ??
      this.invalidBlocks.latestValidAncestor(payload.parentHash, payload.blockHash)
    if (rejected !== undefined) return invalid(rejected, 'links to previously rejected block')
    const parent = this.store.byHash(payload.parentHash)
    if (parent === undefined) {
      this.remotePayloads.add(envelope)
      this.#logger.debug('remembered a payload without its parent', {
        number: payload.blockNumber,
        hash: payload.blockHash,
      })
      return { status: 'SYNCING', latestValidHash: null, validationError: null }
    }
    if (!this.executor.hasState(parent.header.stateRoot)) {
      this.remotePayloads.add(envelope)
      this.#logger.warn('remembered a payload whose parent’s state was dropped', {
        number: payload.blockNumber,
        hash: payload.blockHash,
      })
      return { status: 'ACCEPTED', latestValidHash: null, validationError: null }
    }
    return this.execute(envelope)
  }

  /**
   * Executes a payload whose parent is here. The answer is VALID or INVALID.
   * @param lasts `soon` when nobody hears of the block before a later one was kept.
   * @throws as `newPayload`.
   */
  execute(envelope: PayloadEnvelope, lasts: 'now' | 'soon' = 'now'): Promise<PayloadStatus> {
    const { payload } = envelope
    return this.queue.run(async () => {
      if (this.store.byHash(payload.blockHash) !== undefined) return valid(payload.blockHash)
      const parent = this.store.byHash(payload.parentHash)
      if (parent === undefined) throw new Error(`expected the parent ${payload.parentHash}, it is gone`)
      try {
        const block = await this.executor.execute(parent.header, envelope)
        if (lasts === 'now') this.store.add(block)
        else this.store.addSoon(block)
      } catch (error) {
        if (!(error instanceof InvalidBlockError)) throw error
        this.#logger.warn('invalid block', {
          number: payload.blockNumber,
          hash: payload.blockHash,
          error: error.message,
        })
        this.invalidBlocks.add(payload.blockHash, parent.hash)
        return invalid(parent.hash, error.message)
      }
      this.remotePayloads.delete(payload.blockHash)
      return valid(payload.blockHash)
    })
  }

  /** False for a block whose state is not held any more. */
  hasState(hash: Hash): boolean {
    const header = this.store.header(hash)
    return header !== undefined && this.executor.hasState(header.stateRoot)
  }

  /**
   * Executes again what leads from the nearest ancestor with a state to this block, and keeps the state of this block alone:
   * a fork may begin at a block that was old already when the chain above it was synced. Source: geth, `recoverAncestors`.
   */
  async regainState(hash: Hash, signal: AbortSignal): Promise<void> {
    const lost: Hash[] = []
    for (let cursor = hash; !this.hasState(cursor); ) {
      lost.push(cursor)
      const header = this.store.header(cursor)
      if (header === undefined) throw new Error(`expected block ${cursor} in the store, found nothing`)
      cursor = header.parentHash
    }
    if (lost.length > 0)
      this.#logger.info('executing again what leads to a lost state', { blocks: lost.length })
    let before: Hash | null = null
    for (const next of lost.reverse()) {
      signal.throwIfAborted()
      await this.queue.run(async () => {
        const block = this.store.byHash(next)
        const parent = block === undefined ? undefined : this.store.header(block.header.parentHash)
        if (block === undefined || parent === undefined) throw new Error(`block ${next} is gone`)
        this.store.regain(await this.executor.execute(parent, block.envelope))
        if (before !== null) this.store.loseState(before)
      })
      before = next
    }
  }

  /** What the update would do; changes nothing. */
  decide(state: ForkchoiceState): ForkchoiceDecision {
    return decideForkchoice(
      {
        head: toEntry(this.head),
        block: (hash) => this.store.entry(hash),
        canonicalHash: (number) => this.store.canonicalHash(number),
        latestValidAncestorOfInvalid: (hash) => this.#latestValidAncestorOfInvalid(hash),
      },
      state,
    )
  }

  /** Makes a decision true. */
  apply(decision: Extract<ForkchoiceDecision, { readonly kind: 'apply' }>): void {
    const { head, movement, commonAncestor, safe, finalized } = decision
    const change = this.store.move({
      head: head.hash,
      commonAncestor: commonAncestor.hash,
      safe: safe?.hash ?? null,
      finalized: finalized?.hash ?? null,
    })
    if (movement === 'reorg')
      this.#logger.info('reorganised the chain', {
        head: head.hash,
        number: head.number,
        commonAncestor: commonAncestor.number,
        removed: change.removed.length,
        added: change.added.length,
      })
    if (movement !== 'none') this.#headChanges.emit({ ...change, head: this.head })
  }

  #latestValidAncestorOfInvalid(hash: Hash): Hash | null | undefined {
    const known = this.invalidBlocks.latestValidAncestor(hash)
    if (known !== undefined) return known
    const parent = this.remotePayloads.get(hash)?.payload.parentHash
    return parent === undefined ? undefined : this.invalidBlocks.latestValidAncestor(parent, hash)
  }
}

export function valid(latestValidHash: Hash): PayloadStatus {
  return { status: 'VALID', latestValidHash, validationError: null }
}

export function invalid(latestValidHash: Hash | null, validationError: string): PayloadStatus {
  return { status: 'INVALID', latestValidHash, validationError }
}
