import type { WorldFactory } from '../world.ts'
import { startSystem } from './system.ts'

/** Real programs on real sockets in real time. */
export const startLiveWorld: WorldFactory = ({ onArtefacts, ...options }) =>
  startSystem({ ...options, onDirectory: ({ path }) => onArtefacts?.(path) })
