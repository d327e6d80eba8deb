import type { BlockId } from '../../node/protocol/refs.ts'
import type { WorldEvent } from '../events/event.ts'
import { isZeroHash, type L2Blocks } from '../events/l2-blocks.ts'
import type { L1View } from '../world/l1-view.ts'
import type { Doubts } from './doubts.ts'

export type SourceEvent = Extract<WorldEvent, { kind: 'source' }>
type Heads = NonNullable<SourceEvent['heads']>

/** What a source may be cited for. `accepted`: local-safe of a status that follow mode accepts. */
export type ReportedAs = 'localSafe' | 'crossSafe' | 'finalized' | 'currentL1' | 'accepted'

/** `unknown`: the chain was not seen down to there. */
export type Reported = 'reported' | 'not-reported' | 'unknown'

/** Everything that one follower was ever told by its source, by hash. */
export interface SourceReports {
  readonly source: string
  add(event: SourceEvent): void
  /** Whether the block, or one that descends from it, was reported as that. L1 blocks have no descendants here. */
  has(what: ReportedAs, block: { readonly number: number; readonly hash: string }): Reported
  /** Why the newest status that was not accepted was not; null when there was none. */
  readonly lastRefusal: string | null
}

export interface SourceReportsOptions {
  readonly source: string
  readonly follower: string
  readonly genesis: {
    readonly l1: Pick<BlockId, 'hash'>
    readonly l2: { readonly number: number; readonly hash: string }
  }
  readonly blocks: L2Blocks
  readonly l1: Pick<L1View, 'isCanonical' | 'orphanedMs'>
  readonly doubts: Doubts
  /** For how long after a reorg own L1 may not have shown it yet. */
  readonly graceMs: number
}

/** Statuses that L1 contradicted are judged again for a while: a block may be told by L1 a moment after it is seen there. */
const rejectedMax = 64

export function createSourceReports(options: SourceReportsOptions): SourceReports {
  const { blocks, genesis, source } = options
  const chains = {
    localSafe: createChain(blocks, genesis.l2),
    crossSafe: createChain(blocks, genesis.l2),
    finalized: createChain(blocks, genesis.l2),
    accepted: createChain(blocks, genesis.l2),
  }
  const currentL1 = new Set<string>([genesis.l1.hash])
  let rejected: SourceEvent[] = []
  let lastRefusal: string | null = null

  function judge(event: SourceEvent): void {
    const { heads } = event
    if (heads === undefined) return
    const refusal = refusalOf(heads, event.t, options)
    if (refusal === null) chains.accepted.add(heads.localSafe)
    else {
      lastRefusal = refusal
      rejected.push(event)
      if (rejected.length > rejectedMax) rejected.shift()
    }
  }

  function judgeAgain(): void {
    const again = rejected
    rejected = []
    for (const event of again) judge(event)
  }

  return {
    source,
    get lastRefusal() {
      return lastRefusal
    },
    add(event) {
      if (event.heads === undefined) return
      for (const level of ['localSafe', 'crossSafe', 'finalized'] as const)
        chains[level].add(event.heads[level])
      currentL1.add(event.heads.currentL1.hash)
      judge(event)
    },
    has(what, block) {
      if (what === 'currentL1') return currentL1.has(block.hash) ? 'reported' : 'not-reported'
      const first = chains[what].has(block)
      if (first === 'reported' || what !== 'accepted') return first
      judgeAgain()
      return chains[what].has(block)
    },
  }
}

/**
 * Why follow mode does not accept a status; null when it does: structure (heads ordered and known) and own L1 (the origins
 * of local-safe, safe and finalized and `currentL1` are on it). follow-mode.md, steps 4 and 5.
 */
export function refusalOf(
  heads: Heads,
  atMs: number,
  { l1, doubts, follower, graceMs }: Pick<SourceReportsOptions, 'l1' | 'doubts' | 'follower' | 'graceMs'>,
): string | null {
  const { localSafe, crossSafe, finalized, currentL1 } = heads
  if (isZeroHash(currentL1.hash)) return 'currentL1 is not known yet'
  if (finalized.number > crossSafe.number || crossSafe.number > localSafe.number)
    return `heads are out of order: finalized ${finalized.number}, safe ${crossSafe.number}, local-safe ${localSafe.number}`
  if (doubts.untilMs(follower) + graceMs > atMs) return null
  const claims = [currentL1, ...[localSafe, crossSafe, finalized].filter(isKnown).map(({ origin }) => origin)]
  for (const { number, hash } of claims) {
    const block = { number: BigInt(number), hash: hash as BlockId['hash'] }
    if (l1.isCanonical(block)) continue
    const orphanedMs = l1.orphanedMs(block.hash)
    if (orphanedMs === undefined) return `L1 never had ${number}:${hash.slice(0, 10)}…`
    if (atMs - orphanedMs > graceMs)
      return `${number}:${hash.slice(0, 10)}… was orphaned ${atMs - orphanedMs} ms before`
  }
  return null
}

const isKnown = ({ hash }: { readonly hash: string }) => !isZeroHash(hash)

/** Blocks and all their ancestors. Each block is walked over once. */
function createChain(blocks: L2Blocks, genesis: { readonly number: number; readonly hash: string }) {
  const hashes = new Set<string>([genesis.hash])
  /** Below it the ancestors of some block are not known. */
  let floor = Number.NEGATIVE_INFINITY
  return {
    add({ number, hash }: { readonly number: number; readonly hash: string }): void {
      if (isZeroHash(hash)) return
      let at: string | undefined = hash
      let lowest = number
      while (at !== undefined && !hashes.has(at)) {
        hashes.add(at)
        lowest = blocks.numberOf(at) ?? lowest
        at = blocks.parentOf(at)
      }
      if (at === undefined) floor = Math.max(floor, lowest)
    },
    has({ number, hash }: { readonly number: number; readonly hash: string }): Reported {
      if (hashes.has(hash)) return 'reported'
      return number < floor ? 'unknown' : 'not-reported'
    },
  }
}
