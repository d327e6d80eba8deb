import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Hash } from 'viem'
import type { ExecutedBlock } from '../execution/types.ts'
import { decodeStoredBlock, encodeStoredBlock } from '../persistence/block-codec.ts'
import type { ColdStorage, Stored } from './cold-storage.ts'
import { type BlockHeader, decodeHeader, encodeHeader } from './header.ts'

/**
 * A block that is seldom read, put away: its header first, because who walks from parent to parent (BLOCKHASH, a peer that
 * syncs) reads nothing else.
 */
export interface ColdBlock {
  readonly headerBytes: number
  readonly bytes: number
  readonly stored: Stored
}

/** Blooms and addresses repeat, signatures do not: more effort gains nothing. */
const compression = { level: 1, windowBits: 12, memLevel: 5 }

export function freezeBlock(block: ExecutedBlock, storage: ColdStorage): ColdBlock {
  const header = encodeHeader(block.header)
  // As the dictionary: the header that is part of the block takes no room then.
  const compressed = deflateRawSync(encodeStoredBlock(block), { ...compression, dictionary: header })
  const bytes = new Uint8Array(header.length + compressed.length)
  bytes.set(header)
  bytes.set(compressed, header.length)
  return { headerBytes: header.length, bytes: bytes.length, stored: storage.put(bytes) }
}

export function thawBlock(hash: Hash, { headerBytes, bytes, stored }: ColdBlock): ExecutedBlock {
  const all = stored.read(0, bytes)
  const compressed = all.subarray(headerBytes)
  return decodeStoredBlock(hash, inflateRawSync(compressed, { dictionary: all.subarray(0, headerBytes) }))
}

export function thawHeader({ headerBytes, stored }: ColdBlock): BlockHeader {
  return decodeHeader(stored.read(0, headerBytes))
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
