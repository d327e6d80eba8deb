import type { Hash } from 'viem'
import type { WorldEvent } from '../events/event.ts'
import { isZeroHash, type L2Blocks } from '../events/l2-blocks.ts'
import type { WatchedWorld } from '../invariants/monitor.ts'
import type { ToldHeights } from './progress-rules.ts'

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

/** What the sources of followers have told, and what L1 has taken back of it. */
export interface SourceMemory {
  add(event: WorldEvent): void
  /** What its source told that is on L1, oldest first; empty on a node that derives. */
  told(follower: string): readonly ToldHeights[]
  /**
   * Whether safe goes back with a source that goes back for a reorg of L1, which it may learn of as late as its own L1 and its
   * engine let it: the source says what is safe now, nothing higher since, and nothing that is on L1 said higher as far on L1
   * before. What it said higher at an older L1 block it has derived again since. Safe never exceeds what the source reports
   * (follow-mode.md, steps 6 and 7).
   */
  takesBack(follower: string, from: string, to: string): boolean
  /** Whether its source has another chain by now: the head that stood on this one goes, at first to where both part. */
  contradicts(follower: string, head: string): boolean
}

interface Memory {
  told: readonly Told[]
  /** What the source called safe on blocks that L1 has replaced since, by hash. */
  readonly takenBack: Set<string>
}

interface Options {
  readonly world: WatchedWorld
  /** Knows the blocks of an event before it is added here. */
  readonly blocks: L2Blocks
  readonly isCalm: (node: string, t: number) => boolean
}

export function createSourceMemory({ world, blocks, isCalm }: Options): SourceMemory {
  const followers = new Map<string, Memory & { readonly el: string }>(
    [...world.cls.values()].map(({ name, spec }) => [name, { el: spec.el, told: [], takenBack: new Set() }]),
  )
  const of = (follower: string): Memory => followers.get(follower) ?? { told: [], takenBack: new Set() }

  function hear({ heads, follower, t }: Extract<WorldEvent, { kind: 'source' }>): void {
    const memory = followers.get(follower)
    if (heads === undefined || memory === undefined) return
    const { currentL1, localSafe, crossSafe, finalized } = heads
    const l2 = [localSafe, crossSafe, finalized]
    if (knowsNothing(heads)) {
      memory.told = whenLost(memory.told)
      return
    }
    if (finalized.number > crossSafe.number || crossSafe.number > localSafe.number) return
    const claims = [currentL1, ...l2.map(({ origin }) => origin)]
    const offL1 = claims.filter(
      ({ number, hash }) => !world.l1.view.isCanonical({ number: BigInt(number), hash: hash as Hash }),
    )
    const safe = [localSafe.hash, crossSafe.hash]
    if (offL1.length > 0) {
      memory.told = whenLost(memory.told)
      // Who learns of a reorg late tells it late, and is believed by who learns of it late.
      if (offL1.every(({ hash }) => world.l1.view.orphanedMs(hash as Hash) !== undefined))
        takeBack(memory.takenBack, [{ safe }])
      return
    }
    const one = {
      t,
      localSafe: localSafe.number,
      crossSafe: crossSafe.number,
      finalized: finalized.number,
      currentL1: currentL1.number,
      safe,
      standsOn: claims.map(({ hash }) => hash),
      inCalm: isCalm(follower, t),
      isDue: true,
    }
    memory.told = [...memory.told.slice(1 - toldMax), one]
  }

  /** Nobody owes what stood on blocks that L1 has replaced since, also where the source never notices that it did. */
  function forget(orphaned: Extract<WorldEvent, { kind: 'l1-reorg' }>['orphaned']): void {
    const orphans = new Set(orphaned.map(({ hash }) => hash))
    const isLost = ({ standsOn }: Told) => standsOn.some((hash) => orphans.has(hash))
    for (const memory of followers.values()) {
      const lost = memory.told.findLastIndex(isLost)
      if (lost < 0) continue
      takeBack(memory.takenBack, memory.told.filter(isLost))
      const before = memory.told.slice(0, lost).filter((one) => !isLost(one))
      memory.told = [...whenLost(before), ...memory.told.slice(lost + 1)]
    }
  }

  return {
    add(event) {
      if (event.kind === 'source') hear(event)
      else if (event.kind === 'l1-reorg') forget(event.orphaned)
      // However long its node cannot ask an engine without its data: it has what it is told from then on.
      else if (event.kind === 'component' && event.action === 'wipe')
        for (const memory of followers.values())
          if (memory.el === event.component)
            memory.told = memory.told.map((one) => ({ ...one, isDue: false }))
    },
    told: (follower) => of(follower).told,
    takesBack(follower, from, to) {
      const height = blocks.numberOf(from)
      if (height === undefined) return false
      const { told, takenBack } = of(follower)
      const saysHigher = (one: Told) => one.localSafe >= height
      // The node may have gone back below what its source took back, as far as L1 says, before the source did.
      const wasTakenBack = [...takenBack].some(
        (hash) => hash === from || blocks.ancestry(from, hash) === 'yes',
      )
      return told.some(({ safe, currentL1 }, at) => {
        const before = told.slice(0, at).filter(saysHigher)
        return (
          safe.includes(to) &&
          !told.slice(at + 1).some(saysHigher) &&
          (wasTakenBack || before.length > 0) &&
          !before.some((one) => one.currentL1 >= currentL1)
        )
      })
    },
    contradicts(follower, head) {
      const last = of(follower).told.at(-1)
      const [localSafe] = last?.safe ?? []
      const height = blocks.numberOf(head)
      if (last === undefined || localSafe === undefined || height === undefined) return false
      return last.localSafe <= height && blocks.ancestry(localSafe, head) === 'no'
    },
  }
}

/** A source that has no place on L1, or no block for one of its labels. */
export const knowsNothing = ({
  currentL1,
  localSafe,
  crossSafe,
  finalized,
}: NonNullable<Extract<WorldEvent, { kind: 'source' }>['heads']>): boolean =>
  [currentL1, localSafe, crossSafe, finalized].some(({ hash }) => isZeroHash(hash))

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
