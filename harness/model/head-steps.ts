import { zeroHash } from '../../node/protocol/refs.ts'
import type { WorldEvent } from '../events/event.ts'
import { isZeroHash, type L2Blocks } from '../events/l2-blocks.ts'
import { consumerOf } from '../events/traffic-role.ts'
import { slowedMs } from '../invariants/doubts.ts'
import type { WatchedWorld } from '../invariants/monitor.ts'
import { createDisturbances } from './disturbances.ts'
import type { SourceMemory } from './source-memory.ts'
import { showsAnotherFork } from './watch-l1.ts'

interface Options {
  readonly world: WatchedWorld
  /** They know of an event before it is added here. */
  readonly blocks: L2Blocks
  readonly memory: SourceMemory
  /** How long after the last proof a node must have no reason any more to go back, in milliseconds. */
  readonly calmMs: number
  readonly isCalm: (node: string, t: number) => boolean
  readonly fail: (node: string, rule: string, found: string) => void
}

/**
 * Whether heads may go back for it along their own chain: a restart keeps the heads of the engine, and goes back only on a
 * proven mismatch (follow-mode.md, "Sequencer that follows"; optimism#20294). An L1 that was reorged, or shows a fork that
 * is no more, is one, and an engine that has lost or refuses something.
 */
function isProof(event: WorldEvent, engines: ReadonlySet<string>): boolean {
  switch (event.kind) {
    case 'fault':
      return (
        event.point.endsWith('(engine)') ||
        engines.has(event.point) ||
        (event.point.endsWith('→l1') && showsAnotherFork(event.fault))
      )
    case 'component':
      return engines.has(event.component)
    default:
      return event.kind === 'l1-reorg' || event.kind === 'l1-block'
  }
}

/**
 * Judges the steps of the heads that engines confirm: they do not go back along their chain without a proof, not even when
 * the node is started again, and a node that derives replaces no safe block. Returns what hears of each event.
 */
export function judgeHeadSteps(options: Options): (event: WorldEvent) => void {
  const { world, blocks, memory, calmMs, isCalm, fail } = options
  const engines = new Set([...world.cls.values()].map(({ spec }) => spec.el))
  const proofs = createDisturbances()
  /** What each node's engine confirmed last. */
  const confirmed = new Map<string, { readonly unsafe: string; readonly safe: string }>()
  /** Until when a node may not have seen a reorg of L1 yet, or may not have been able to act on it. */
  const lateUntilMs = new Map<string, number>()
  /** Since when a node does not run. */
  const awaySinceMs = new Map<string, number>()

  /** What a node learns of a reorg it learns later while its own L1 is slow or away. */
  function delay(event: Extract<WorldEvent, { kind: 'fault' }>): void {
    const { point, t } = event
    const name = consumerOf(point)
    const lateMs = lateUntilMs.get(name) ?? 0
    if (t > Math.max(proofs.lastMs(name) + calmMs, lateMs)) return
    lateUntilMs.set(name, Math.max(lateMs, t + calmMs + slowedMs(event)))
  }

  /** What L1 did while a node did not run it learns when it runs again, and which safe block that took when L1 goes on. */
  function comeAndGo({ component, action, t }: Extract<WorldEvent, { kind: 'component' }>): void {
    if ((action === 'exit' || action === 'pause') && world.cls.has(component)) awaySinceMs.set(component, t)
    if (action !== 'start' && action !== 'resume') return
    const sinceMs = awaySinceMs.get(component)
    awaySinceMs.delete(component)
    if (sinceMs !== undefined && sinceMs <= proofs.lastMs(component) + calmMs)
      lateUntilMs.set(component, t + calmMs)
  }

  /** An engine without its data has nothing of what it confirmed; some forget at a start what was safe. */
  function loseHeads({ component, action }: Extract<WorldEvent, { kind: 'component' }>): void {
    if (action !== 'wipe' && action !== 'start') return
    for (const { name, spec } of world.cls.values()) {
      const heads = confirmed.get(name)
      if (spec.el !== component || heads === undefined) continue
      if (action === 'wipe') confirmed.delete(name)
      else confirmed.set(name, { ...heads, safe: zeroHash })
    }
  }

  function judge({ link, heads, status, t, attributes }: Extract<WorldEvent, { kind: 'engine' }>): void {
    const name = consumerOf(link)
    const node = world.cls.get(name)
    if (node === undefined || heads === undefined || status !== 'VALID') return
    const before = confirmed.get(name)
    confirmed.set(name, heads)
    if (before === undefined || t <= Math.max(proofs.lastMs(name) + calmMs, lateUntilMs.get(name) ?? 0))
      return
    const place = (hash: string) => `${blocks.numberOf(hash) ?? '?'}`
    for (const level of ['unsafe', 'safe'] as const) {
      const [from, to] = [before[level], heads[level]]
      if (from === to || isZeroHash(from) || isZeroHash(to)) continue
      const moves = `${level} went from ${place(from)} to ${place(to)}`
      const goesBack = blocks.ancestry(to, from) === 'yes'
      // Derived attributes replace the blocks above their parent. An engine that went to another chain by itself has no
      // safe block of ours there: who is reset reads that.
      const isExcused =
        level === 'unsafe'
          ? attributes === true || memory.contradicts(name, from)
          : memory.takesBack(name, from, to) ||
            (!isCalm(name, t) && blocks.ancestry(from, heads.unsafe) === 'no')
      if (goesBack && !isExcused)
        fail(
          name,
          'heads-stay',
          `${moves} on its own chain, and nothing had happened but what was done to it`,
        )
      else if (
        level === 'safe' &&
        node.spec.mode.kind === 'derive' &&
        isCalm(name, t) &&
        blocks.ancestry(from, to) === 'no'
      )
        fail(name, 'safe-stays', `${moves}, which does not stand on it, and nothing had happened`)
    }
  }

  return (event) => {
    if (isProof(event, engines)) proofs.add(event)
    else if (event.kind === 'fault' && event.point.endsWith('→l1')) delay(event)
    if (event.kind === 'component') {
      comeAndGo(event)
      loseHeads(event)
    } else if (event.kind === 'engine') judge(event)
  }
}
