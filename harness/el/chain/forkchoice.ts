import type { Hash } from 'viem'
import type { ForkchoiceState } from '../../../node/protocol/payload.ts'
import { zeroHash } from '../../../node/protocol/refs.ts'

/** What the rules need to know of a block that was executed and kept. */
export interface ChainEntry {
  readonly hash: Hash
  readonly number: bigint
  readonly parentHash: Hash
}

/** The chain as the rules see it. Only executed blocks are in it. */
export interface ForkchoiceView {
  readonly head: ChainEntry
  /** The executed block with that hash, canonical or not. */
  block(hash: Hash): ChainEntry | undefined
  /** Hash of the canonical block with that number, up to the head. */
  canonicalHash(number: bigint): Hash | undefined
  /** Set when the block or one of its ancestors was executed and found wrong: the newest valid ancestor. */
  latestValidAncestorOfInvalid(hash: Hash): Hash | null | undefined
}

/** How the canonical chain changes: not at all, grown by new blocks, or moved to a side chain. */
export type HeadMovement = 'none' | 'extend' | 'reorg'

export type ForkchoiceDecision =
  /** The head cannot be taken: it is zero or stands on an invalid block. */
  | { readonly kind: 'invalid'; readonly latestValidHash: Hash | null; readonly reason: string }
  /** The head, or an ancestor of it, is not here: sync toward it; nothing else of the update is looked at. */
  | { readonly kind: 'syncing' }
  /** Error −38002: the head could be taken, but safe or finalized do not belong to its chain. Nothing changes. */
  | { readonly kind: 'inconsistent'; readonly reason: string }
  | {
      readonly kind: 'apply'
      /** The block that the update names: what it builds on, and what the answer calls valid. */
      readonly named: ChainEntry
      /** Head of the chain afterwards: above `named` when that was canonical already. */
      readonly head: ChainEntry
      readonly movement: HeadMovement
      /** The highest block of both the old and the new chain. */
      readonly commonAncestor: ChainEntry
      /** `null` when the update does not name one: the label then stays as it is. */
      readonly safe: ChainEntry | null
      readonly finalized: ChainEntry | null
    }

/**
 * The rules of `engine_forkchoiceUpdated`, without its attributes. The head is looked at first: while it is missing,
 * the answer is SYNCING, whatever the other two are. A head that is canonical already moves the labels only and the
 * blocks above it stay, as in op-geth: a consensus client that names the parent of the block that it has just sealed
 * must not lose that block. A block that is built on it is a reorg when it is named in turn.
 *
 * Sources: execution-apis engine/paris.md, `engine_forkchoiceUpdatedV1`; specs/protocol/exec-engine.md. Unlike geth, an
 * inconsistent update (−38002) leaves the head where it was.
 */
export function decideForkchoice(view: ForkchoiceView, state: ForkchoiceState): ForkchoiceDecision {
  if (state.headBlockHash === zeroHash)
    return { kind: 'invalid', latestValidHash: null, reason: 'the head is the zero hash' }
  const named = view.block(state.headBlockHash)
  if (named === undefined) {
    const latestValidHash = view.latestValidAncestorOfInvalid(state.headBlockHash)
    if (latestValidHash === undefined) return { kind: 'syncing' }
    return { kind: 'invalid', latestValidHash, reason: 'links to previously rejected block' }
  }
  const commonAncestor = findCommonAncestor(view, named)
  if (commonAncestor === undefined) return { kind: 'syncing' }
  const belongs = (entry: ChainEntry): boolean =>
    entry.number <= commonAncestor.number
      ? view.canonicalHash(entry.number) === entry.hash
      : isAncestorOrSame(view, entry, named)

  const labels: { safe: ChainEntry | null; finalized: ChainEntry | null } = { safe: null, finalized: null }
  for (const label of ['finalized', 'safe'] as const) {
    const hash = state[`${label}BlockHash`]
    if (hash === zeroHash) continue
    const entry = view.block(hash)
    if (entry === undefined)
      return { kind: 'inconsistent', reason: `${label} block ${hash} is not available` }
    if (!belongs(entry))
      return {
        kind: 'inconsistent',
        reason: `${label} block ${hash} (number ${entry.number}) is not an ancestor of the head ${named.hash} (number ${named.number})`,
      }
    labels[label] = entry
  }
  if (commonAncestor.hash === named.hash)
    return { kind: 'apply', named, head: view.head, movement: 'none', commonAncestor: view.head, ...labels }
  const movement = commonAncestor.hash === view.head.hash ? 'extend' : 'reorg'
  return { kind: 'apply', named, head: named, movement, commonAncestor, ...labels }
}

/** The highest canonical ancestor of `entry`, or `entry` itself; undefined when the chain below it has a hole. */
function findCommonAncestor(view: ForkchoiceView, entry: ChainEntry): ChainEntry | undefined {
  let cursor: ChainEntry | undefined = entry
  while (cursor !== undefined && view.canonicalHash(cursor.number) !== cursor.hash)
    cursor = view.block(cursor.parentHash)
  return cursor
}

function isAncestorOrSame(view: ForkchoiceView, ancestor: ChainEntry, of: ChainEntry): boolean {
  let cursor: ChainEntry | undefined = of
  while (cursor !== undefined && cursor.number > ancestor.number) cursor = view.block(cursor.parentHash)
  return cursor?.hash === ancestor.hash
}
