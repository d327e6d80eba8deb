import type { InstalledFault } from '../faults/fault-point.ts'

/** Faults that stand until a call removes them, by the ids that the calls were given. */
export interface InstalledFaults {
  add(fault: InstalledFault): number
  /** @throws RangeError when none of that id stands. */
  remove(id: number): Promise<void>
  removeAll(): Promise<void>
  /** In the order in which they were put in. */
  list(): readonly (readonly [id: number, fault: InstalledFault])[]
}

/** More stand in nobody's way but the messages'. */
const faultsMax = 100

export function createInstalledFaults(): InstalledFaults {
  const standing = new Map<number, InstalledFault>()
  let nextId = 1
  const faults: InstalledFaults = {
    add(fault) {
      const id = nextId++
      standing.set(id, fault)
      return id
    },
    async remove(id) {
      const fault = standing.get(id)
      if (fault === undefined)
        throw new RangeError(`no fault ${id} stands; there are ${[...standing.keys()].join(', ') || 'none'}`)
      standing.delete(id)
      await fault.remove()
    },
    async removeAll() {
      for (const id of [...standing.keys()]) await faults.remove(id)
    },
    list: () => [...standing],
  }
  return faults
}

/** @throws RangeError when no more may stand. */
export function requireRoom(faults: InstalledFaults): void {
  if (faults.list().length >= faultsMax)
    throw new RangeError(`expected at most ${faultsMax} faults at a time: remove one first`)
}
