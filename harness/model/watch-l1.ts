import { lookMsMax } from '../../node/l1/fork-doubt.ts'
import { isZeroRef } from '../../node/protocol/refs.ts'
import type { WorldEvent } from '../events/event.ts'
import { consumerOf } from '../events/traffic-role.ts'
import { createL1Doubts, slowedMs } from '../invariants/doubts.ts'
import type { WatchedWorld } from '../invariants/monitor.ts'
import { originGrace } from '../invariants/origins-canonical.ts'
import type { Observation } from '../world/status-stream.ts'
import { calmMs } from './calm.ts'
import { createDisturbances } from './disturbances.ts'
import { ModelViolation } from './model-violation.ts'

/** So many looks must agree at least when L1 shows a fork again that it left: four times the two that are enough otherwise. */
const looksInDoubt = 8
/** One belief may take more than one reset. */
const resetsMax = 2
/** No node of ours looks at the head of L1 more often than so many times in the time of its block. */
const looksPerBlockMax = 16

type Event<Kind extends WorldEvent['kind']> = Extract<WorldEvent, { kind: Kind }>

/** Whether a fault, as an event describes it, shows somebody another fork of L1 than there is. */
export const showsAnotherFork = (fault: string): boolean => /^(shows|alternates)\b/.test(fault)

/**
 * What a node makes of L1: its `currentL1` does not stay on a block that a reorg replaced (follow-mode.md, step 8), also
 * while its source is away; and it resets for a reorg only when there was one: an L1 that lags, answers nothing, or shows
 * another fork once, proves nothing (specs/protocol/derivation.md, "Finding the sync starting point"), and one that shows two
 * forks in turn less and less (issue 8, D5). Returns what ends it.
 */
export function watchL1(world: WatchedWorld): () => void {
  const { events, cls, l1 } = world
  const disturbances = createDisturbances()
  const doubts = createL1Doubts()
  const graceMs = originGrace(world.parameters).safeMs
  const calm = calmMs(world.parameters)
  /** Two looks at the head of L1 lie so far apart at least; what is asked between them proves no fork. */
  const lookMs = Math.min(lookMsMax, (1_000 * world.parameters.l1BlockTime) / looksPerBlockMax)
  /** When somebody was last shown another fork for as long as two looks take: if they agree they are believed. */
  const misledMs = new Map<string, number>()
  /** When somebody was shown another fork, first and last of what followed each other within the calm; null: more than one. */
  const shownMs = new Map<
    string,
    { readonly first: number; readonly last: number; readonly fork: string | null }
  >()
  /** The last resets of somebody that nothing excuses but that L1 showed it one other fork. */
  const misledResets = new Map<string, readonly number[]>()
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

  function show({ point, fault, t }: Event<'fault'>): void {
    const name = consumerOf(point)
    const before = shownMs.get(name)
    const shown = /^shows\([^)]*\)/.exec(fault)?.[0] ?? null
    const goesOn = before !== undefined && t - before.last <= calm
    const first = goesOn ? before.first : t
    if (t - first >= lookMs) misledMs.set(name, t)
    shownMs.set(name, { first, last: t, fork: goesOn && before.fork !== shown ? null : shown })
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
      heldUpMs.get(name) ?? 0,
      ...others.map((other) => doubts.untilMs(other)),
    )
    if (t - sinceMs <= calm) return
    if (t - (misledMs.get(name) ?? 0) <= calm) judgeMisled(name, t)
    else fail(name, 'resets-by-proof', `it was reset by an L1 reorg, and there was none for ${calm / 1000} s`)
  }

  /** Who was shown one fork and L1 in turn does not believe each of them at every second look. */
  function judgeMisled(name: string, t: number): void {
    const withinMs = looksInDoubt * lookMs
    const resets = [...(misledResets.get(name) ?? []).filter((before) => t - before < withinMs), t]
    misledResets.set(name, resets)
    if (resets.length <= resetsMax || (shownMs.get(name)?.fork ?? null) === null) return
    fail(
      name,
      'resets-by-proof',
      `it was reset by an L1 reorg ${resets.length} times in ${withinMs / 1000} s, and its L1 showed two forks in turn`,
    )
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
