import { withoutUndefined } from '../../node/protocol/without-undefined.ts'
import type { WorldEvent } from '../events/event.ts'
import { InvariantViolation } from '../invariants/invariant.ts'
import { watchInvariants } from '../invariants/monitor.ts'
import { startTransfers } from '../load/transfers.ts'
import { ModelViolation } from '../model/model-violation.ts'
import { watchModels } from '../model/watch-models.ts'
import type { EngineKind } from '../world/engine-kind.ts'
import { SimulationStuck } from '../world/sim/virtual-clock.ts'
import type { World, WorldEnd, WorldFactory } from '../world/world.ts'
import { type Case, type Deed, topologyOf, type Violation } from './case.ts'
import { notConverged, sameBlock, wrongGasLimit } from './converge.ts'
import { wrongOfL1 } from './l1-in-l2.ts'
import { wrongRecord } from './safe-head-records.ts'
import { wrongUpgrade } from './upgrade-block.ts'
import { doDeed, keepSequencing } from './world-deeds.ts'
import { withoutStranger } from './write-inbox.ts'

export interface CaseOutcome {
  /** Null when everything held. */
  readonly violation: Violation | null
  /** The newest event when it was violated: the one that shows it. */
  readonly event: WorldEvent | null
  /** The marks that were reached, `MARK @ NODE`. */
  readonly marks: readonly string[]
  /** How long the run was by its own clock, in milliseconds. */
  readonly virtualMs: number
  /** How many times faults did something. */
  readonly hits: number
}

export interface RunCaseOptions {
  readonly startWorld: (
    options: Parameters<WorldFactory>[0] & {
      readonly seed: string
      readonly observationsPerBlock?: number
      readonly l1PollsPerBlock?: number
      readonly batcherPollsPerBlock?: number
      readonly engine?: EngineKind
    },
  ) => Promise<World>
  readonly onEvent?: (event: WorldEvent) => void
}

/** How often it is looked whether a world has converged. */
const lookMs = 2_000
/** How many blocks a fresh deriver must have at least of what was safe when everything had converged: all of them. */
const freshMs = 300_000

/** Not converged, or derived another chain. */
class RunViolation extends Error {
  override readonly name = 'RunViolation'
  readonly reason: string
  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

/**
 * Runs a case: deeds at their times under the watch of the invariants and of the model of follow mode; then all faults
 * end and everything must converge; then a fresh node derives the same chain from the same L1.
 * @throws what kept the world from starting.
 */
export async function runCase(one: Case, options: RunCaseOptions): Promise<CaseOutcome> {
  const marks = new Set<string>()
  let last: WorldEvent | null = null
  let hits = 0
  const started = { ms: 0 }
  const world = await options.startWorld({
    topology: topologyWithFresh(one),
    ...{ name: one.name, seed: one.seed },
    ...withoutUndefined({
      observationsPerBlock: one.observationsPerBlock,
      l1PollsPerBlock: one.l1PollsPerBlock,
      batcherPollsPerBlock: one.batcherPollsPerBlock,
      engine: one.engine,
      roughNetwork: one.roughNetwork,
    }),
    stopped: [...one.stopped, fresh],
    onEvent(event) {
      last = event
      if (event.kind === 'run') started.ms = event.t
      if (event.kind === 'reach')
        marks.add(event.node === undefined ? event.mark : `${event.mark} @ ${event.node}`)
      if (event.kind === 'fault' && event.action === 'hit') hits++
      options.onEvent?.(event)
    },
  })
  const watch = watchInvariants(world)
  const endModels = watchModels(world)
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => {})
  let event: WorldEvent | null = null
  const onFailed = () => {
    event = last
    failure.reject(world.failed.reason)
  }
  world.failed.addEventListener('abort', onFailed, { once: true })
  if (world.failed.aborted) onFailed()
  let virtualMs = 0
  let end: WorldEnd = { outcome: 'passed' }
  const outcome = (violation: Violation | null): CaseOutcome => {
    if (violation !== null) end = { outcome: 'failed', message: `${violation.reason}: ${violation.found}` }
    return { violation, event: violation === null ? null : event, marks: [...marks].sort(), virtualMs, hits }
  }
  try {
    await Promise.race([world.within(() => live(world, one)), failure.promise])
    virtualMs = world.clock.nowMs() - started.ms
    return outcome(null)
  } catch (error) {
    event ??= last
    virtualMs = world.clock.nowMs() - started.ms
    return outcome(violationOf(error))
  } finally {
    world.failed.removeEventListener('abort', onFailed)
    watch.end()
    endModels()
    await world.stop(end)
  }
}

async function live(world: World, one: Case): Promise<void> {
  const bootedMs = world.clock.nowMs()
  const ended = new AbortController()
  const signal = AbortSignal.any([ended.signal, world.failed])
  const heldUntil = new Map<string, number>()
  const sequencer = world.topology.batcher?.sequencer
  const sequencing =
    sequencer === undefined || one.stopped.includes(sequencer)
      ? Promise.resolve()
      : keepSequencing(world, sequencer, () => (heldUntil.get(sequencer) ?? 0) <= world.clock.nowMs(), signal)
  const users = startUsers(world, one)
  try {
    await underFaults(world, one, bootedMs, heldUntil)
    await users.stop()
    await settle(world, one)
  } finally {
    ended.abort()
    await Promise.all([sequencing, users.stop()])
  }
}

