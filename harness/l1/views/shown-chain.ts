import type { Hash } from 'viem'
import type { L1BlockRef } from '../../../node/protocol/refs.ts'
import type { ForkName } from '../../faults/effects.ts'
import type { ForkTree, ForkTreeBlock } from '../fork-tree.ts'

/** One chain of the fork tree, by its head. */
export interface ShownChain {
  readonly head: L1BlockRef
  /** Of the head: blocks of later forks are unknown to whoever has this chain. */
  readonly fork: number
  /** Up to this number its blocks are those of the canonical chain. */
  readonly base: bigint
  /** The hash of a block above `base`, by its number. */
  readonly own: ReadonlyMap<bigint, Hash>
}

type Tree = Pick<ForkTree, 'block' | 'blocks'>

/** The canonical chain of the moment. */
export function canonicalChain(tree: Tree): ShownChain {
  return chainOf(
    tree,
    highest(
      tree.blocks().filter(({ canonical }) => canonical),
      'canonical',
    ),
  )
}

/** The canonical chain without its newest blocks; block 0 stays. */
export function laggingChain(tree: Tree, blocks: number): ShownChain {
  const { head } = canonicalChain(tree)
  const at = head.number > BigInt(blocks) ? head.number - BigInt(blocks) : 0n
  const found = tree.blocks().find(({ ref, canonical }) => canonical && ref.number === at)
  if (found === undefined) throw new Error(`L1 block ${at} is forgotten`)
  return chainOf(tree, found)
}

/** @throws Error when there is no such fork. */
export function forkChain(tree: Tree, fork: ForkName): ShownChain {
  if (fork === 'canonical') return canonicalChain(tree)
  if (typeof fork === 'number')
    return chainOf(
      tree,
      highest(
        tree.blocks().filter((block) => block.fork === fork),
        fork,
      ),
    )
  const found = tree.block(fork.toLowerCase() as Hash)
  if (found === undefined) throw new Error(`L1 never had a block ${fork}`)
  return chainOf(tree, found)
}

/** Whether the block is one of the chain. */
export function isShown({ head, base, own }: ShownChain, { ref, canonical }: ForkTreeBlock): boolean {
  if (ref.number > head.number) return false
  return ref.number <= base ? canonical : own.get(ref.number) === ref.hash
}

function highest(blocks: readonly ForkTreeBlock[], fork: ForkName): ForkTreeBlock {
  const found = blocks.reduce<ForkTreeBlock | undefined>(
    (best, block) => (best === undefined || block.ref.number >= best.ref.number ? block : best),
    undefined,
  )
  if (found === undefined) throw new Error(`L1 has no fork ${fork}`)
  return found
}

function chainOf(tree: Tree, { ref: head, fork, canonical }: ForkTreeBlock): ShownChain {
  const own = new Map<bigint, Hash>()
  if (canonical) return { head, fork, own, base: head.number }
  let at: ForkTreeBlock | undefined = { ref: head, fork, canonical }
  while (at !== undefined && !at.canonical) {
    own.set(at.ref.number, at.ref.hash)
    at = tree.block(at.ref.parentHash)
  }
  if (at === undefined) throw new Error(`the ancestors of L1 block ${head.hash} are forgotten`)
  return { head, fork, own, base: at.ref.number }
}
