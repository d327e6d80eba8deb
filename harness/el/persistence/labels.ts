import type { Hash } from 'viem'
import { bytesToHex, concatBytes, hexToBytes } from '../../../node/protocol/bytes.ts'
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
