import { createFaultPoints } from '../../faults/point-group.ts'
import { NotInThisWorld } from '../not-in-this-world.ts'
import type { World } from '../world.ts'

/** Names of all connections of peers. */
const peerGroups = new Set(['gossip', 'el-peers'])

/** The fault points of a world whose peers are connected without links. */
export function simPointsOf(all: Parameters<typeof createFaultPoints>[0]): World['points'] {
  const points = createFaultPoints(all)
  return {
    ...points,
    get(name) {
      if (name.includes('↔') || peerGroups.has(name))
        throw new NotInThisWorld('connections of peers have no fault points there yet')
      return points.get(name)
    },
  }
}
