import type { Hash } from 'viem'
import type { BlockId } from '../../node/protocol/refs.ts'
import type { WorldEvent } from '../events/event.ts'
import { createL2Blocks } from '../events/l2-blocks.ts'
import { consumerOf } from '../events/traffic-role.ts'
import { createL1Doubts, deniesBlocks } from '../invariants/doubts.ts'
import type { WatchedWorld } from '../invariants/monitor.ts'
import { originGrace } from '../invariants/origins-canonical.ts'
import { refusalOf } from '../invariants/source-reports.ts'
import { calmMs } from './calm.ts'
import { createDisturbances } from './disturbances.ts'
import { type Broken, type Heads, judgeStep, type Told } from './follow-model.ts'
import { ModelViolation } from './model-violation.ts'
import { showsAnotherFork } from './watch-l1.ts'

/** Statuses that a follower may still be following: minutes of them. */
const toldMax = 512
/** Origins that are remembered: those of hours. */
const originsMax = 20_000
/** A node is not asked at each block: so many may come between two answers. */
const unpublishedMax = 200
/** Blocks of its peers that are remembered of each follower: those that wait beyond a gap. */
const givenMax = 512

interface Follower {
  readonly told: { -readonly [Key in keyof Told]: Told[Key] }[]
  /** Blocks that its peers gave it, by hash. */
  readonly given: Set<string>
  /** What its engine confirmed last. */
  from: Heads | null
  /** The head that it published last: its own, while its engine is on the way to another, or does not answer. */
  published: string | null
  engineStarts: number
  backUntilMs: number
  /** Until when an operator's reset may show. */
  readUntilMs: number
}

/**
 * Checks every forkchoice update of every follower against the model. Nor does safe go to a block that stands on what L1 has
 * replaced: a target that waited is validated again (follow-mode.md, step 7). Returns what ends it.
 */
