import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs'

/**
 * Layout of LMDB's data file, little-endian: two meta pages, of which the one with the higher transaction id counts.
 * Source: `MDB_page` and `MDB_meta` in the mdb.c of lmdb 3 (npm), which has 24 bytes of page header.
 */
const meta = {
  magicAt: 24,
  magic: 0xbeefc0de,
  pageSizeAt: 48,
  lastPageAt: 144,
  transactionAt: 152,
  bytes: 160,
}
/** LMDB does not write free pages at the end of a file; more than this is not explained by it. */
const missingBytesMax = 1024 * 1024

/**
 * Makes sure that LMDB can open a data file: it maps it into memory without a check, and ends the process when that
 * fails. What a kill can leave is repaired: the first page of a file that was being made, and free pages at the end
 * that were never written, which become zeros.
 * @throws Error when it is another file, or a part of one.
 */
export function checkLmdbFile(path: string): void {
  let file: number
  try {
    file = openSync(path, 'r+')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  try {
    const { size } = fstatSync(file)
    if (size === 0) return
    const first = readMeta(file, 0)
    if (first === null) throw new Error(`${path} is not an LMDB file`)
    if (size < 2 * first.pageSize) {
      ftruncateSync(file, 0)
      return
    }
    const second = readMeta(file, first.pageSize)
    if (second === null) throw new Error(`${path} is damaged: its second page is not a meta page`)
    const { lastPage } = second.transaction > first.transaction ? second : first
    const expected = (lastPage + 1) * first.pageSize
    if (expected - size > missingBytesMax)
      throw new Error(`${path} is cut off: it should have ${expected} bytes and has ${size}`)
    if (size < expected) ftruncateSync(file, expected)
  } finally {
    closeSync(file)
  }
}

/** `null` when there is none. */
function readMeta(file: number, offset: number) {
  const bytes = Buffer.alloc(meta.bytes)
  if (readSync(file, bytes, 0, meta.bytes, offset) < meta.bytes) return null
  const pageSize = bytes.readUInt32LE(meta.pageSizeAt)
  if (bytes.readUInt32LE(meta.magicAt) !== meta.magic || pageSize < 512 || pageSize > 65_536) return null
  return {
    pageSize,
    lastPage: Number(bytes.readBigUInt64LE(meta.lastPageAt)),
    transaction: bytes.readBigUInt64LE(meta.transactionAt),
  }
}
