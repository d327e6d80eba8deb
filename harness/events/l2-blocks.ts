import type { WorldEvent } from './event.ts'

/** Whether one block is an ancestor of another or the same block; `unknown` when the chain between them was not seen. */
export type Ancestry = 'yes' | 'no' | 'unknown'

/**
 * Every L2 block that the stream told of, whoever made it: whatever a node builds, derives or hears of passes an engine
 * link first. On a run that began with its chain nothing is missing.
 */
export interface L2Blocks {
  add(event: WorldEvent): void
  /** Undefined when no event told it. */
  numberOf(hash: string): number | undefined
  /** Undefined when no event told it; genesis has none. */
  parentOf(hash: string): string | undefined
  /** @param lower the presumed ancestor. */
  ancestry(lower: string, higher: string): Ancestry
}

/** Blocks beyond this are not added: a devstack that builds one a second gets there in a month. */
const blocksMax = 2_000_000

interface Entry {
  readonly number: number
  readonly parent: string | undefined
  /**
   * An ancestor further down, so that a walk takes steps by the logarithm of its length (Myers, "An applicative random-access
   * stack"); undefined where the parent was not known when the block was told.
   */
  readonly jump: Entry | undefined
  readonly hash: string
}

export function createL2Blocks(genesis: { readonly number: number; readonly hash: string }): L2Blocks {
  const blocks = new Map<string, Entry>([[genesis.hash, { ...genesis, parent: undefined, jump: undefined }]])

  function learn(block: { number: number; hash: string; parent?: string | undefined }): void {
    const known = blocks.get(block.hash)
    if (known?.parent !== undefined || block.hash === genesis.hash || isZeroHash(block.hash)) return
    if (known !== undefined || blocks.size < blocksMax) {
      const { number, hash, parent } = block
      blocks.set(hash, {
        number,
        hash,
        parent,
        jump: jumpOf(parent === undefined ? undefined : blocks.get(parent)),
      })
    }
  }

  return {
    add(event) {
      if (event.kind === 'engine' && event.block !== undefined) learn(event.block)
      else if (event.kind === 'head' && !isL1Level(event.level)) learn(event.block)
      else if (event.kind === 'source' && event.heads !== undefined) {
        const { unsafe, localSafe, crossSafe, finalized } = event.heads
        for (const ref of [unsafe, localSafe, crossSafe, finalized]) learn(ref)
      }
    },
    numberOf: (hash) => blocks.get(hash)?.number,
    parentOf: (hash) => blocks.get(hash)?.parent,
    ancestry(lower, higher) {
      if (lower === higher) return 'yes'
      const target = blocks.get(lower)
      if (target === undefined) return 'unknown'
      let at = blocks.get(higher)
      while (at !== undefined && at.number > target.number) {
        if (at.parent === lower) return 'yes'
        if (at.parent === undefined) return 'unknown'
        at = at.jump !== undefined && at.jump.number >= target.number ? at.jump : blocks.get(at.parent)
      }
      if (at === undefined) return 'unknown'
      return at.hash === lower ? 'yes' : 'no'
    },
  }
}

/** The jump of a block on that parent: over both of the parent's last two jumps when they are equally long, else one step. */
function jumpOf(parent: Entry | undefined): Entry | undefined {
  // One whose own parent may still be told would be passed over.
  if (parent === undefined || (parent.parent === undefined && parent.jump === undefined && parent.number > 0))
    return undefined
  const next = parent.jump
  if (next?.jump === undefined) return parent
  return parent.number - next.number === next.number - next.jump.number ? next.jump : parent
}

/** "Not known yet", in a status and in a forkchoice state. */
export function isZeroHash(hash: string): boolean {
  return /^0x0*$/.test(hash)
}

function isL1Level(level: string): boolean {
  return level === 'currentL1' || level === 'headL1'
}
