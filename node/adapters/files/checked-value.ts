import { crc32 } from 'node:zlib'

/**
 * A value of a store with a checksum over it and its key: LMDB has none, and what a disk damaged would be served as it
 * is. A CRC finds every damage of up to 32 bits in a row, and all others but one in 2^32.
 */
const checksumBytes = 4

export function sealValue(key: Uint8Array, value: Uint8Array): Buffer {
  const sealed = Buffer.alloc(value.length + checksumBytes)
  sealed.set(value)
  sealed.writeUInt32LE(crc32(value, crc32(key)), value.length)
  return sealed
}

/** The value; `null` when it, its key or its checksum is not what was written. */
export function openValue(key: Uint8Array, sealed: Buffer): Buffer | null {
  const length = sealed.length - checksumBytes
  if (length < 0) return null
  const value = sealed.subarray(0, length)
  return crc32(value, crc32(key)) === sealed.readUInt32LE(length) ? value : null
}

/** A record of a store is not what was written there. */
export class DamagedStoreError extends Error {
  override readonly name = 'DamagedStoreError'

  constructor(directory: string, table: string, key: Uint8Array) {
    super(
      `the store in ${directory} is damaged: the record ${Buffer.from(key).toString('hex')} of ${table} is not what was written; start with an empty directory and sync`,
    )
  }
}
