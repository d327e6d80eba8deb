import { isZeroRef } from '../../node/protocol/refs.ts'
import type { WorldEvent } from '../events/event.ts'
import { consumerOf } from '../events/traffic-role.ts'
import { createL1Doubts } from '../invariants/doubts.ts'
import type { WatchedWorld } from '../invariants/monitor.ts'
import { originGrace } from '../invariants/origins-canonical.ts'
import type { Observation } from '../world/status-stream.ts'
import { calmMs } from './calm.ts'
import { createDisturbances, slowedMs } from './disturbances.ts'
import { ModelViolation } from './model-violation.ts'

type Event<Kind extends WorldEvent['kind']> = Extract<WorldEvent, { kind: Kind }>

/** Whether a fault, as an event describes it, shows somebody another fork of L1 than there is. */
export const showsAnotherFork = (fault: string): boolean => /^(shows|alternates)\b/.test(fault)

/**
 * What a node makes of L1: its `currentL1` does not stay on a block that a reorg replaced (follow-mode.md, step 8), also
 * while its source is away; and it resets for a reorg only when there was one: an L1 that lags, answers nothing, or shows
 * another fork once, proves nothing (specs/protocol/derivation.md, "Finding the sync starting point"). Returns what ends it.
 */
export function watchL1(world: WatchedWorld): () => void {
  const { events, cls, l1 } = world
  const disturbances = createDisturbances()
  const doubts = createL1Doubts()
  const graceMs = originGrace(world.parameters).safeMs
  const calm = calmMs(world.parameters)
  /** When somebody was last shown another fork twice: two looks that agree are believed. */
  const misledMs = new Map<string, number>()
  const shownMs = new Map<string, number>()
  /** When the L1 of somebody who had not had the time to learn of a reorg was last slow or away. */
  const heldUpMs = new Map<string, number>()
  const fail = (name: string, rule: string, found: string) => {
    if (!world.failed.aborted) world.fail(new ModelViolation(name, rule, found))
  }

  function observe({ node: name, askedMs, status: { currentL1 } }: Observation): void {
    const mode = cls.get(name)?.spec.mode
    if (mode === undefined || isZeroRef(currentL1) || l1.view.isCanonical(currentL1)) return
    const source = mode.kind === 'follow' ? `${name}→${mode.source}` : undefined
    const sinceMs = Math.max(l1.view.orphanedMs(currentL1.hash) ?? 0, disturbances.lastMs(name, source))
    if (askedMs - sinceMs <= graceMs) return
    fail(
      name,
      'current-l1-on-l1',
      `it publishes currentL1 ${currentL1.number}:${currentL1.hash.slice(0, 10)}…, which L1 does not have for more than ${graceMs / 1000} s`,
    )
  }

  function show({ point, t }: Event<'fault'>): void {
    const name = consumerOf(point)
    if (t - (shownMs.get(name) ?? Number.NEGATIVE_INFINITY) <= calm) misledMs.set(name, t)
    shownMs.set(name, t)
  }

  function holdUp(event: Event<'fault'>): void {
    const { point, t } = event
    const name = consumerOf(point)
    const beforeMs = heldUpMs.get(name) ?? 0
    const sinceMs = Math.max(disturbances.lastMs(name, point), beforeMs)
    if (t - sinceMs <= calm) heldUpMs.set(name, Math.max(beforeMs, t + slowedMs(event)))
  }

  function judgeReset(name: string, t: number): void {
    // Whoever sees L1 late builds on what is no more, and tells the others.
    const others = [...cls.keys(), 'batcher'].filter((other) => other !== name)
    const sinceMs = Math.max(
      disturbances.lastMs(name, `${name}→l1`),
      misledMs.get(name) ?? 0,
      heldUpMs.get(name) ?? 0,
      ...others.map((other) => doubts.untilMs(other)),
    )
    if (t - sinceMs > calm)
      fail(name, 'resets-by-proof', `it was reset by an L1 reorg, and there was none for ${calm / 1000} s`)
  }

  const ends = [
    events.subscribe(
      (event) => {
        disturbances.add(event)
        doubts.add(event)
        if (event.kind === 'fault' && event.point.endsWith('→l1')) holdUp(event)
        if (event.kind === 'fault' && event.action === 'hit' && showsAnotherFork(event.fault)) show(event)
        else if (event.kind === 'reach' && event.mark === 'reset by L1 reorg' && event.node !== undefined)
          judgeReset(event.node, event.t)
      },
      { history: true },
    ),
    ...[...cls.values()].map(({ status }) => status.onObservation(observe)),
  ]
  return () => {
    for (const end of ends) end()
  }
}
