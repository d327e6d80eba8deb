import type { CreateLineReader } from '../statement.ts'
import { createExecutionReader } from './execution.ts'
import { createKonaNodeReader } from './kona-node.ts'
import { createLockstepNodeReader } from './lockstep-node.ts'
import { createOpNodeReader } from './op-node.ts'

/** Every program whose lines are known. No two have a message in common that says something else. */
export const lineReaders: readonly CreateLineReader[] = [
  createLockstepNodeReader,
  createOpNodeReader,
  createKonaNodeReader,
  createExecutionReader,
]
