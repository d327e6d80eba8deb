import { near } from '../../node/config/flags-nearest.ts'
import type { Fault } from './fault.ts'
import { FaultError } from './fault-error.ts'
import type { FaultPoint, FaultPoints, InstalledFault } from './fault-point.ts'

/**
 * The points of a world by their names. `a↔b` and `b↔a` are one; a name with `*` is all that it fits, and `groups` have
 * names of their own.
 */
export function createFaultPoints(
  all: readonly FaultPoint[],
  groups: ReadonlyMap<string, readonly FaultPoint[]> = new Map(),
): FaultPoints {
  const byName = new Map(all.map((point) => [point.name, point]))
  const names = [...byName.keys()]
  const known = [...names, ...groups.keys()]
  return {
    names,
    get(name) {
      const single = byName.get(name) ?? byName.get(turned(name))
      if (single !== undefined) return single
      const members = groups.get(name) ?? (name.includes('*') ? fitting(all, name) : [])
      if (members.length > 0) return createGroup(name, members)
      const guess = near(
        name,
        known.flatMap((one) => [one, turned(one)]),
      )
      throw new FaultError(
        `there is no fault point ${JSON.stringify(name)}${guess === null ? '' : `; the nearest one is ${guess}`}; there are ${known.join(', ')}`,
      )
    },
  }
}

const turned = (name: string) => name.split('↔').toReversed().join('↔')

function fitting(all: readonly FaultPoint[], pattern: string): readonly FaultPoint[] {
  const escaped = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  const fits = new RegExp(`^${escaped.join('[^→↔]*')}$`)
  return all.filter(({ name }) => fits.test(name) || fits.test(turned(name)))
}

/** Several points as one: a fault stands on all of them or on none. */
function createGroup(name: string, members: readonly FaultPoint[]): FaultPoint {
  return {
    name,
    carriers: [...new Set(members.flatMap(({ carriers }) => carriers))],
    get faults() {
      return members.flatMap(({ faults }) => faults)
    },
    async install(fault) {
      const parts: InstalledFault[] = []
      try {
        for (const member of members) parts.push(await member.install(fault))
      } catch (error) {
        await Promise.all(parts.map((part) => part.remove()))
        throw error
      }
      return joined(name, fault, parts)
    },
  }
}

function joined(point: string, fault: Fault, parts: readonly InstalledFault[]): InstalledFault {
  const sum = (of: (part: InstalledFault) => number) => parts.reduce((whole, part) => whole + of(part), 0)
  const remove = async () => void (await Promise.all(parts.map((part) => part.remove())))
  return {
    ...{ fault, point, remove },
    get hits() {
      return sum(({ hits }) => hits)
    },
    get shadowed() {
      return sum(({ shadowed }) => shadowed)
    },
    onHit(listener) {
      const ends = parts.map((part) => part.onHit(listener))
      return () => {
        for (const end of ends) end()
      }
    },
    async hit(count = 1, signal) {
      const over = new AbortController()
      const any = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal])
      try {
        while (sum(({ hits }) => hits) < count)
          await Promise.any(parts.map((part) => part.hit(part.hits + 1, any))).catch((error: unknown) => {
            throw error instanceof AggregateError ? error.errors[0] : error
          })
      } finally {
        over.abort()
      }
    },
    [Symbol.asyncDispose]: remove,
  }
}