export function watchFollowModel(world: WatchedWorld): () => void {
  const { events, rollup, parameters } = world
  const blocks = createL2Blocks({
    number: Number(rollup.genesis.l2.number),
    hash: rollup.genesis.l2.hash,
  })
  /** L1 origins of L2 blocks, as far as nodes published them. */
  const origins = new Map<string, BlockId>()
  const doubts = createL1Doubts()
  const disturbances = createDisturbances()
  const graceMs = originGrace(parameters).safeMs
  const l1BlockMs = 1_000 * parameters.l1BlockTime
  /** For how long after an L1 reorg, or an engine that started or denied blocks, heads may go back along their own chain. */
  const backMs = calmMs(parameters)
  const followers = new Map<string, Follower>(
    [...world.cls.values()]
      .filter(({ spec }) => spec.mode.kind === 'follow')
      .map(({ name }) => [
        name,
        {
          ...{ told: [], given: new Set(), from: null, published: null },
          ...{ engineStarts: 0, backUntilMs: 0, readUntilMs: 0 },
        },
      ]),
  )

  /** The origin of a block, or of the nearest below whose origin is known. */
  function originOf(hash: string): BlockId | undefined {
    let at: string | undefined = hash
    for (let looked = 0; at !== undefined && looked < unpublishedMax; looked++) {
      const origin = origins.get(at)
      if (origin !== undefined) return origin
      at = blocks.parentOf(at)
    }
    return undefined
  }

  /** Whether L1 has replaced the origin of a block, or of the nearest below whose origin is known. */
  function isOrphaned(hash: string): boolean {
    const origin = originOf(hash)
    return origin !== undefined && !world.l1.view.isCanonical(origin)
  }

  /**
   * On which L1 block it stands that own L1 has replaced for so long that the follower knows; undefined when there is none.
   * An L1 that has become shorter says so only when it is as long again.
   */
  function knownOrphan(name: string, hash: string, t: number): BlockId | undefined {
    const { view } = world.l1
    const origin = originOf(hash)
    const orphanedMs = origin === undefined ? undefined : view.orphanedMs(origin.hash)
    if (origin === undefined || orphanedMs === undefined) return undefined
    const isLong = view.head.number >= origin.number + BigInt(Math.ceil(graceMs / l1BlockMs))
    return isLong && t - Math.max(orphanedMs, doubts.untilMs(name)) > graceMs ? origin : undefined
  }

  function learnHead({ node, level, block, origin }: Extract<WorldEvent, { kind: 'head' }>): void {
    const follower = followers.get(node)
    if (level === 'currentL1')
      for (const status of follower?.told ?? []) status.isMark ||= status.currentL1.hash === block.hash
    if (level === 'unsafe' && follower !== undefined) follower.published = block.hash
    if (origin === undefined) return
    origins.set(block.hash, { number: BigInt(origin.number), hash: origin.hash as Hash })
    if (origins.size > originsMax) origins.delete(origins.keys().next().value as string)
  }

  function hear(event: Extract<WorldEvent, { kind: 'source' }>): void {
    const { heads } = event
    const follower = followers.get(event.follower)
    if (follower === undefined || heads === undefined) return
    if (refusalOf(heads, event.t, { l1: world.l1.view, doubts, follower: event.follower, graceMs }) !== null)
      return
    follower.told.push({
      localSafe: heads.localSafe,
      crossSafe: heads.crossSafe,
      currentL1: heads.currentL1,
      isApplied: heads.localSafe.hash === follower.from?.safe,
      isMark: event.t - disturbances.lastMs(event.follower) > backMs,
    })
    if (follower.told.length > toldMax) follower.told.shift()
  }

  function give({ node, action, block }: Extract<WorldEvent, { kind: 'gossip' }>): void {
    const given = followers.get(node)?.given
    if (given === undefined || action !== 'accept' || block === undefined) return
    given.add(block.hash)
    if (given.size > givenMax) given.delete(given.values().next().value as string)
  }

  function isHigher(one: string, other: string): boolean {
    return (blocks.numberOf(one) ?? 0) > (blocks.numberOf(other) ?? 0)
  }

  function judge(event: Extract<WorldEvent, { kind: 'engine' }>, heads: Heads): void {
    const name = consumerOf(event.link)
    const follower = followers.get(name)
    const node = world.cls.get(name)
    if (follower === undefined || node === undefined) return
    const { starts } = node.el.lifecycle
    if (starts !== follower.engineStarts) follower.backUntilMs = event.t + backMs
    // One that has confirmed nothing since may have lost what it was told: the node reads from it once more.
    if (event.status === 'VALID') follower.engineStarts = starts
    const { from, told } = follower
    // What no engine confirmed was tried: the node still stands where it stood, and may say that again.
    if (event.status === 'VALID') {
      follower.from = heads
      for (const status of told) status.isApplied ||= status.localSafe.hash === heads.safe
    }
    if (from === null) return
    const orphan =
      event.status === 'VALID' && heads.safe !== from.safe
        ? knownOrphan(name, heads.safe, event.t)
        : undefined
    if (orphan !== undefined) {
      const found = `safe went to ${blocks.numberOf(heads.safe) ?? '?'}:${heads.safe.slice(0, 10)}…, which stands on L1 block ${orphan.number}:${orphan.hash.slice(0, 10)}…, and L1 has had another one there for long`
      world.fail(new ModelViolation(name, 'safe-on-l1', found))
      return
    }
    const judgeFrom = (unsafe: string): Broken => {
      // On which chain a block beyond a gap is, only the engine knows: it is asked. It says no, or takes it with all that is
      // missing: of a chain that forks above what is safe, as a sequencer's newer one does.
      const forks = isHigher(heads.unsafe, unsafe) && blocks.ancestry(from.safe, heads.unsafe) !== 'no'
      const isAsked = (event.status !== 'VALID' || forks) && follower.given.has(heads.unsafe)
      return judgeStep({
        ...{ from: { ...from, unsafe }, to: isAsked ? { ...heads, unsafe } : heads, told },
        goesBack:
          event.t < follower.backUntilMs ||
          isOrphaned(unsafe) ||
          // Its engine has gone to another chain by itself, and an operator had it read from there where it is.
          (event.t < follower.readUntilMs && blocks.ancestry(from.safe, heads.unsafe) === 'no'),
        restarted: node.lifecycle.starts > 1,
        grewOn: follower.given.has(heads.unsafe) ? (blocks.parentOf(heads.unsafe) ?? null) : null,
        isOnL1: ({ number, hash }) =>
          world.l1.view.isCanonical({ number: BigInt(number), hash: hash as Hash }),
        ...{ ancestry: blocks.ancestry, numberOf: blocks.numberOf },
      })
    }
    const { published } = follower
    const broken = judgeFrom(from.unsafe)
    // Its engine may have gone to another chain by itself: the node stands where it says.
    const isAstray = published !== null && blocks.ancestry(published, from.unsafe) === 'no'
    if (broken?.rule === 'unsafe-moves' && isAstray && judgeFrom(published) === null) return
    if (broken !== null) world.fail(new ModelViolation(name, broken.rule, broken.found))
  }

  return events.subscribe(
    (event) => {
      blocks.add(event)
      doubts.add(event)
      disturbances.add(event)
      if (event.kind === 'head') learnHead(event)
      else if (event.kind === 'source') hear(event)
      else if (event.kind === 'gossip') give(event)
      else if (event.kind === 'engine' && event.heads !== undefined) judge(event, event.heads)
      else if (event.kind === 'reach' && event.mark === 'reset by admin') {
        const follower = followers.get(event.node ?? '')
        if (follower !== undefined) follower.readUntilMs = event.t + backMs
      } else if (event.kind === 'l1-reorg')
        for (const follower of followers.values()) follower.backUntilMs = event.t + backMs
      else if (event.kind === 'fault' && (showsAnotherFork(event.fault) || deniesBlocks(event))) {
        const follower = followers.get(consumerOf(event.point))
        if (follower !== undefined) follower.backUntilMs = event.t + backMs
      }
    },
    { history: true },
  )
}
