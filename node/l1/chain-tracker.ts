import type { Hash } from 'viem'
import type { L1Header, L1Source } from '../ports/l1-source.ts'
import { type BlockId, formatRef } from '../protocol/refs.ts'
import { createForkDoubt } from './fork-doubt.ts'
import {
  blockInView,
  connectHead,
  type L1ChainChange,
  type L1ChainView,
  l1ViewBlocksMax,
} from './l1-chain-view.ts'

/** Holds the one view of L1 that the node believes in, and moves it. */
export interface ChainTracker {
  readonly view: L1ChainView
  /**
   * Asks L1 for its head. Blocks on top of the view are taken at once; another fork is when this many looks agree as
   * its {@link ForkDoubt} demands. What was read of an unfinished walk is kept for the next look.
   * @returns what changed; null when L1 has no head or shows a fork that is not believed yet.
   * @throws what L1 throws.
   */
  look(signal: AbortSignal): Promise<L1ChainChange | null>
  /** As `look`, for somebody who asked for a block above the view: proves no fork, because it comes too soon after another. */
  peek(signal: AbortSignal): Promise<L1ChainChange | null>
  /** True when the last look got further in a walk, although it failed. */
  readonly progressed: boolean
  /** True while L1 shows a fork that is not believed yet, be it to a peek: the view may be of a chain that is no more. */
  readonly inDoubt: boolean
  /** True when L1 has shown the chain of the view alone for so many looks that what it says is no accident. */
  readonly settled: boolean
  /** True for a block that the view lost to another fork, and did not get back. */
  wasRemoved(block: BlockId): boolean
  /** Adds the parent of the view's oldest block. Returns false when L1 does not have it, or the view is full. */
  extendDown(signal?: AbortSignal): Promise<boolean>
}

/** Orphans that are remembered, to know a fork that comes back. */
const orphansMax = l1ViewBlocksMax

export function createChainTracker(l1: Pick<L1Source, 'headerByLabel' | 'headerByHash'>): ChainTracker {
  const doubt = createForkDoubt()
  let view: L1ChainView = []
  let progressed = false
  /** A peek saw another fork since the last look. */
  let peekedFork = false
  /** Blocks that walks have read and the view does not have. */
  const walked = new Map<Hash, L1Header>()
  const orphans = new Set<Hash>()

  const parentOf = async (block: L1Header, signal: AbortSignal): Promise<L1Header> => {
    const known = walked.get(block.parentHash)
    if (known !== undefined) return known
    const parent = await l1.headerByHash(block.parentHash, signal)
    if (parent === null)
      throw new Error(`own L1 has ${formatRef(block)} but not its parent ${block.parentHash}`)
    if (walked.size >= 2 * l1ViewBlocksMax) walked.clear()
    walked.set(parent.hash, parent)
    progressed = true
    return parent
  }

  const adopt = (next: L1ChainView, { added, removed }: L1ChainChange) => {
    view = next
    walked.clear()
    for (const { hash } of added) orphans.delete(hash)
    for (const { hash } of removed) orphans.add(hash)
    for (const hash of orphans) {
      if (orphans.size <= orphansMax) break
      orphans.delete(hash)
    }
  }

  const ask = async (signal: AbortSignal, mayProveFork: boolean): Promise<L1ChainChange | null> => {
    progressed = false
    const head = await l1.headerByLabel('latest', signal)
    if (head === null) return null
    const connected = await connectHead(view, head, (block) => parentOf(block, signal))
    const { change } = connected
    const [fork] = change.added
    if (change.removed.length > 0 && fork !== undefined) {
      peekedFork = !mayProveFork
      if (!mayProveFork || !doubt.showsFork(fork, orphans.has(fork.hash))) return null
    } else if (mayProveFork) {
      peekedFork = false
      doubt.showsOurs(head)
    }
    if (change.added.length > 0) adopt(connected.view, change)
    return change
  }

  /** One walk at a time, so that the view moves from one known state to the next. */
  let busy: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = busy.then(work)
    busy = result.catch(() => {})
    return result
  }

  return {
    get view() {
      return view
    },
    get progressed() {
      return progressed
    },
    get inDoubt() {
      return doubt.undecided || peekedFork
    },
    get settled() {
      return doubt.settled
    },
    wasRemoved: ({ hash }) => orphans.has(hash),
    look: (signal) => inTurn(() => ask(signal, true)),
    peek: (signal) => inTurn(() => ask(signal, false)),
    async extendDown(signal) {
      const base = view[0]
      if (base === undefined || base.number === 0n || view.length >= l1ViewBlocksMax) return false
      const parent = await l1.headerByHash(base.parentHash, signal)
      if (parent === null) return false
      // The view may have moved meanwhile; blockInView then says where the parent belongs.
      if (view[0]?.parentHash === parent.hash && blockInView(view, parent.number) === 'below')
        view = [parent, ...view]
      return true
    },
  }
}
