import type { Hash } from 'viem'

/** A block named by hash and number. */
export interface BlockId {
  readonly hash: Hash
  readonly number: bigint
}

/** An L1 block as the consensus layer sees it. `timestamp` is in seconds. */
export interface L1BlockRef extends BlockId {
  readonly parentHash: Hash
  readonly timestamp: bigint
}

/** An L2 block with the L1 block it takes its deposits from. `timestamp` is in seconds. */
export interface L2BlockRef extends BlockId {
  readonly parentHash: Hash
  readonly timestamp: bigint
  readonly l1Origin: BlockId
  /** Distance to the first L2 block of the same epoch. */
  readonly sequenceNumber: bigint
}

export const zeroHash: Hash = `0x${'00'.repeat(32)}`

/** "Not known yet", as op-node publishes it: every field zero. A genesis reference has number 0 and a real hash. */
export const zeroL1BlockRef: L1BlockRef = { hash: zeroHash, number: 0n, parentHash: zeroHash, timestamp: 0n }

/** "Not known yet" for an L2 head. */
export const zeroL2BlockRef: L2BlockRef = {
  hash: zeroHash,
  number: 0n,
  parentHash: zeroHash,
  timestamp: 0n,
  l1Origin: { hash: zeroHash, number: 0n },
  sequenceNumber: 0n,
}

/** True when the reference stands for "not known yet". */
export function isZeroRef(ref: BlockId): boolean {
  return ref.hash === zeroHash
}

/** True when both name the same block. */
export function sameBlock(a: BlockId, b: BlockId): boolean {
  return a.hash === b.hash && a.number === b.number
}

/** `number:hash…` for logs and errors. */
export function formatRef(ref: BlockId): string {
  return `${ref.number}:${ref.hash.slice(0, 10)}…`
}
