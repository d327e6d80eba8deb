import type { Hash, Hex } from 'viem'
import { errorText } from '../../../node/concurrency/error-text.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import type { Logger } from '../../../node/ports/logger.ts'
import type { PayloadAttributes } from '../../../node/protocol/payload.ts'
import type {
  BuildOptions,
  BuiltBlock,
  DaLimits,
  ExecutedBlock,
  RejectedTransaction,
} from '../execution/types.ts'
import type { Chain } from './chain.ts'
import { payloadIdOf } from './payload-id.ts'

/** The pool, as the builder sees it. */
export interface TransactionSource {
  /** Grows with every change, so that the builder knows when another pass can be better. */
  readonly version: number
  /** Best first for that base fee; each sender's by nonce. */
  best(baseFee: bigint): Iterable<Hex>
  /** Transactions that could not be included on that parent. */
  reject(transactions: readonly RejectedTransaction[]): void
}

export interface PayloadBuilderOptions {
  readonly chain: Chain
  readonly pool: TransactionSource
  readonly clock: Clock
  readonly logger: Logger
  /** Base fee of the block that these attributes make. */
  readonly nextBaseFee: (parent: ExecutedBlock, attributes: PayloadAttributes) => bigint
  /** For the next pass. */
  readonly daLimits: () => DaLimits
}

/** Jobs that are kept, as in geth; the oldest is forgotten first. */
const jobsMax = 10
/** A job that was not asked for by then is forgotten. */
const jobAgeMaxMs = 120_000
/** So long a job gets better; one that nobody asked for by then was given up. Geth's is 12 s, too. */
const improveMaxMs = 12_000
/**
 * What a pass may take in while somebody waits: before the forkchoice update is answered, and after the payload was
 * asked for. The number counts even when it takes longer, so that a starved machine still gets transactions into blocks;
 * but two passes, each with one transaction more than its time, have to fit into a slot of one second.
 */
const promptPass = { ms: 60, transactionsMin: 32, msMax: 250 }
/** A pool transaction that runs for longer is in no block: a slot has no room for it. */
const transactionMsMax = 200
/** Between passes in the background; at least this, and more when passes take long. */
const pauseMinMs = 200
const pausePerPassTime = 2

/** Made once: every block ends jobs, and a trace costs as much as building an empty one. */
const reasons = {
  anotherBegan: new Error('another job began'),
  askedFor: new Error('the payload was asked for'),
  forgotten: new Error('forgotten'),
  closing: new Error('shutting down'),
} as const

type ShouldStop = NonNullable<BuildOptions['shouldStop']>

interface Job {
  readonly id: Hex
  readonly parent: ExecutedBlock
  readonly attributes: PayloadAttributes
  readonly startedMs: number
  best: ExecutedBlock
  /** Of the pool, when the pass that made `best` began. */
  poolVersion: number
  /** The last pass saw every transaction of the pool. */
  complete: boolean
  /** The answer, once somebody asked: every later caller gets the same block. */
  answer: Promise<ExecutedBlock> | null
  passMs: number
  readonly stop: AbortController
}

/**
 * Builds payloads. The first pass ends before `start` returns, so that bad attributes are an error of the forkchoice
 * update and there is a block however early it is asked for. Then, while the pool has something new, further passes
 * make the block better until it is asked for.
 */
export class PayloadBuilder {
  readonly #options: PayloadBuilderOptions
  readonly #jobs = new Map<Hex, Job>()

  constructor(options: PayloadBuilderOptions) {
    this.#options = options
  }

  /** Timestamp of the job's block; undefined for an unknown id. */
  timestampOf(id: Hex): bigint | undefined {
    return this.#jobs.get(id)?.attributes.timestamp
  }

