import { z } from 'zod'

/**
 * A schema that reads a frozen object once, however often it comes: what was carried as a value, and nobody can change, is
 * what it was. Everything else is read each time. What is read is shared then, and nobody may change it.
 *
 * Whoever freezes an object freezes what is in it too.
 */
export function readOnce<T>(schema: z.ZodType<T>): z.ZodType<T> {
  const known = new WeakMap<object, { readonly value: T }>()
  return z.transform((value: unknown, context): T => {
    const isFixed = typeof value === 'object' && value !== null && Object.isFrozen(value)
    const before = isFixed ? known.get(value) : undefined
    if (before !== undefined) return before.value
    const read = schema.safeParse(value)
    if (!read.success) {
      for (const { path, message } of read.error.issues)
        context.issues.push({ code: 'custom', path: [...path], message, input: value })
      return z.NEVER
    }
    if (isFixed) known.set(value, { value: read.data })
    return read.data
  })
}
