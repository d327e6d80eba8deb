import { ByteReader, DecodeError } from '../protocol/byte-reader.ts'
import { concatBytes } from '../protocol/bytes.ts'
import { encodeUvarint } from '../protocol/uvarint.ts'

/** What a node record says about the node's chain. */
export interface OpstackEntry {
  readonly chainId: bigint
  /** The fork id of the specification; op-node writes 0 and takes nothing else. */
  readonly version: bigint
}

export const opstackVersion = 0n

/** Source: specs/protocol/rollup-node-p2p.md, "Consensus Layer Structure". Without the RLP header of the record. */
export function encodeOpstackEntry({ chainId, version }: OpstackEntry): Uint8Array {
  return concatBytes([encodeUvarint(chainId), encodeUvarint(version)])
}

/** Null when the bytes are not two varints of 64 bits. Bytes after them belong to later versions. */
export function decodeOpstackEntry(bytes: Uint8Array): OpstackEntry | null {
  try {
    const reader = new ByteReader(bytes)
    return { chainId: reader.uvarint(), version: reader.uvarint() }
  } catch (error) {
    if (error instanceof DecodeError) return null
    throw error
  }
}
