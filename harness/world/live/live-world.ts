import { NotInThisWorld } from '../not-in-this-world.ts'
import type { WorldFactory } from '../world.ts'
import { startSystem } from './system.ts'

/** Real programs on real sockets in real time. */
export const startLiveWorld: WorldFactory = async ({ onArtefacts, roughNetwork = false, ...options }) => {
  if (roughNetwork) throw new NotInThisWorld('latency, order and loss of real sockets come from no seed')
  return startSystem({ ...options, onDirectory: ({ path }) => onArtefacts?.(path) })
}
