import { errorText } from '../concurrency/error-text.ts'
import { createListeners } from '../concurrency/listeners.ts'
import type { Actor } from '../concurrency/supervise.ts'
import { l2BlockRefFromPayload } from '../protocol/block-ref.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import type { EngineClient, EngineFollowed, EngineReset, EngineState } from './engine-client.ts'
import type { EngineContext } from './engine-context.ts'
import { createEngineStore } from './engine-store.ts'
import { CriticalEngineError, EngineResetRequiredError, EngineStoppedError } from './errors.ts'
import { createInbox, repliesOf } from './inbox.ts'
import { createKnownBlocks } from './known-blocks.ts'
import type { EngineActorOptions } from './options.ts'
import { answerAll, type EngineRequest } from './requests.ts'
import type { QueuedTask } from './task-queue.ts'
import { idleCheckMs, needsResync } from './tasks/resync.ts'
import { type RanTask, runTask } from './tasks/run-task.ts'
import { createUnsafePayloadQueue } from './unsafe-payload-queue.ts'
import { createWalkMemory } from './walk-reads.ts'

/** How long a head that the execution engine syncs to is left alone before it is told again. */
const resyncDelayMs = 50

/** The engine actor: the one place that talks to the Engine API. */
export interface EngineActor extends EngineClient, Actor {}

/**
 * One inbox, one task at a time, served by (priority, order of arrival). A task that must wait goes back into the inbox
 * with a back-off, so that it blocks no other. `run` begins with a reset that reads the heads.
 */
