import type { SafeHeadEntry } from '../../ports/safe-head-store.ts'
import { bytesToHex, hexToBytes } from '../../protocol/bytes.ts'

/** op-node's value (L1 hash, L2 hash, L2 number as uint64, all big-endian), then one byte: 1 with a gap after it. */
const layout = { l1Hash: 0, l2Hash: 32, l2Number: 64, gapAfter: 72, length: 73 }
const keyLength = 8

/** The L1 number, so that keys are in the order of the numbers. */
export function encodeSafeHeadKey(l1Number: bigint): Buffer {
  const key = Buffer.alloc(keyLength)
  key.writeBigUInt64BE(l1Number)
  return key
}

export function encodeSafeHeadValue({ l1, l2, gapAfter }: SafeHeadEntry): Buffer {
  const value = Buffer.alloc(layout.length)
  value.set(hexToBytes(l1.hash), layout.l1Hash)
  value.set(hexToBytes(l2.hash), layout.l2Hash)
  value.writeBigUInt64BE(l2.number, layout.l2Number)
  value.writeUInt8(gapAfter ? 1 : 0, layout.gapAfter)
  return value
}

/** @throws Error when no node wrote this. */
export function decodeSafeHead(key: Buffer, value: Buffer): SafeHeadEntry {
  const gap = value[layout.gapAfter]
  if (key.length !== keyLength || value.length !== layout.length || gap === undefined || gap > 1)
    throw new Error(
      `the safe head database has a damaged entry: key ${bytesToHex(key)}, value ${bytesToHex(value)}; remove it, and the node begins a new one`,
    )
  const hashAt = (offset: number) => bytesToHex(value.subarray(offset, offset + 32))
  return {
    l1: { hash: hashAt(layout.l1Hash), number: key.readBigUInt64BE() },
    l2: { hash: hashAt(layout.l2Hash), number: value.readBigUInt64BE(layout.l2Number) },
    gapAfter: gap === 1,
  }
}
