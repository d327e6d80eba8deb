import { z } from 'zod'
import { engineKinds } from '../world/engine-kind.ts'
import { runSeed } from './run-seed.ts'

/** What a campaign tells a worker: the next seed. */
const taskSchema = z.strictObject({ seed: z.string(), faultsMs: z.number(), engine: z.enum(engineKinds) })

/** Runs seeds as the campaign sends them, one at a time, and ends with the campaign. */
process.on('message', (message) => {
  const { seed, faultsMs, engine } = taskSchema.parse(message)
  void runSeed(seed, faultsMs, engine).then((result) => process.send?.(result))
})
process.on('disconnect', () => process.exit(0))
// Ctrl-C reaches the whole group: the campaign ends its workers.
process.on('SIGINT', () => {})
// Until now it could not start for a reason that has nothing to do with a seed.
process.send?.('ready')