/** Transfers to the engine of the sequencer, as far as the case has users. */
function startUsers(world: World, { transfersPerSecond }: Case): { stop(): Promise<void> } {
  const sequencer = world.topology.batcher?.sequencer
  const el = sequencer === undefined ? undefined : world.cls.get(sequencer)?.el
  if (transfersPerSecond === undefined || el === undefined) return { stop: async () => {} }
  const accounts = withoutStranger(world.accounts)
  return startTransfers({ world: { ...world, accounts }, rpc: el.rpc, perSecond: transfersPerSecond })
}

/** The safety phase: deeds at their times. All that was done is undone when it ends. */
export async function underFaults(
  world: World,
  { deeds, faultsMs }: Case,
  bootedMs: number,
  heldUntil: Map<string, number>,
): Promise<void> {
  const endMs = bootedMs + faultsMs
  const act = async (deed: Deed) => {
    const { clock, failed } = world
    const atMs = bootedMs + deed.atMs
    if (atMs >= endMs) return
    await clock.sleep(atMs - clock.nowMs(), failed)
    const untilMs = Math.min(endMs, 'forMs' in deed && deed.forMs !== undefined ? atMs + deed.forMs : endMs)
    if (deed.kind === 'sequencer-stop') heldUntil.set(deed.node, untilMs)
    const undo = await doDeed(world, deed)
    await clock.sleep(Math.max(0, untilMs - clock.nowMs()), failed)
    await undo()
  }
  await Promise.all([...deeds.map(act), world.clock.sleep(faultsMs, world.failed)])
}

/** The liveness phase, and the comparison with a fresh deriver. */
async function settle(world: World, one: Case): Promise<void> {
  const { clock, failed } = world
  const deriver = world.cls.get(fresh)!
  const nodes = [...world.cls.values()].filter(({ name }) => name !== fresh)
  world.l1.controller.start()
  for (const { el, lifecycle } of nodes) {
    if (!el.lifecycle.running) await el.lifecycle.start()
    if (!lifecycle.running) await lifecycle.start()
    await el.connectPeers()
  }
  if (world.batcher?.running === false) await world.batcher.start()
  const heads = nodes.flatMap(({ status }) => (status.latest === null ? [] : [status.latest.status]))
  const most = (values: readonly bigint[]) => values.reduce((a, b) => (a > b ? a : b), 0n)
  const above = {
    localSafe: most(heads.map(({ unsafeL2, localSafeL2 }) => most([unsafeL2.number, localSafeL2.number]))),
    finalized: most(heads.map(({ finalizedL2 }) => finalizedL2.number)),
  }
  await reaches(world, one.convergeMs, 'convergence', () => notConverged(world, nodes, above))

  const reference = nodes.find(({ spec }) => spec.mode.kind === 'derive')
  if (reference === undefined) return
  const target = reference.status.latest!.status.localSafeL2.number
  failed.throwIfAborted()
  await deriver.el.lifecycle.start()
  await deriver.lifecycle.start()
  await reaches(world, freshMs, 'derivation', async () => {
    const derived = deriver.status.latest?.status.localSafeL2.number ?? 0n
    if (derived < target) return `a fresh deriver has ${derived} of ${target} blocks`
    // It may have overtaken who follows a follower.
    const late = nodes.find(({ status }) => (status.latest?.status.localSafeL2.number ?? 0n) < target)
    return late === undefined ? null : `${late.name} has less than ${target} blocks`
  })
  const difference = await sameBlock(world, [deriver, ...nodes], target)
  if (difference !== null) throw new RunViolation('derivation', difference)
  const limit = await wrongGasLimit(world, deriver, target)
  if (limit !== null) throw new RunViolation('gas limit', limit)
  const upgrade = await wrongUpgrade(world, deriver, target)
  if (upgrade !== null) throw new RunViolation('upgrade', upgrade)
  const record = await wrongRecord(world, deriver, nodes)
  if (record !== null) throw new RunViolation('record', record)
  const isOfDeposits = one.deeds.some(({ kind }) => kind === 'l1-deposit')
  const ofL1 = await wrongOfL1(world, deriver, isOfDeposits || target < 2n ? 1n : target - 1n, target)
  if (ofL1 !== null) throw new RunViolation('of L1', ofL1)
  await clock.sleep(0)
}

async function reaches(
  { clock, failed }: World,
  limitMs: number,
  reason: string,
  look: () => Promise<string | null>,
): Promise<void> {
  const endMs = clock.nowMs() + limitMs
  for (;;) {
    const why = await look()
    if (why === null) return
    if (clock.nowMs() >= endMs)
      throw new RunViolation(reason, `not within ${limitMs / 1000} s after the faults had ended: ${why}`)
    await clock.sleep(lookMs, failed)
  }
}

/** The name of the node that derives everything in the end. It has no peer. */
const fresh = 'fresh'

function topologyWithFresh(one: Case): ReturnType<typeof topologyOf> {
  const topology = topologyOf(one)
  return {
    ...topology,
    els: { ...topology.els, [`${fresh}-el`]: { kind: 'embedded-el' } },
    cls: {
      ...topology.cls,
      [fresh]: { kind: 'lockstep-node', el: `${fresh}-el`, mode: { kind: 'derive' }, safeDb: true },
    },
  }
}

function violationOf(error: unknown): Violation {
  const found = error instanceof Error ? error.message : String(error)
  if (error instanceof InvariantViolation)
    return { reason: `invariant ${error.invariant}`, found: error.found.slice(0, 4_000) }
  if (error instanceof ModelViolation) return { reason: `model ${error.rule}`, found: found.slice(0, 4_000) }
  if (error instanceof RunViolation) return { reason: error.reason, found: found.slice(0, 4_000) }
  const reason = error instanceof SimulationStuck ? 'stuck' : 'crash'
  return { reason, found: found.slice(0, 4_000) }
}
