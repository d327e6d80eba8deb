import { bytesToUint, hexToBytes, uintToBytes } from '../../../node/protocol/bytes.ts'
import type { StateTables } from '../execution/state/memory-state-tables.ts'
import type { Database } from './database.ts'

/** States in a database; whatever changes them is called within a transaction of it. */
export function databaseStateTables({ tables }: Database): StateTables {
  const { states, references, codes } = tables
  return {
    nodes: {
      node: (hash) => states.get(hexToBytes(hash)),
      count(hash) {
        const key = hexToBytes(hash)
        const count = references.get(key)
        if (count !== undefined) return Number(bytesToUint(count))
        return states.has(key) ? 1 : 0
      },
      add: (hash, node) => states.put(hexToBytes(hash), node),
      // Most nodes are in one place: they have no entry.
      setCount: (hash, count) =>
        count === 1
          ? references.remove(hexToBytes(hash))
          : references.put(hexToBytes(hash), uintToBytes(BigInt(count), 4)),
      remove: (hash) => states.remove(hexToBytes(hash)),
    },
    code: (hash) => codes.get(hexToBytes(hash)),
    addCode: (hash, code) => codes.put(hexToBytes(hash), code),
  }
}
