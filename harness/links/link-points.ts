import type { FaultPoint, FaultPoints, InstalledFault } from '../faults/fault-point.ts'
import type { Link } from './link.ts'
import { isRuleFault } from './rule-fault.ts'

/** The links of a world as fault points. */
export function linkPoints(links: ReadonlyMap<string, Link>): FaultPoints {
  const points = new Map(Array.from(links, ([name, link]) => [name, linkPoint(link)]))
  return {
    names: [...points.keys()],
    get(name) {
      const point = points.get(name)
      if (point === undefined)
        throw new Error(`there is no fault point ${name}; there are ${[...points.keys()].join(', ')}`)
      return point
    },
  }
}

function linkPoint(link: Link): FaultPoint {
  const faults: InstalledFault[] = []
  return {
    name: link.name,
    carrier: 'request',
    faults,
    async install(fault) {
      if (!isRuleFault(fault)) throw new Error(`${link.name} cannot carry ${fault.name}: it takes rules`)
      const listeners = new Set<() => void>()
      const standing = link.install(fault.name, (message) => {
        const verdict = fault.rule(message)
        // After the link has counted it.
        if (verdict.kind !== 'pass')
          queueMicrotask(() => {
            for (const listener of listeners) listener()
          })
        return verdict
      })
      const remove = async () => {
        standing.remove()
        const index = faults.indexOf(installed)
        if (index >= 0) faults.splice(index, 1)
      }
      const installed: InstalledFault = {
        fault,
        point: link.name,
        get hits() {
          return standing.hits
        },
        shadowed: 0,
        onHit(listener) {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
        remove,
        [Symbol.asyncDispose]: remove,
      }
      faults.push(installed)
      return installed
    },
  }
}
