import { z } from 'zod'

/**
 * Text from outside, judged and read in one step. Every field of every answer and every payload comes through here, and a
 * schema of a length, a pattern and a transformation takes three times as long.
 */
export function textOf<T>(options: {
  /** In characters; looked at before the pattern. */
  readonly lengthMax: number
  readonly pattern: RegExp
  /** What is said of text that is neither. */
  readonly expected: string
  /** Of text that is too long, where that is to be told apart. */
  readonly tooLong?: string
  readonly read: (text: string) => T
}) {
  const { lengthMax, pattern, expected, tooLong = expected, read } = options
  return z.transform((value: unknown, context): T => {
    if (typeof value === 'string' && value.length <= lengthMax && pattern.test(value)) return read(value)
    if (typeof value !== 'string')
      context.issues.push({ code: 'invalid_type', expected: 'string', input: value })
    else
      context.issues.push({
        code: 'custom',
        message: value.length > lengthMax ? tooLong : expected,
        input: value,
      })
    return z.NEVER
  })
}
