import type { Hash } from 'viem'
import { lookMsMax, looksMax } from '../../node/l1/fork-doubt.ts'
import type { BlockId } from '../../node/protocol/refs.ts'
import type { WorldEvent } from '../events/event.ts'
import { consumerOf } from '../events/traffic-role.ts'
import { createL1Doubts } from '../invariants/doubts.ts'
import type { WatchedWorld } from '../invariants/monitor.ts'
import { originGrace } from '../invariants/origins-canonical.ts'
import { ModelViolation } from './model-violation.ts'

/** A hold ends when its source says nothing new for ten seconds; a second of them for what the node and we see apart. */
const silenceMs = 9_000
/** How often a node looks at L1 in the time of an L2 block, at least. */
const l1LooksPerBlock = 4
/** What L1 takes at most to answer over a rough network, when nothing is lost on the way. */
const answerMs = 500
/** For so long a node may not believe another fork of L1, while no look contradicts it. */
const l1UndecidedMs = looksMax * (lookMsMax + answerMs)
/** "Invalid forkchoice state" (execution-apis, engine/common.md, "Errors"). */
const invalidForkchoice = 'rpc_-38002'

type Event<Kind extends WorldEvent['kind']> = Extract<WorldEvent, { kind: Kind }>

/** From the adoption of another chain until the source has derived L1 up to where that was seen. */
interface Hold {
  readonly untilL1: number
  /** What the node may have had for the head of L1 when it began: up to there it may hold on, and begins no other. */
  readonly atMostL1: number
  /** Past `untilL1`, or past the silence: it may build, and it may hold. */
  isDoubtful: boolean
  /** The head that began it, while the engine still syncs to it. One that refuses it leaves the sequencer on its own chain. */
  untaken: string | null
  /** How far the source had derived L1 when it told of that head; null when that is not known. */
  readonly currentL1: BlockId | null
  seenL1: number
  progressMs: number
}

/** The head that an engine was told last, and did not refuse. */
interface ToldHead {
  readonly hash: string
  readonly syncs: boolean
  isAdopted: boolean
}

/**
 * A sequencer that follows and has adopted another chain builds nothing while its source still derives its way through what
 * came between (follow-mode.md, "Sequencer that follows"; optimism#21964), nor after its start before its source has said a
 * word: the chain of its engine may be long behind. Returns what ends it.
 */