  /**
   * Starts a job, or finds the same one.
   * @throws InvalidBlockError when the attributes or one of their transactions are not valid.
   */
  async start(parent: ExecutedBlock, attributes: PayloadAttributes, version: 1 | 2 | 3): Promise<Hex> {
    const id = payloadIdOf(parent.hash, attributes, version)
    if (this.#jobs.has(id)) return id
    this.#forgetOldJobs()
    // Whoever starts another job has given up on the earlier ones; they can still be asked for.
    for (const job of this.#jobs.values()) job.stop.abort(reasons.anotherBegan)
    const { clock, pool } = this.#options
    const startedMs = clock.nowMs()
    const poolVersion = pool.version
    const first = await this.#pass(parent, attributes, this.#promptly())
    // The same update may have come twice at the same time.
    if (this.#jobs.has(id)) return id
    const job: Job = {
      id,
      parent,
      attributes,
      startedMs,
      best: first.block,
      poolVersion,
      complete: first.complete,
      answer: null,
      passMs: clock.nowMs() - startedMs,
      stop: new AbortController(),
    }
    this.#jobs.set(id, job)
    if (!attributes.noTxPool) void this.#improve(job)
    return id
  }

  /** The best block so far, and the end of its job. Undefined for an unknown id. */
  finish(id: Hex): Promise<ExecutedBlock> | undefined {
    const job = this.#jobs.get(id)
    if (job === undefined) return undefined
    job.answer ??= this.#finishJob(job)
    return job.answer
  }

  async #finishJob(job: Job): Promise<ExecutedBlock> {
    job.stop.abort(reasons.askedFor)
    if (job.attributes.noTxPool || !this.#canImprove(job)) return job.best
    try {
      await this.#improveOnce(job, this.#promptly())
    } catch (error) {
      this.#options.logger.warn('the last building pass failed', { id: job.id, error: errorText(error) })
    }
    return job.best
  }

  /** A block that was built here, and thus executed already. */
  built(hash: Hash): ExecutedBlock | undefined {
    for (const job of this.#jobs.values()) if (job.best.hash === hash) return job.best
    return undefined
  }

  close(): void {
    for (const job of this.#jobs.values()) job.stop.abort(reasons.closing)
    this.#jobs.clear()
  }

  /**
   * Ends a pass by the limits of `promptPass`, counted from its first pool transaction, and after one that ran for too
   * long: somebody waits, and such transactions leave the pool pass by pass.
   */
  #promptly(): ShouldStop {
    const { clock } = this.#options
    let asked = 0
    let beganMs = 0
    return (tooLong) => {
      if (asked++ === 0) beganMs = clock.nowMs()
      if (tooLong > 0) return true
      const passedMs = clock.nowMs() - beganMs
      return asked > promptPass.transactionsMin ? passedMs > promptPass.ms : passedMs > promptPass.msMax
    }
  }

  #canImprove(job: Job): boolean {
    return !job.complete || this.#options.pool.version !== job.poolVersion
  }

  async #improve(job: Job): Promise<void> {
    const { clock, chain, logger } = this.#options
    while (!job.stop.signal.aborted) {
      const pauseMs = Math.max(pauseMinMs, job.passMs * pausePerPassTime)
      await clock.sleep(pauseMs, job.stop.signal).catch(() => {})
      if (job.stop.signal.aborted || clock.nowMs() - job.startedMs > improveMaxMs) return
      if (!this.#canImprove(job)) continue
      try {
        // Somebody who waits for execution goes first: a payload to execute, or this one, asked for.
        await this.#improveOnce(job, () => job.stop.signal.aborted || chain.queue.waiting > 0)
      } catch (error) {
        logger.warn('a building pass failed', { id: job.id, error: errorText(error) })
      }
    }
  }

  async #improveOnce(job: Job, shouldStop: ShouldStop): Promise<void> {
    const { clock, pool } = this.#options
    const beganMs = clock.nowMs()
    const poolVersion = pool.version
    const pass = await this.#pass(job.parent, job.attributes, shouldStop)
    job.passMs = clock.nowMs() - beganMs
    // One that was cut short can be worse; one that saw the whole pool is what the pool now makes.
    if (!pass.complete && pass.block.header.gasUsed < job.best.header.gasUsed) return
    job.best = pass.block
    job.poolVersion = poolVersion
    job.complete = pass.complete
  }

  async #pass(
    parent: ExecutedBlock,
    attributes: PayloadAttributes,
    shouldStop: ShouldStop,
  ): Promise<{ readonly block: ExecutedBlock; readonly complete: boolean }> {
    const { chain, pool } = this.#options
    let complete = true
    const stop = (tooLong: number): boolean => {
      if (!shouldStop(tooLong)) return false
      complete = false
      return true
    }
    const built: BuiltBlock = await chain.queue.run(() => {
      const best = attributes.noTxPool ? [] : pool.best(this.#options.nextBaseFee(parent, attributes))
      const daLimits = this.#options.daLimits()
      const transactionLimit = { ms: transactionMsMax, nowMs: () => this.#options.clock.nowMs() }
      return chain.executor.build(parent.header, attributes, {
        ...{ pool: best, shouldStop: stop, daLimits, transactionLimit },
      })
    })
    // What cannot be on an ancestor of the head may well be on the head, where the pool stands.
    if (built.rejected.length > 0 && parent.hash === chain.head.hash) pool.reject(built.rejected)
    return { block: built.block, complete }
  }

  #forgetOldJobs(): void {
    const nowMs = this.#options.clock.nowMs()
    for (const [id, job] of this.#jobs) {
      if (this.#jobs.size < jobsMax && nowMs - job.startedMs <= jobAgeMaxMs) break
      job.stop.abort(reasons.forgotten)
      this.#jobs.delete(id)
    }
  }
}
