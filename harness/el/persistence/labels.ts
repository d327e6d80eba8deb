import type { Hash } from 'viem'
import {
  bytesToHex,
  bytesToUint,
  concatBytes,
  hexToBytes,
  uintToBytes,
} from '../../../node/protocol/bytes.ts'
import { zeroHash } from '../../../node/protocol/refs.ts'
import type { ChainLabels } from '../chain/block-records.ts'
import type { Database } from './database.ts'

const key = Buffer.from('labels')

/** The hashes of head, safe and finalized one after the other; zeros where there is none. */
export function writeLabels({ about }: Database['tables'], { head, safe, finalized }: ChainLabels): void {
  about.put(key, concatBytes([head, safe ?? zeroHash, finalized ?? zeroHash].map(hexToBytes)))
}

/** @throws Error when there are none. */
export function readLabels({ about }: Database['tables']): ChainLabels {
  const bytes = about.get(key)
  if (bytes?.length !== 96) throw new Error(`expected 96 bytes of labels, found ${bytes?.length ?? 'none'}`)
  const label = (start: number): Hash | null => {
    const hash = bytesToHex(bytes, start, start + 32)
    return hash === zeroHash ? null : hash
  }
  return { head: bytesToHex(bytes, 0, 32), safe: label(32), finalized: label(64) }
}

const oldestStateKey = Buffer.from('oldest state')

/** Canonical blocks below it have lost their state, but for genesis. */
export function writeOldestState({ about }: Database['tables'], number: bigint): void {
  about.put(oldestStateKey, uintToBytes(number, 8))
}

/** @throws Error when there is none. */
export function readOldestState({ about }: Database['tables']): bigint {
  const bytes = about.get(oldestStateKey)
  if (bytes?.length !== 8)
    throw new Error(`expected the number of the oldest state, found ${bytes?.length ?? 'no'} bytes`)
  return bytesToUint(bytes)
}
