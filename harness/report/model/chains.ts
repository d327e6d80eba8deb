import type { WorldEvent } from '../../events/event.ts'
import { countUntil } from './track.ts'

export interface BlockRef {
  readonly number: number
  readonly hash: string
}

/** A block of either chain, and its place as far as the events tell it. */
export interface ChainBlock extends BlockRef {
  /** When it was heard of first. */
  readonly t: number
  /** Hash of its parent; missing when nothing told it. */
  parent?: string
  /** L2: the L1 block of its epoch. */
  origin?: BlockRef
  /** L1: how many reorgs came before it. */
  fork?: number
  /** L1: its own time, in Unix seconds. */
  timestamp?: number
}

/** L1 as its heads were told: each block stands on the one that was canonical below it then. */
export interface L1Chain {
  readonly blocks: Map<string, ChainBlock>
  /** Every new head, in the order of time. A block may come twice: a fork can come back. */
  readonly heads: { readonly t: number; readonly hash: string }[]
  add(block: BlockRef, timestamp: number, fork: number, t: number): void
}

export function createL1Chain(): L1Chain {
  const blocks = new Map<string, ChainBlock>()
  const canonical = new Map<number, string>()
  const heads: { t: number; hash: string }[] = []
  return {
    blocks,
    heads,
    add({ number, hash }, timestamp, fork, t) {
      const parent = canonical.get(number - 1)
      if (!blocks.has(hash))
        blocks.set(hash, { number, hash, t, timestamp, fork, ...(parent === undefined ? {} : { parent }) })
      canonical.set(number, hash)
      heads.push({ t, hash })
    },
  }
}

/** L2 blocks that anybody named, by hash and by number. */
export interface L2Chain {
  readonly blocks: Map<string, ChainBlock>
  readonly byNumber: Map<number, ChainBlock[]>
}

export function createL2Chain(): L2Chain {
  return { blocks: new Map(), byNumber: new Map() }
}

/** What an event told of an L2 block. */
export interface ToldBlock extends BlockRef {
  readonly parent?: string | undefined
  readonly origin?: BlockRef | undefined
}

/** The L2 blocks that an event names. */
export function blocksTold(event: WorldEvent): readonly ToldBlock[] {
  switch (event.kind) {
    case 'head': {
      const { level, block, origin } = event
      if (level === 'currentL1' || level === 'headL1') return []
      return [origin === undefined ? block : { ...block, origin }]
    }
    case 'source':
      return Object.values(event.heads ?? {}).filter((head) => 'origin' in head)
    case 'engine':
    case 'gossip':
      return event.block === undefined ? [] : [event.block]
    default:
      return []
  }
}

/** @returns whether that was not known before. */
export function addL2Block(
  { blocks, byNumber }: L2Chain,
  { number, hash }: BlockRef,
  t: number,
  { parent, origin }: Omit<ToldBlock, keyof BlockRef> = {},
): boolean {
  if (isZeroHash(hash)) return false
  const known = blocks.get(hash)
  if (known !== undefined) {
    const hasNews =
      (parent !== undefined && parent !== known.parent) ||
      (origin !== undefined && origin.hash !== known.origin?.hash)
    if (parent !== undefined) known.parent = parent
    if (origin !== undefined) known.origin = origin
    return hasNews
  }
  const block: ChainBlock = { number, hash, t }
  if (parent !== undefined) block.parent = parent
  if (origin !== undefined) block.origin = origin
  blocks.set(hash, block)
  const others = byNumber.get(number)
  if (others === undefined) byNumber.set(number, [block])
  else others.push(block)
  return true
}

/** "Not known yet", in a status. */
export function isZeroHash(hash: string): boolean {
  return hash.startsWith('0x0000') && /^0x0*$/.test(hash)
}

/** A block in a drawn tree. */
export interface TreeBlock {
  readonly block: ChainBlock
  /** Which line it is drawn on: 0 is the canonical one. */
  readonly row: number
  readonly orphaned: boolean
  /** The parent in the same tree; null at its left edge. */
  readonly parent: ChainBlock | null
  /** Nothing told the parent: it is the only candidate. */
  readonly guessed: boolean
}

/** A part of a chain with its forks. */
export interface ChainTree {
  /** The lowest and the highest block number shown. */
  readonly low: number
  readonly high: number
  readonly rows: number
  readonly blocks: readonly TreeBlock[]
}

