import type { Clock } from '../../../node/ports/clock.ts'
import type { Random } from '../../../node/ports/random.ts'
import { bytesToHex } from '../../../node/protocol/bytes.ts'

/** Minutes after the last question, as in geth. */
const idleMsMax = 5 * 60_000
const filtersMax = 1024
/** Changes that wait for one client. One that lets more come is not there any more. */
const changesMax = 20_000

interface Installed<T> {
  readonly kind: T
  readonly changes: unknown[]
  askedAtMs: number
  end(): void
}

/** Filters of all clients of one engine: what happened since each was last asked. */
export interface Filters<T> {
  /**
   * @param listen Tells of changes from now on, until what it returns is called.
   * @returns The id, which nobody can guess. `null` when there are too many.
   */
  install(kind: T, listen: (tell: (changes: readonly unknown[]) => void) => () => void): string | null
  /** `null` when there is no such filter, or no longer. */
  kind(id: string): T | null
  /** What happened since the last call; `null` when there is no such filter, or no longer. */
  take(id: string): readonly unknown[] | null
  /** False when there was none. */
  uninstall(id: string): boolean
}

/** No timer runs: a filter that nobody asks ends at the next change, or when the next filter is installed. */
export function createFilters<T>({ clock, random }: { clock: Clock; random: Random }): Filters<T> {
  const filters = new Map<string, Installed<T>>()

  function uninstall(id: string): boolean {
    filters.get(id)?.end()
    return filters.delete(id)
  }
  const isIdle = ({ askedAtMs }: Installed<T>) => clock.nowMs() - askedAtMs >= idleMsMax
  function get(id: string): Installed<T> | null {
    const filter = filters.get(id)
    if (filter === undefined) return null
    if (!isIdle(filter)) return filter
    uninstall(id)
    return null
  }

  return {
    install(kind, listen) {
      for (const id of [...filters.keys()]) get(id)
      if (filters.size >= filtersMax) return null
      const id = bytesToHex(random.bytes(16))
      const changes: unknown[] = []
      const end = listen((more) => {
        if (get(id) === null) return
        for (const change of more) changes.push(change)
        if (changes.length > changesMax) uninstall(id)
      })
      filters.set(id, { kind, changes, askedAtMs: clock.nowMs(), end })
      return id
    },
    kind: (id) => get(id)?.kind ?? null,
    take(id) {
      const filter = get(id)
      if (filter === null) return null
      filter.askedAtMs = clock.nowMs()
      return filter.changes.splice(0)
    },
    uninstall,
  }
}
