import type { Hash } from 'viem'
import { bytesToUint, hexToBytes, uintToBytes } from '../../../node/protocol/bytes.ts'
import type { StateTables } from '../execution/state/memory-state-tables.ts'
import type { Database } from './database.ts'

/** Counts kept between transactions: most of what a block touches, the one before it touched too. */
const countsMax = 16_384

/**
 * States in a database; whatever changes them is called within a transaction of it. A new branch is one place more for each
 * of its sixteen children, and the branch that it replaced, when its state goes, one less: counts are gathered, and what has
 * changed at the end of a transaction is written.
 */
export function databaseStateTables(database: Database): StateTables {
  const { states, references, codes } = database.tables
  const counts = new Map<Hash, number>()
  /** What the database has of those that may have changed. */
  const stored = new Map<Hash, number>()

  const read = (hash: Hash): number => {
    const key = hexToBytes(hash)
    const count = references.get(key)
    if (count !== undefined) return Number(bytesToUint(count))
    return states.has(key) ? 1 : 0
  }
  const count = (hash: Hash): number => {
    const known = counts.get(hash)
    if (known !== undefined) return known
    const found = read(hash)
    counts.set(hash, found)
    return found
  }
  const setCount = (hash: Hash, next: number): void => {
    if (!stored.has(hash)) stored.set(hash, count(hash))
    counts.set(hash, next)
  }
  /** Most nodes are in one place: they have no entry. */
  const entryOf = (places: number) => (places > 1 ? places : null)

  database.join({
    finish() {
      for (const [hash, before] of stored) {
        const entry = entryOf(count(hash))
        if (entry === entryOf(before)) continue
        if (entry === null) references.remove(hexToBytes(hash))
        else references.put(hexToBytes(hash), uintToBytes(BigInt(entry), 4))
      }
      stored.clear()
      if (counts.size > countsMax) counts.clear()
    },
    abandon() {
      stored.clear()
      counts.clear()
    },
  })
  return {
    nodes: {
      node: (hash) => states.get(hexToBytes(hash)),
      count,
      setCount,
      add(hash, node) {
        states.put(hexToBytes(hash), node)
        setCount(hash, 1)
      },
      remove(hash) {
        states.remove(hexToBytes(hash))
        setCount(hash, 0)
      },
    },
    code: (hash) => codes.get(hexToBytes(hash)),
    addCode: (hash, code) => codes.put(hexToBytes(hash), code),
  }
}
