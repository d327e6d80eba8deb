import type { Lifecycle, LifecycleAction } from '../drivers/lifecycle-handle.ts'
import type { NodeEffect } from './effects.ts'
import type { Fault } from './fault.ts'
import type { FaultPoint } from './fault-point.ts'
import { createFaultStand, type FaultContext, type FaultStand, type StandingFault } from './fault-stand.ts'

export interface NodePointOptions extends FaultContext {
  readonly name: string
  readonly lifecycle: Lifecycle
  /** Called when a fault has started it again: what else it takes to be as before, such as its peers. */
  readonly onStarted?: () => Promise<void>
}

/** What a component must be able to do for a fault to stand on it. */
export function actionsFor(effect: NodeEffect): readonly LifecycleAction[] {
  switch (effect.kind) {
    case 'pause':
      return ['pause']
    case 'restart':
      return ['stop', 'start', ...(effect.newPort ? (['relocate'] as const) : [])]
    case 'clockSkew':
      return ['stop', 'start', 'skewClock']
    default:
      return [effect.kind, 'start']
  }
}

/** A component as a fault point: what is done to it, and undone when the fault is removed. */
export function createNodePoint(options: NodePointOptions): FaultPoint {
  const { name, lifecycle, clock } = options
  const ends = new Map<StandingFault, { readonly over: AbortController; readonly done: Promise<void> }>()

  async function startAgain(): Promise<void> {
    if (lifecycle.running) return
    await lifecycle.start()
    await options.onStarted?.()
  }
  async function act(effect: NodeEffect): Promise<void> {
    if (effect.kind === 'clockSkew') return skew(effect.ms)
    if (effect.kind !== 'restart') return lifecycle[effect.kind]()
    await (effect.newPort ? lifecycle.relocate() : lifecycle.stop())
    await startAgain()
  }
  async function undo({ kind }: NodeEffect): Promise<void> {
    if (kind === 'pause') await lifecycle.resume()
    else if (kind === 'clockSkew') await skew(standingSkewMs())
    else if (kind !== 'restart') await startAgain()
  }
  /** A clock is what a component is started with. One that somebody has stopped stays so. */
  async function skew(ms: number): Promise<void> {
    const { running } = lifecycle
    await lifecycle.skewClock(ms)
    if (running) await startAgain()
  }
  /** Of the newest such fault that stands; 0 when none does. */
  function standingSkewMs(): number {
    return stand.faults.reduce(
      (ms, { fault, hits }) =>
        fault.effects.node?.kind === 'clockSkew' && hits > 0 ? fault.effects.node.ms : ms,
      0,
    )
  }

  /** Does it, now or when its time comes, and undoes it when it is over. */
  async function run(standing: StandingFault, effect: NodeEffect, over: AbortSignal): Promise<void> {
    const { fromMs = 0, toMs } = windowOf(standing.fault)
    if (fromMs > 0) await clock.sleep(fromMs, over).catch(() => {})
    if (over.aborted) return
    await act(effect)
    standing.strike()
    if (toMs === undefined) return
    await clock.sleep(Math.max(0, toMs - fromMs), over).catch(() => {})
    if (!over.aborted) await standing.remove()
  }

  const stand: FaultStand = createFaultStand({
    ...options,
    point: name,
    carriers: ['node'],
    refuses: (fault) => refusedBy(lifecycle, fault),
    async onInstall(standing) {
      const effect = standing.fault.effects.node
      if (effect === undefined) return
      const over = new AbortController()
      const timed = standing.fault.conditions.length > 0
      const done = run(standing, effect, over.signal)
      ends.set(standing, { over, done })
      if (!timed) await done
      // Who waits for a hit, or removes the fault, hears of it.
      else done.catch(() => {})
    },
    async onRemove(standing) {
      const end = ends.get(standing)
      const effect = standing.fault.effects.node
      ends.delete(standing)
      end?.over.abort()
      if (effect !== undefined && standing.hits > 0) await undo(effect)
    },
  })
  return stand
}

function windowOf({ conditions }: Fault) {
  return conditions.flatMap((one) => ('during' in one ? [one.during] : []))[0] ?? {}
}

function refusedBy(lifecycle: Lifecycle, { effects, conditions }: Fault): string | null {
  if (conditions.some((one) => !('during' in one)))
    return 'it is done once, so that only `during` can be said of it'
  if (conditions.length > 1) return 'it takes one `during`'
  const missing = effects.node === undefined ? [] : actionsFor(effects.node)
  const cannot = missing.filter((action) => !lifecycle.can.has(action))
  return cannot.length === 0
    ? null
    : `its driver, ${lifecycle.driver}, cannot ${cannot.join(' or ')}; it can ${[...lifecycle.can].join(', ')}`
}