/** The L1 blocks that were known at `t`, the newest `heights` of them. */
export function l1TreeAt({ blocks, heads }: L1Chain, t: number, heights: number): ChainTree {
  const count = countUntil(heads, t)
  const head = blocks.get(heads[count - 1]?.hash ?? '')
  if (head === undefined) return { low: 0, high: 0, rows: 0, blocks: [] }
  const recent: ChainBlock[] = []
  let high = head.number
  // Orphans of a shortening reorg may be above the head. The heads of a window are not far back: forks are short.
  for (let index = count - 1; index >= 0 && index > count - heights * 8; index--) {
    const block = blocks.get(heads[index]?.hash ?? '')
    if (block !== undefined && block.number > head.number - heights) {
      recent.push(block)
      high = Math.max(high, block.number)
    }
  }
  return layOut(
    recent,
    ancestors([head], (hash) => blocks.get(hash)),
    high - heights + 1,
    high,
    (block) => (block.parent === undefined ? undefined : blocks.get(block.parent)),
  )
}

/**
 * The L2 blocks that anybody had named at `t`, up to `heights` of them below the highest. What none of the `heads` stands
 * on is orphaned.
 */
export function l2TreeAt(
  { blocks, byNumber }: L2Chain,
  heads: readonly BlockRef[],
  t: number,
  heights: number,
): ChainTree {
  const tips = heads.flatMap(({ hash }) => blocks.get(hash) ?? [])
  if (tips.length === 0) return { low: 0, high: 0, rows: 0, blocks: [] }
  // The head that most stand on is drawn on the first line.
  const counts = Map.groupBy(tips, ({ hash }) => hash)
  tips.sort(
    (a, b) => (counts.get(b.hash)?.length ?? 0) - (counts.get(a.hash)?.length ?? 0) || b.number - a.number,
  )
  const high = Math.max(...tips.map(({ number }) => number))
  const shown: ChainBlock[] = []
  for (let number = high; number > high - heights && number >= 0; number--)
    shown.push(...(byNumber.get(number) ?? []).filter((block) => block.t <= t))
  const parentOf = (block: ChainBlock) => {
    if (block.parent !== undefined) return blocks.get(block.parent)
    const below = (byNumber.get(block.number - 1) ?? []).filter((other) => other.t <= t)
    return below.length === 1 ? below[0] : undefined
  }
  return layOut(
    shown,
    ancestors(tips, (hash) => blocks.get(hash), parentOf, high - heights),
    high - heights + 1,
    high,
    parentOf,
  )
}

/** The hashes below, and of, these blocks, each with the place of the first of them that stands on it. */
function ancestors(
  tips: readonly ChainBlock[],
  find: (hash: string) => ChainBlock | undefined,
  parentOf = (block: ChainBlock) => (block.parent === undefined ? undefined : find(block.parent)),
  lowest = Number.NEGATIVE_INFINITY,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const [place, tip] of tips.entries())
    for (
      let block: ChainBlock | undefined = tip;
      block !== undefined && block.number >= lowest && !found.has(block.hash);
      block = parentOf(block)
    )
      found.set(block.hash, place)
  return found
}

function layOut(
  unordered: readonly ChainBlock[],
  alive: ReadonlyMap<string, number>,
  low: number,
  high: number,
  parentOf: (block: ChainBlock) => ChainBlock | undefined,
): ChainTree {
  const ordered = [...new Set(unordered)].sort(
    (a, b) =>
      a.number - b.number ||
      (alive.get(a.hash) ?? Number.POSITIVE_INFINITY) - (alive.get(b.hash) ?? Number.POSITIVE_INFINITY) ||
      a.t - b.t,
  )
  const rowOf = new Map<string, number>()
  const taken = new Set<string>()
  // A branch stays on its line as long as the line is free.
  const place = (block: ChainBlock, wanted: number) => {
    let row = wanted
    while (taken.has(`${block.number} ${row}`)) row++
    taken.add(`${block.number} ${row}`)
    rowOf.set(block.hash, row)
    return row
  }
  const main = ordered.filter(({ hash }) => alive.get(hash) === 0)
  for (const block of main) place(block, 0)
  const blocks = ordered.map((block) => {
    const parent = parentOf(block)
    const inTree = parent !== undefined && parent.number >= low ? parent : null
    const row =
      rowOf.get(block.hash) ??
      // On its own line from the fork on, not on that of what it competes with.
      place(block, Math.max(1, inTree === null ? 1 : (rowOf.get(inTree.hash) ?? 1)))
    return {
      block,
      row,
      orphaned: !alive.has(block.hash),
      parent: inTree,
      guessed: block.parent === undefined,
    }
  })
  return { low: Math.max(0, low), high, rows: Math.max(0, ...blocks.map(({ row }) => row)) + 1, blocks }
}
