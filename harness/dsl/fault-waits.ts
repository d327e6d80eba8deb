import type { FaultPoint, InstalledFault } from '../faults/fault-point.ts'
import type { Run } from './run.ts'

/** A point whose faults are waited for as everything else: a fault that does not hit fails with the state of all nodes. */
export function createPoint(run: Run, point: FaultPoint): FaultPoint {
  return {
    name: point.name,
    carriers: point.carriers,
    get faults() {
      return point.faults
    },
    install: async (fault) => withWait(run, await point.install(fault)),
  }
}

function withWait(run: Run, installed: InstalledFault): InstalledFault {
  const { fault, point } = installed
  return {
    ...{ fault, point },
    get hits() {
      return installed.hits
    },
    get shadowed() {
      return installed.shadowed
    },
    onHit: (listener) => installed.onHit(listener),
    hit: (count = 1) =>
      run.wait({
        what: `${fault.name} on ${point} hits${count === 1 ? '' : ` ${count} times`}`,
        expected: `${count} ${count === 1 ? 'hit' : 'hits'}`,
        limits: run.limits('currentL1', BigInt(count)),
        streams: [{ subscribe: (listener) => installed.onHit(() => listener()) }],
        look: async () =>
          installed.hits >= count
            ? { done: true, value: undefined }
            : {
                done: false,
                found: `${installed.hits} hits${installed.shadowed === 0 ? '' : `; ${installed.shadowed} times a newer fault decided`}`,
              },
      }),
    remove: () => installed.remove(),
    [Symbol.asyncDispose]: () => installed.remove(),
  }
}
