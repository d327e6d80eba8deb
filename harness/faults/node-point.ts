import type { Lifecycle, LifecycleAction } from '../drivers/driver.ts'
import type { NodeEffect } from './effects.ts'
import type { Fault } from './fault.ts'
import type { FaultPoint } from './fault-point.ts'
import { createFaultStand, type FaultContext, type StandingFault } from './fault-stand.ts'

export interface NodePointOptions extends FaultContext {
  readonly name: string
  readonly lifecycle: Lifecycle
  /** Called when a fault has started it again: what else it takes to be as before, such as its peers. */
  readonly onStarted?: () => Promise<void>
}

const needs: Readonly<Record<NodeEffect['kind'], readonly LifecycleAction[]>> = {
  stop: ['stop', 'start'],
  kill: ['kill', 'start'],
  pause: ['pause'],
  wipe: ['wipe', 'start'],
  restart: ['stop', 'start'],
  clockSkew: [],
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
  async function act({ kind }: NodeEffect): Promise<void> {
    if (kind === 'clockSkew') return
    if (kind !== 'restart') return lifecycle[kind]()
    await lifecycle.stop()
    await startAgain()
  }
  async function undo({ kind }: NodeEffect): Promise<void> {
    if (kind === 'pause') await lifecycle.resume()
    else if (kind !== 'restart' && kind !== 'clockSkew') await startAgain()
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

  return createFaultStand({
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
}

function windowOf({ conditions }: Fault) {
  return conditions.flatMap((one) => ('during' in one ? [one.during] : []))[0] ?? {}
}

function refusedBy(lifecycle: Lifecycle, { effects, conditions }: Fault): string | null {
  if (conditions.some((one) => !('during' in one)))
    return 'it is done once, so that only `during` can be said of it'
  if (conditions.length > 1) return 'it takes one `during`'
  if (effects.node?.kind === 'clockSkew')
    return 'no client of the harness can be given another clock than that of the machine'
  if (effects.node?.kind === 'restart' && effects.node.newPort)
    return 'no driver of the harness can start a component at another address'
  const missing = effects.node === undefined ? [] : needs[effects.node.kind]
  const cannot = missing.filter((action) => !lifecycle.can.has(action))
  return cannot.length === 0
    ? null
    : `its driver, ${lifecycle.driver}, cannot ${cannot.join(' or ')}; it can ${[...lifecycle.can].join(', ')}`
}
