import type { Hash } from 'viem'
import { isZeroRef, zeroHash } from '../../node/protocol/refs.ts'
import type { WorldEvent } from '../events/event.ts'
import { createL2Blocks, isZeroHash } from '../events/l2-blocks.ts'
import { consumerOf } from '../events/traffic-role.ts'
import { slowedMs } from '../invariants/doubts.ts'
import type { WatchedNode, WatchedWorld } from '../invariants/monitor.ts'
import type { Observation } from '../world/status-stream.ts'
import { calmMs } from './calm.ts'
import { createDisturbances } from './disturbances.ts'
import { ModelViolation } from './model-violation.ts'
import { behind, type Heights, mustRefuse, owed, type ToldHeights } from './progress-rules.ts'
import { showsAnotherFork } from './watch-l1.ts'

const toldMax = 256

/** What a source told. */
interface Told extends ToldHeights {
  /** The hashes of what it calls safe, local and cross. */
  readonly safe: readonly string[]
  /** The hashes of the L1 blocks that it stands on. */
  readonly standsOn: readonly string[]
  /** Whether nothing disturbed the follower when it was told. */
  readonly inCalm: boolean
}

/** Once the source tells what L1 does not have, or nothing, a follower owes of what it was told what it could take at once. */
const whenLost = (told: readonly Told[]): Told[] =>
  told.map((one) => (one.isDue && !one.inCalm ? { ...one, isDue: false } : one))

/** What lost statuses called safe; of many, the newest. */
function takeBack(takenBack: Set<string>, lost: readonly Pick<Told, 'safe'>[]): void {
  for (const { safe } of lost) for (const hash of safe) takenBack.add(hash)
  for (const hash of takenBack) {
    if (takenBack.size <= toldMax) return
    takenBack.delete(hash)
  }
}

