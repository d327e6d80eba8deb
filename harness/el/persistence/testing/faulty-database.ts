import type { Database, Table, TableName } from '../database.ts'

/** A moment at which a process can die: before a write, before a commit, after one. */
export type Boundary = TableName | 'commit' | 'committed'

/** The process died here. */
export class SimulatedCrash extends Error {
  override readonly name = 'SimulatedCrash'
}

/**
 * A database whose process dies at the boundary with that index: what was not committed is gone, and nothing works any
 * more. `passed` hears of every boundary before it.
 */
export function crashAt(
  database: Database,
  index: number,
  passed: (boundary: Boundary) => void = () => {},
): Database {
  let count = 0
  let dead = false
  const reach = (boundary: Boundary): void => {
    if (dead || count === index) {
      dead = true
      throw new SimulatedCrash(`at boundary ${index}: ${boundary}`)
    }
    count++
    passed(boundary)
  }
  const wrap = (name: TableName, table: Table): Table => ({
    ...table,
    put(key, value) {
      reach(name)
      table.put(key, value)
    },
    remove(key) {
      reach(name)
      table.remove(key)
    },
  })
  const tables = Object.fromEntries(
    Object.entries(database.tables).map(([name, table]) => [name, wrap(name as TableName, table)]),
  )
  return {
    tables: tables as Record<TableName, Table>,
    write(action) {
      database.write(() => {
        action()
        reach('commit')
      })
      reach('committed')
    },
    join: (participant) => database.join(participant),
    close: () => database.close(),
  }
}
