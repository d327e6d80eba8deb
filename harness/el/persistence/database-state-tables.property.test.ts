import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Hash } from 'viem'
import { expect, it } from 'vitest'
import { databaseStateTables } from './database-state-tables.ts'
import { openLmdb } from './lmdb-database.ts'

const hashes = Array.from({ length: 6 }, (_, index): Hash => `0x${String(index).padStart(64, '0')}`)
const abandons = 'the transaction comes to nothing'

/** In each, some nodes get one place more or lose one; it ends well, comes to nothing, or the engine starts again after it. */
const transactions = fc.array(
  fc.record({
    changes: fc.array(
      fc.record({
        node: fc.constantFrom(...hashes),
        more: fc.boolean(),
        times: fc.integer({ min: 1, max: 4 }),
      }),
      { maxLength: 8 },
    ),
    ends: fc.constantFrom('well', 'not', 'reopened'),
  }),
  { maxLength: 12 },
)

it('counts what it is told, whatever is kept between transactions', async () => {
  await fc.assert(
    fc.asyncProperty(transactions, async (all) => {
      const directory = mkdtempSync(join(tmpdir(), 'lockstep-counts-'))
      let database = openLmdb(directory)
      let { nodes } = databaseStateTables(database)
      let expected = new Map<Hash, number>()
      try {
        for (const { changes, ends } of all) {
          const next = new Map(expected)
          const change = (node: Hash, by: 1 | -1) => {
            const before = nodes.count(node)
            expect(before).toBe(next.get(node) ?? 0)
            const after = Math.max(0, before + by)
            if (after === 0 && before === 1) nodes.remove(node)
            else if (before === 0 && after === 1) nodes.add(node, Uint8Array.of(7))
            else if (after !== before) nodes.setCount(node, after)
            next.set(node, after)
          }
          const act = () => {
            for (const { node, more, times } of changes)
              for (let time = 0; time < times; time++) change(node, more ? 1 : -1)
            if (ends === 'not') throw new Error(abandons)
          }
          if (ends === 'not') expect(() => database.write(act)).toThrow(abandons)
          else {
            database.write(act)
            expected = next
          }
          if (ends === 'reopened') {
            await database.close()
            database = openLmdb(directory)
            nodes = databaseStateTables(database).nodes
          }
          for (const node of hashes) {
            expect(nodes.count(node)).toBe(expected.get(node) ?? 0)
            expect(nodes.node(node) !== undefined).toBe((expected.get(node) ?? 0) > 0)
          }
        }
      } finally {
        await database.close()
        rmSync(directory, { recursive: true })
      }
    }),
    { numRuns: 40 },
  )
})

it('writes no count that a transaction brings back to what it was', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-counts-'))
  const database = openLmdb(directory)
  const { references } = database.tables
  let puts = 0
  const counting = {
    ...database,
    tables: { ...database.tables, references: { ...references, put: () => void puts++ } },
  }
  const { nodes } = databaseStateTables(counting)
  const [node] = hashes as [Hash]
  counting.write(() => nodes.add(node, Uint8Array.of(1)))
  counting.write(() => {
    for (const count of [2, 3, 2, 1]) nodes.setCount(node, count)
  })
  expect(puts).toBe(0)
  counting.write(() => nodes.setCount(node, 2))
  expect(puts).toBe(1)
  await database.close()
  rmSync(directory, { recursive: true })
})