export function watchHolds(world: WatchedWorld): () => void {
  const { events, parameters } = world
  const doubts = createL1Doubts()
  /** A head of L1 that is older is seen by everybody whose L1 is not in doubt. */
  const l1SeenMs = (2 * parameters.l2BlockTime * 1000) / l1LooksPerBlock
  const l1DoubtMs = originGrace(parameters).safeMs
  const l1Heads: { readonly t: number; readonly number: number }[] = []
  let l1Highest = 0
  let lastReorgMs = Number.NEGATIVE_INFINITY
  const holds = new Map<string, Hold>()
  const told = new Map<string, ToldHead>()
  /** The last status of each sequencer's source. */
  const statuses = new Map<string, NonNullable<Event<'source'>['heads']>>()
  /** Since when a sequencer that started has heard nothing of its source. */
  const unheard = new Map<string, number>()
  /** The links on which a fault stands, by its id. */
  const faulty = new Map<number, string>()
  const fail = (name: string, found: string) => {
    if (!world.failed.aborted) world.fail(new ModelViolation(name, 'holds', found))
  }
  const follows = (name: string) => world.cls.get(name)?.spec.mode.kind === 'follow'

  /** The lowest that a node may take for the head of L1: after a reorg it holds on to what it had until it believes the fork. */
  function lowestL1Head(t: number): number {
    const seen = l1Heads.findLastIndex((head) => head.t <= t - l1SeenMs)
    if (seen < 0) return 0
    const doubted = t - l1SeenMs - l1UndecidedMs
    if (lastReorgMs < doubted) return l1Heads[seen]!.number
    const since = l1Heads.findLastIndex((head) => head.t <= doubted)
    return Math.min(...l1Heads.slice(Math.max(0, since), seen + 1).map(({ number }) => number))
  }

  function adopt({ node, t }: Event<'reach'>): void {
    if (node === undefined || world.cls.get(node)?.spec.sequencer === undefined || !follows(node)) return
    if (doubts.untilMs(node) + l1DoubtMs > t) return
    const before = holds.get(node)
    if (before?.isDoubtful) return
    const head = told.get(node)
    // A node tells of its adoption when its engine has the head: the source may have caught up by then.
    if (before === undefined && head?.isAdopted) return
    if (head !== undefined) head.isAdopted = true
    const untilL1 = before?.untilL1 ?? lowestL1Head(t)
    const atMostL1 = before?.atMostL1 ?? l1Highest
    const isFirst = before === undefined || before.untaken !== null
    const untaken = isFirst && head?.syncs ? head.hash : null
    const status = statuses.get(node)
    const currentL1 =
      status !== undefined && status.localSafe.hash === untaken ? blockId(status.currentL1) : null
    const seenL1 = status?.currentL1.number ?? 0
    holds.set(node, { untilL1, atMostL1, isDoubtful: false, untaken, currentL1, seenL1, progressMs: t })
  }

  /** What the engine says to the head that it is told. */
  function learnTold({ link, heads, attributes, status, outcome, t }: Event<'engine'>): void {
    if (heads === undefined) return
    const name = consumerOf(link)
    if (status === 'VALID' || status === 'SYNCING') {
      const before = told.get(name)
      const isAdopted = before?.hash === heads.unsafe && before.isAdopted
      told.set(name, { hash: heads.unsafe, syncs: status === 'SYNCING', isAdopted })
    }
    const hold = holds.get(name)
    if (hold === undefined || hold.untaken === null) return
    if (heads.unsafe !== hold.untaken) {
      // Back on its own chain: of what L1 has replaced since, nothing is adopted.
      const { currentL1 } = hold
      const isStale = currentL1 !== null && !world.l1.view.isCanonical(currentL1)
      if (isStale && status === 'VALID' && attributes !== true) holds.delete(name)
    } else if (status === 'VALID') {
      hold.untaken = null
      hold.progressMs = t
    } else if (status === 'INVALID' || outcome === invalidForkchoice) holds.delete(name)
  }

  function hear({ follower, heads, t }: Event<'source'>): void {
    const hold = holds.get(follower)
    if (heads !== undefined) {
      statuses.set(follower, heads)
      unheard.delete(follower)
    }
    if (hold === undefined || heads === undefined) return
    const { number, hash } = heads.currentL1
    if (number >= hold.atMostL1) holds.delete(follower)
    // Who heard nothing for so long goes on, and does not hold again when its source comes back.
    else if (number >= hold.untilL1 || t - hold.progressMs > silenceMs) hold.isDoubtful = true
    // What a fault may have changed, its engine may have refused, or L1 does not have, was no progress to the follower.
    else if (
      number > hold.seenL1 &&
      world.l1.view.isCanonical({ number: BigInt(number), hash: hash as Hash }) &&
      !faulty.values().some((point) => consumerOf(point) === follower)
    ) {
      hold.seenL1 = number
      hold.progressMs = t
    }
  }

  function judgeBuild({ link, t, durationMs }: Event<'engine'>): void {
    const name = consumerOf(link)
    const startedMs = unheard.get(name)
    // What it asked for before it was started again may be answered, or given up, after that.
    const isSince = startedMs !== undefined && t - durationMs >= startedMs
    if (isSince && t - startedMs <= silenceMs)
      fail(name, `it builds ${(t - startedMs) / 1000} s after its start, and its source has said nothing`)
    const hold = holds.get(name)
    if (hold === undefined || hold.isDoubtful || t - hold.progressMs > silenceMs) return
    fail(
      name,
      `it builds although it adopted another chain, and its source has derived L1 up to ${hold.seenL1} of ${hold.untilL1}`,
    )
  }

  return events.subscribe(
    (event) => {
      doubts.add(event)
      if (event.kind === 'engine') {
        learnTold(event)
        if (event.attributes === true) judgeBuild(event)
      } else if (event.kind === 'l1-block') {
        l1Heads.push({ t: event.t, number: event.block.number })
        l1Highest = Math.max(l1Highest, event.block.number)
      } else if (event.kind === 'l1-reorg') lastReorgMs = event.t
      else if (event.kind === 'fault' && event.action === 'install') faulty.set(event.id, event.point)
      else if (event.kind === 'fault' && event.action === 'remove') faulty.delete(event.id)
      else if (event.kind === 'reach' && event.mark === 'follow case 4') adopt(event)
      else if (event.kind === 'source') hear(event)
      // Whoever starts anew waits for its source anyway.
      else if (event.kind === 'component') {
        holds.delete(event.component)
        told.delete(event.component)
        if (event.action === 'start' && follows(event.component)) unheard.set(event.component, event.t)
      }
    },
    { history: true },
  )
}

const blockId = ({ number, hash }: { readonly number: number; readonly hash: string }): BlockId => ({
  number: BigInt(number),
  hash: hash as Hash,
})
