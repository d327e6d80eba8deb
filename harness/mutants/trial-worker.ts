import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { caseSchema } from '../cases/case.ts'
import { useCompileCache } from '../compile-cache.ts'
import { mutants } from './catalogue/mutants.ts'
import { loadMutant } from './load-mutant.ts'
import { watchReached } from './reached.ts'

/** Runs the cases that it is sent, one at a time: with the mutant that is named broken, or with none, and then it watches
 * which rules they come by. It ends with whoever started it. */
const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const name = process.argv[2]
const mutant = mutants.find((one) => one.name === name)
if (name !== undefined && mutant === undefined) throw new Error(`there is no mutant ${name}`)

const taskSchema = z.strictObject({ one: caseSchema })
const reached = mutant === undefined ? watchReached(mutants, root) : null
if (mutant !== undefined) useCompileCache()
const isBroken = mutant === undefined ? () => {} : loadMutant(mutant, root)
const { simulate } = await import('../fuzz/run-seed.ts')
isBroken()
reached?.take()

process.on('message', (message) => {
  const { one } = taskSchema.parse(message)
  void simulate(one).then(({ violation, virtualMs }) =>
    process.send?.({ violation, virtualMs, reached: reached?.take() ?? [] }),
  )
})
process.on('disconnect', () => process.exit(0))
// Ctrl-C reaches the whole group: whoever started it ends it.
process.on('SIGINT', () => {})
