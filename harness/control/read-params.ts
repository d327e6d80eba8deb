import type { z } from 'zod'
import { near } from '../../node/config/flags-nearest.ts'
import { invalidParams } from '../../node/json-rpc/method.ts'
import { firstProblem } from '../first-problem.ts'

/**
 * The parameters of a control method: one object, which may be left out when none of its fields is required.
 * @throws JsonRpcError −32602 that names an unknown key first: it is most likely what was meant by a missing one.
 */
export function readControlParams(
  schema: z.ZodObject,
  params: readonly unknown[],
): Readonly<Record<string, unknown>> {
  const known = Object.keys(schema.shape)
  const takes = known.length === 0 ? 'it takes none' : `it takes ${known.join(', ')}`
  const [given, ...more] = params
  if (more.length > 0) throw invalidParams(`expected one object with parameters, found ${params.length}`)
  const read = schema.safeParse(given ?? {})
  if (read.success) return read.data
  if (given === undefined || given === null)
    throw invalidParams(`expected an object with parameters: ${takes}`)
  const unknown = read.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [],
  )
  const [key] = unknown
  if (key === undefined) throw invalidParams(firstProblem(read.error))
  const guess = near(key, known)
  throw invalidParams(
    `unknown parameter ${JSON.stringify(key.slice(0, 60))}; ${guess === null ? takes : `did you mean ${guess}?`}`,
  )
}
