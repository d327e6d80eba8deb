import { z } from 'zod'

/** The first thing that is wrong with what was read, where it is, and how much more there is: one sentence, not a list. */
export function firstProblem({ issues }: z.ZodError): string {
  const [first, ...more] = issues
  if (first === undefined) return 'not valid'
  const path = z.core.toDotPath(first.path)
  const others = more.length === 0 ? '' : `, and ${more.length} more`
  return `${path === '' ? '' : `${path}: `}${first.message}${others}`
}
