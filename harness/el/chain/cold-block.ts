import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Hash } from 'viem'
import type { ExecutedBlock } from '../execution/types.ts'
import { decodeStoredBlock, encodeStoredBlock } from '../persistence/block-codec.ts'
import { type BlockHeader, decodeHeader, encodeHeader } from './header.ts'

/**
 * A block that is seldom read: a twentieth of the memory that its objects take. Its header stands beside it, because who
 * walks from parent to parent (BLOCKHASH, a peer that syncs) reads nothing else.
 */
export interface ColdBlock {
  readonly header: Uint8Array
  readonly compressed: Uint8Array
}

/** Blooms and addresses repeat, signatures do not: more effort gains nothing. */
const compression = { level: 1, windowBits: 12, memLevel: 5 }

export function freezeBlock(block: ExecutedBlock): ColdBlock {
  return {
    // Both of their own size: a slice of a pool would keep the whole pool.
    header: Uint8Array.from(encodeHeader(block.header)),
    compressed: Uint8Array.from(deflateRawSync(encodeStoredBlock(block), compression)),
  }
}

export function thawBlock(hash: Hash, { compressed }: ColdBlock): ExecutedBlock {
  return decodeStoredBlock(hash, inflateRawSync(compressed))
}

export function thawHeader({ header }: ColdBlock): BlockHeader {
  return decodeHeader(header)
}

/** What a block's objects take of memory, about, in bytes: its texts, and as much again around them. */
export function warmBytesOf({ transactions, receipts }: ExecutedBlock): number {
  let characters = 4_000
  for (const { raw } of transactions) characters += raw.length + 400
  for (const { encoded, logs } of receipts) {
    characters += encoded.length + 1_000
    for (const { data, topics } of logs) characters += data.length + 80 * topics.length + 200
  }
  return characters
}
