import { isZeroRef } from '../../node/protocol/refs.ts'
import type { WorldEvent } from '../events/event.ts'
import { createL2Blocks } from '../events/l2-blocks.ts'
import type { WatchedWorld } from '../invariants/monitor.ts'
import type { Observation } from '../world/status-stream.ts'
import { calmMs } from './calm.ts'
import { createDisturbances } from './disturbances.ts'
import { judgeHeadSteps } from './head-steps.ts'
import { ModelViolation } from './model-violation.ts'
import { behind, type Heights, mustRefuse, owed } from './progress-rules.ts'
import { createSourceMemory, knowsNothing } from './source-memory.ts'

/**
 * Liveness while the faults are on others, and no step back without a cause: each node that nothing has disturbed for a
 * while has what its source told it, or has read L1 up to where its head was; it resets for nothing, and its heads stay.
 * Returns what ends it.
 */
export function watchProgress(world: WatchedWorld): () => void {
  const { events, rollup, parameters } = world
  const blocks = createL2Blocks({ number: Number(rollup.genesis.l2.number), hash: rollup.genesis.l2.hash })
  const disturbances = createDisturbances()
  const calm = calmMs(parameters)
  const isCalm = (name: string, t: number) => t - disturbances.lastMs(name) > calm
  const fail = (name: string, rule: string, found: string) => {
    if (!world.failed.aborted) world.fail(new ModelViolation(name, rule, found))
  }
  const memory = createSourceMemory({ world, blocks, isCalm })
  const judgeSteps = judgeHeadSteps({ world, blocks, memory, calmMs: calm, isCalm, fail })
  const l1Heads: { readonly t: number; readonly number: number }[] = []
  const l1Highest = () => Math.max(0, ...l1Heads.map(({ number }) => number))
  /** The `currentL1` that each node published last, and since when, in milliseconds. */
  const derived = new Map<string, { readonly number: number; readonly sinceMs: number }>()
  /**
   * Of a node that has published no `currentL1` since its start, how far L1 was then, and from when on what its source says is
   * owed: since the start, and since the source had a place on L1.
   */
  const starts = new Map<string, { readonly afterMs: number; readonly l1: number }>()

  function observe({ node: name, askedMs, status }: Observation): void {
    const node = world.cls.get(name)
    if (node === undefined) return
    const { mode } = node.spec
    const isUnknown = isZeroRef(status.currentL1)
    if (!isUnknown) starts.delete(name)
    // Since its start it has followed nothing: it has no mark, and refuses what is behind L1 of then.
    const start = mode.kind === 'follow' ? starts.get(name) : undefined
    if (isUnknown && start === undefined) return
    const currentL1 = Number(status.currentL1.number)
    const before = derived.get(name)
    const stands = before?.number === currentL1 ? before : { number: currentL1, sinceMs: askedMs }
    derived.set(name, stands)
    if (!isCalm(name, askedMs)) return
    const sinceMs = askedMs - calm
    if (mode.kind === 'derive') {
      const head = l1Heads.findLast(({ t }) => t <= sinceMs)?.number ?? 0
      // Who has much to catch up with is behind, and goes on.
      if (currentL1 < head && askedMs - stands.sinceMs > calm)
        fail(
          name,
          'derives-on',
          `currentL1 has been ${currentL1} for ${(askedMs - stands.sinceMs) / 1000} s, and L1 had ${head} blocks ${calm / 1000} s ago`,
        )
      return
    }
    const published: Heights = {
      localSafe: Number(status.localSafeL2.number),
      crossSafe: Number(status.safeL2.number),
      finalized: Number(status.finalizedL2.number),
      currentL1,
    }
    const told = memory.told(name).filter(({ t }) => start === undefined || t > start.afterMs)
    const owes = owed(told, sinceMs)
    const mark = start === undefined ? published : { ...published, currentL1: start.l1 + 1 }
    const missing = owes === null || mustRefuse(mark, owes) ? null : behind(published, owes)
    if (missing !== null)
      fail(name, 'follows-on', `${missing}: its source told so more than ${calm / 1000} s ago`)
  }

  function hear({ follower, heads, t }: Extract<WorldEvent, { kind: 'source' }>): void {
    const start = starts.get(follower)
    if (start !== undefined && heads !== undefined && knowsNothing(heads))
      starts.set(follower, { ...start, afterMs: t })
  }

  function judgeReset({ node, mark, t }: Extract<WorldEvent, { kind: 'reach' }>): void {
    if (node === undefined || !mark.startsWith('reset') || mark === 'reset by admin' || !isCalm(node, t))
      return
    fail(node, 'no-needless-reset', `${mark}, and nothing had happened for ${calm / 1000} s`)
  }

  const ends = [
    events.subscribe(
      (event) => {
        blocks.add(event)
        disturbances.add(event)
        memory.add(event)
        judgeSteps(event)
        if (event.kind === 'source') hear(event)
        else if (event.kind === 'reach') judgeReset(event)
        else if (event.kind === 'l1-block') l1Heads.push({ t: event.t, number: event.block.number })
        else if (event.kind === 'component' && event.action === 'start')
          starts.set(event.component, { afterMs: event.t, l1: l1Highest() })
      },
      { history: true },
    ),
    ...[...world.cls.values()].map(({ status }) => status.onObservation(observe)),
  ]
  return () => {
    for (const end of ends) end()
  }
}