export function createEngineActor(options: EngineActorOptions): EngineActor {
  const { clock, logger, metrics, l2, config } = options
  const inbox = createInbox(clock, Number(config.blockTime) * 1000)
  const resets = createListeners<EngineReset>()
  const followed = createListeners<EngineFollowed>()
  const store = createEngineStore(logger)
  const stop = new AbortController()
  const context: EngineContext = {
    ...options,
    elSync: options.elSync ?? true,
    initialElSync: options.initialElSync ?? null,
    isL1Settled: options.isL1Settled ?? (() => true),
    isL1InDoubt: options.isL1InDoubt ?? (() => false),
    store,
    unsafePayloads: createUnsafePayloadQueue(),
    knownBlocks: createKnownBlocks(),
    told: null,
    toldFinalized: null,
    confirmedFinalized: null,
    holdUntil: null,
    sync: null,
    gap: null,
    orphaned: null,
    following: null,
    lastFollowed: null,
    begunAdoption: null,
    onFollowed: followed.emit,
    backupUnsafe: null,
    provenSafe: null,
    walkMemory: createWalkMemory(),
    signal: stop.signal,
  }

  const settle = (task: QueuedTask, result: RanTask) => {
    switch (result.kind) {
      case 'done':
        return
      case 'later':
        return inbox.putBack(task, 'back-off')
      case 'again':
        return inbox.putBack(task, { atMs: clock.nowMs() })
      case 'at':
        return inbox.putBack(task, { atMs: result.timeMs })
      case 'reset':
        resets.emit(result.reset)
        if (task.request.kind === 'reset') answerAll(task.request.replies, result.reset)
        // Attributes that wait were derived for heads that are no more.
        for (const { request } of inbox.takeAll('consolidate')) request.reply.resolve({ kind: 'reset' })
    }
  }

  /** What failed goes back into the inbox; callers who decide for themselves, or need not wait, are told. */
  const fail = (task: QueuedTask, thrown: unknown) => {
    const { request } = task
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    if (stop.signal.aborted || error instanceof CriticalEngineError) {
      for (const reply of repliesOf(request)) reply.reject(error)
      throw error
    }
    const needsReset = error instanceof EngineResetRequiredError
    metrics.engineTasks.inc({ task: request.kind, outcome: needsReset ? 'reset' : 'temporary' })
    if (needsReset) inbox.requireReset(error.message)
    if (request.kind === 'seal' || request.kind === 'build') return request.reply.reject(error)
    logger.warn('an engine task has to wait', { task: request.kind, error: errorText(error) })
    letGo(request)
    inbox.putBack(task, 'back-off')
  }

  const countUnsafePayloads = () => {
    metrics.unsafePayloadsQueued.set(context.unsafePayloads.length)
    metrics.unsafePayloadsBytes.set(context.unsafePayloads.bytes)
  }

  /** Looks for work that the change of state made possible or necessary. */
  const followUp = (before: EngineState) => {
    const { unsafe, holding, elSyncing } = store.state
    // An engine that has just answered SYNCING is not asked again at once.
    if (needsResync(context)) inbox.ensure('resync', elSyncing ? resyncDelayMs : 0)
    else if (store.state.initialized && !inbox.has('resync')) inbox.ensure('resync', idleCheckMs(context))
    const mayInsert =
      unsafe !== before.unsafe || (before.holding && !holding) || (before.elSyncing && !elSyncing)
    if (mayInsert && context.unsafePayloads.length > 0) inbox.ensure('insert')
    countUnsafePayloads()
    metrics.engineQueueLength.set(inbox.length)
  }

  const runOne = async (task: QueuedTask) => {
    const before = store.state
    let result: RanTask | null = null
    try {
      result = await runTask(context, task.request)
    } catch (error) {
      fail(task, error)
    }
    if (result !== null) {
      metrics.engineTasks.inc({ task: task.request.kind, outcome: 'ok' })
      settle(task, result)
    }
    followUp(before)
  }

  return {
    name: 'engine',
    get state() {
      return store.state
    },
    subscribe: store.subscribe,
    onReset: resets.add,
    addUnsafePayload(envelope: PayloadEnvelope) {
      metrics.unsafePayloads.inc()
      const { verdict, evicted } = context.unsafePayloads.add(envelope, store.state)
      if (verdict !== 'queued') metrics.unsafePayloadsDropped.inc({ reason: verdict })
      if (evicted > 0) metrics.unsafePayloadsDropped.inc({ reason: 'full' }, evicted)
      countUnsafePayloads()
      if (verdict !== 'queued') return Promise.resolve()
      return inbox.askShared(
        'insert',
        (replies) => ({ kind: 'insert', replies }),
        (waiting) => {
          if (waiting.backOff === null) waiting.notBeforeMs = clock.nowMs()
        },
      )
    },
    consolidate: (attributes) => inbox.ask((reply) => ({ kind: 'consolidate', attributes, reply })),
    follow(target, confirmed, judgedMs = clock.nowMs()) {
      const given = { target, confirmed, validatedMs: clock.nowMs(), judgedMs }
      return inbox.askShared(
        'follow',
        (replies) => ({ kind: 'follow', given, replies }),
        (waiting) => {
          waiting.request.given = given
          waiting.backOff = null
          waiting.notBeforeMs = clock.nowMs()
        },
      )
    },
    onFollowed: followed.add,
    finalize: (block) =>
      inbox.askShared(
        'finalize',
        (replies) => ({ kind: 'finalize', block, replies }),
        (waiting) => {
          if (block.number > waiting.request.block.number) waiting.request.block = block
        },
      ),
    build: (attributes) => inbox.ask((reply) => ({ kind: 'build', attributes, reply })),
    seal: (job, onInserted = () => {}) => inbox.ask((reply) => ({ kind: 'seal', job, onInserted, reply })),
    reset: (reason, { keepsUnproven } = { keepsUnproven: false }) =>
      inbox.askShared(
        'reset',
        (replies) => ({ kind: 'reset', reason, keepsUnproven, replies }),
        () => {},
      ),
    async blockRefByNumber(number) {
      const block = await l2.blockByNumber(number)
      return block === null ? null : l2BlockRefFromPayload(config, block.payload)
    },
    async blockRefByHash(hash) {
      const block = await l2.blockByHash(hash)
      return block === null ? null : l2BlockRefFromPayload(config, block.payload)
    },
    async run(signal) {
      const abort = () => stop.abort(signal.reason)
      if (signal.aborted) abort()
      else signal.addEventListener('abort', abort, { once: true })
      if (!store.state.initialized) inbox.requireReset('start')
      try {
        for (;;) await runOne(await inbox.next(stop.signal))
      } catch (error) {
        if (!stop.signal.aborted) throw error
      } finally {
        signal.removeEventListener('abort', abort)
        const stopped = new EngineStoppedError('the engine actor has stopped')
        stop.abort(stopped)
        inbox.close(stopped)
      }
    },
  }
}

/** Answers callers of a request that is kept and tried again, but whose outcome they need not wait for. */
function letGo(request: EngineRequest): void {
  if (request.kind === 'follow') answerAll(request.replies, 'el-error')
  if (request.kind === 'insert') answerAll(request.replies, undefined)
}