interface Watched {
  readonly node: WatchedNode
  /** What its source told that is on L1, oldest first; empty on a node that derives. */
  told: Told[]
  /** What its source called safe on blocks that L1 has replaced since, by hash. */
  readonly takenBack: Set<string>
  /** The `currentL1` that it published last, and since when, in milliseconds. */
  derived: { readonly number: number; readonly sinceMs: number }
  /** What its engine confirmed last. */
  heads: { readonly unsafe: string; readonly safe: string } | null
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
 * Liveness while the faults are on others, and no step back without a cause: each node that nothing has disturbed for a
 * while has what its source told it, or has read L1 up to where its head was; it resets for nothing, its heads do not go
 * back along their chain without a proof, not even when it is started again, and a node that derives replaces no safe block. Returns what
 * ends it.
 */
export function watchProgress(world: WatchedWorld): () => void {
  const { events, rollup, parameters } = world
  const genesis = { number: Number(rollup.genesis.l2.number), hash: rollup.genesis.l2.hash }
  const blocks = createL2Blocks(genesis)
  const disturbances = createDisturbances()
  /** Of them only what may take a head back along its own chain. */
  const proofs = createDisturbances()
  const engines = new Set([...world.cls.values()].map(({ spec }) => spec.el))
  const calm = calmMs(parameters)
  const l1Heads: { readonly t: number; readonly number: number }[] = []
  const nodes = new Map<string, Watched>(
    [...world.cls.values()].map((node) => [
      node.name,
      { node, told: [], takenBack: new Set(), derived: { number: -1, sinceMs: 0 }, heads: null },
    ]),
  )
  /** Until when a node may not have seen a reorg of L1 yet, or may not have been able to act on it. */
  const lateUntilMs = new Map<string, number>()
  /**
   * Of a node that has published no `currentL1` since its start, how far L1 was then, and from when on what its source says is
   * owed: since the start, and since the source had a place on L1.
   */
  const starts = new Map<string, { readonly afterMs: number; readonly l1: number }>()
  /** Since when a node does not run. */
  const awaySinceMs = new Map<string, number>()
  const isCalm = (name: string, t: number, besides?: string) => t - disturbances.lastMs(name, besides) > calm
  const fail = (name: string, rule: string, found: string) => {
    if (!world.failed.aborted) world.fail(new ModelViolation(name, rule, found))
  }

  function observe({ node: name, askedMs, status }: Observation): void {
    const watched = nodes.get(name)
    if (watched === undefined) return
    const { mode } = watched.node.spec
    const isUnknown = isZeroRef(status.currentL1)
    if (!isUnknown) starts.delete(name)
    // Since its start it has followed nothing: it has no mark, and refuses what is behind L1 of then.
    const start = mode.kind === 'follow' ? starts.get(name) : undefined
    if (isUnknown && start === undefined) return
    const currentL1 = Number(status.currentL1.number)
    if (watched.derived.number !== currentL1) watched.derived = { number: currentL1, sinceMs: askedMs }
    if (!isCalm(name, askedMs)) return
    const sinceMs = askedMs - calm
    const published: Heights = {
      localSafe: Number(status.localSafeL2.number),
      crossSafe: Number(status.safeL2.number),
      finalized: Number(status.finalizedL2.number),
      currentL1,
    }
    if (mode.kind === 'derive') {
      const head = l1Heads.findLast(({ t }) => t <= sinceMs)?.number ?? 0
      // Who has much to catch up with is behind, and goes on.
      if (currentL1 < head && askedMs - watched.derived.sinceMs > calm)
        fail(
          name,
          'derives-on',
          `currentL1 has been ${currentL1} for ${(askedMs - watched.derived.sinceMs) / 1000} s, and L1 had ${head} blocks ${calm / 1000} s ago`,
        )
      return
    }
    const told = start === undefined ? watched.told : watched.told.filter(({ t }) => t > start.afterMs)
    const owes = owed(told, sinceMs)
    const mark = start === undefined ? published : { ...published, currentL1: start.l1 + 1 }
    const missing = owes === null || mustRefuse(mark, owes) ? null : behind(published, owes)
    if (missing !== null)
      fail(name, 'follows-on', `${missing}: its source told so more than ${calm / 1000} s ago`)
  }

  function hear(event: Extract<WorldEvent, { kind: 'source' }>): void {
    const { heads, follower, t } = event
    const watched = nodes.get(follower)
    if (heads === undefined || watched === undefined) return
    const { currentL1, localSafe, crossSafe, finalized } = heads
    const l2 = [localSafe, crossSafe, finalized]
    if (isZeroHash(currentL1.hash) || l2.some(({ hash }) => isZeroHash(hash))) {
      const start = starts.get(follower)
      if (start !== undefined) starts.set(follower, { ...start, afterMs: t })
      watched.told = whenLost(watched.told)
      return
    }
    if (finalized.number > crossSafe.number || crossSafe.number > localSafe.number) return
    const claims = [currentL1, ...l2.map(({ origin }) => origin)]
    const offL1 = claims.filter(
      ({ number, hash }) => !world.l1.view.isCanonical({ number: BigInt(number), hash: hash as Hash }),
    )
    const safe = [localSafe.hash, crossSafe.hash]
    if (offL1.length > 0) {
      watched.told = whenLost(watched.told)
      // Who learns of a reorg late tells it late, and is believed by who learns of it late.
      if (offL1.every(({ hash }) => world.l1.view.orphanedMs(hash as Hash) !== undefined))
        takeBack(watched.takenBack, [{ safe }])
      return
    }
    const { told } = watched
    told.push({
      t,
      localSafe: localSafe.number,
      crossSafe: crossSafe.number,
      finalized: finalized.number,
      currentL1: currentL1.number,
      safe,
      standsOn: claims.map(({ hash }) => hash),
      inCalm: isCalm(follower, t),
      isDue: true,
    })
    if (told.length > toldMax) told.shift()
  }

  /** Nobody owes what stood on blocks that L1 has replaced since, also where the source never notices that it did. */
  function forget(orphaned: Extract<WorldEvent, { kind: 'l1-reorg' }>['orphaned']): void {
    const orphans = new Set(orphaned.map(({ hash }) => hash))
    const isLost = ({ standsOn }: Told) => standsOn.some((hash) => orphans.has(hash))
    for (const node of nodes.values()) {
      const lost = node.told.findLastIndex(isLost)
      if (lost < 0) continue
      takeBack(node.takenBack, node.told.filter(isLost))
      const before = node.told.slice(0, lost).filter((one) => !isLost(one))
      node.told = [...whenLost(before), ...node.told.slice(lost + 1)]
    }
  }

  /**
   * Whether safe goes back with a source that goes back for a reorg of L1, which it may learn of as late as its own L1 and its
   * engine let it: the source says what is safe now, nothing higher since, and nothing that is on L1 said higher as far on L1
   * before. What it said higher at an older L1 block it has derived again since. Safe never exceeds what the source reports
   * (follow-mode.md, steps 6 and 7).
   */
  function isTakenBack({ told, takenBack }: Watched, from: string, to: string): boolean {
    const height = blocks.numberOf(from)
    if (height === undefined) return false
    const saysHigher = (one: Told) => one.localSafe >= height
    // The node may have gone back below what its source took back, as far as L1 says, before the source did.
    const wasTakenBack = [...takenBack].some((hash) => hash === from || blocks.ancestry(from, hash) === 'yes')
    return told.some(({ safe, currentL1 }, at) => {
      const before = told.slice(0, at).filter(saysHigher)
      return (
        safe.includes(to) &&
        !told.slice(at + 1).some(saysHigher) &&
        (wasTakenBack || before.length > 0) &&
        !before.some((one) => one.currentL1 >= currentL1)
      )
    })
  }

  /** Whether its source has another chain by now: the head that stood on this one goes, at first to where both part. */
  function isContradicted({ told }: Watched, head: string): boolean {
    const [localSafe] = told.at(-1)?.safe ?? []
    const [height, at] = [blocks.numberOf(head), told.at(-1)?.localSafe]
    if (localSafe === undefined || height === undefined || at === undefined) return false
    return at <= height && blocks.ancestry(localSafe, head) === 'no'
  }

  /** What a node learns of a reorg it learns later while its own L1 is slow or away. */
  function delay(event: Extract<WorldEvent, { kind: 'fault' }>): void {
    const { point, t } = event
    const name = consumerOf(point)
    const lateMs = lateUntilMs.get(name) ?? 0
    if (t > Math.max(proofs.lastMs(name) + calm, lateMs)) return
    lateUntilMs.set(name, Math.max(lateMs, t + calm + slowedMs(event)))
  }

  /** What L1 did while a node did not run it learns when it runs again, and which safe block that took when L1 goes on. */
  function comeAndGo({ component, action, t }: Extract<WorldEvent, { kind: 'component' }>): void {
    if ((action === 'exit' || action === 'pause') && nodes.has(component)) awaySinceMs.set(component, t)
    if (action === 'start')
      starts.set(component, { afterMs: t, l1: Math.max(0, ...l1Heads.map(({ number }) => number)) })
    if (action !== 'start' && action !== 'resume') return
    const sinceMs = awaySinceMs.get(component)
    awaySinceMs.delete(component)
    if (sinceMs !== undefined && sinceMs <= proofs.lastMs(component) + calm)
      lateUntilMs.set(component, t + calm)
  }

  /**
   * An engine without its data has nothing of what it confirmed, however long its node cannot ask it, and the node has what it
   * is told from then on; some forget at a start what was safe.
   */
  function loseHeads(engine: string, action: Extract<WorldEvent, { kind: 'component' }>['action']): void {
    if (action !== 'wipe' && action !== 'start') return
    for (const watched of nodes.values()) {
      const { node, heads } = watched
      if (node.spec.el !== engine) continue
      if (action === 'wipe') watched.told = watched.told.map((one) => ({ ...one, isDue: false }))
      if (heads !== null) watched.heads = action === 'wipe' ? null : { ...heads, safe: zeroHash }
    }
  }

  function judgeUpdate(event: Extract<WorldEvent, { kind: 'engine' }>): void {
    const { link, heads, status, t, attributes } = event
    const name = consumerOf(link)
    const watched = nodes.get(name)
    if (watched === undefined || heads === undefined || status !== 'VALID') return
    const before = watched.heads
    watched.heads = heads
    if (before === null || t <= Math.max(proofs.lastMs(name) + calm, lateUntilMs.get(name) ?? 0)) return
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
          ? attributes === true || isContradicted(watched, from)
          : isTakenBack(watched, from, to) ||
            (!isCalm(name, t) && blocks.ancestry(from, heads.unsafe) === 'no')
      if (goesBack && !isExcused)
        fail(
          name,
          'heads-stay',
          `${moves} on its own chain, and nothing had happened but what was done to it`,
        )
      else if (
        level === 'safe' &&
        watched.node.spec.mode.kind === 'derive' &&
        isCalm(name, t) &&
        blocks.ancestry(from, to) === 'no'
      )
        fail(name, 'safe-stays', `${moves}, which does not stand on it, and nothing had happened`)
    }
  }

  const ends = [
    events.subscribe(
      (event) => {
        blocks.add(event)
        disturbances.add(event)
        if (isProof(event, engines)) proofs.add(event)
        else if (event.kind === 'fault' && event.point.endsWith('→l1')) delay(event)
        if (event.kind === 'component') {
          comeAndGo(event)
          loseHeads(event.component, event.action)
        }
        if (event.kind === 'source') hear(event)
        else if (event.kind === 'engine') judgeUpdate(event)
        else if (event.kind === 'l1-reorg') forget(event.orphaned)
        else if (event.kind === 'l1-block') l1Heads.push({ t: event.t, number: event.block.number })
        else if (event.kind === 'reach' && event.mark.startsWith('reset') && event.node !== undefined) {
          if (event.mark !== 'reset by admin' && isCalm(event.node, event.t))
            fail(
              event.node,
              'no-needless-reset',
              `${event.mark}, and nothing had happened for ${calm / 1000} s`,
            )
        }
      },
      { history: true },
    ),
    ...[...world.cls.values()].map(({ status }) => status.onObservation(observe)),
  ]
  return () => {
    for (const end of ends) end()
  }
}
