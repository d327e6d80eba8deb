import type { FaultPoint, FaultPoints, InstalledFault } from '../../faults/fault-point.ts'

/** Fault points that carry every fault and do nothing by themselves: a test says when one hits. */
export interface FakePoints extends FaultPoints {
  /** A message that all faults of that point apply to: the newest decides. */
  hit(point: string): void
}

interface Standing extends InstalledFault {
  count(deciding: boolean): void
}

export function createFakePoints(names: readonly string[]): FakePoints {
  const standing = new Map<string, Standing[]>(names.map((name) => [name, []]))
  const of = (name: string): Standing[] => {
    const faults = standing.get(name)
    if (faults === undefined)
      throw new Error(`there is no fault point ${name}; there are ${names.join(', ')}`)
    return faults
  }
  return {
    names,
    get(name): FaultPoint {
      const faults = of(name)
      return {
        name,
        carrier: 'request',
        faults,
        async install(fault) {
          let [hits, shadowed] = [0, 0]
          const listeners = new Set<() => void>()
          const remove = async () => {
            if (faults.includes(installed)) faults.splice(faults.indexOf(installed), 1)
          }
          const installed: Standing = {
            fault,
            point: name,
            get hits() {
              return hits
            },
            get shadowed() {
              return shadowed
            },
            count(deciding) {
              if (!deciding) return void shadowed++
              hits++
              for (const listener of listeners) listener()
            },
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
    },
    hit(name) {
      const faults = of(name)
      for (const fault of faults) fault.count(fault === faults.at(-1))
    },
  }
}
