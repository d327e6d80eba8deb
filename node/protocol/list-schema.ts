import { z } from 'zod'

/**
 * A list from outside: at most `max` items, which is looked at before any item, and items only until the first wrong
 * one. `z.array` looks at all and keeps an issue for each: a few megabytes of wrong items become gigabytes.
 */
export function listOf<T extends z.ZodType>(item: T, max: number) {
  return z.unknown().transform((value, context): z.output<T>[] => {
    if (!Array.isArray(value)) {
      context.issues.push({ code: 'custom', message: 'expected a list', input: value })
      return z.NEVER
    }
    if (value.length > max) {
      const message = `expected at most ${max} items, found ${value.length}`
      context.issues.push({ code: 'custom', message, input: value })
      return z.NEVER
    }
    const items: z.output<T>[] = []
    for (const [index, one] of value.entries()) {
      const parsed = item.safeParse(one)
      if (!parsed.success) {
        const issue = parsed.error.issues[0] ?? { code: 'custom' as const, message: 'not valid', path: [] }
        context.issues.push({ ...issue, path: [index, ...issue.path], input: one })
        return z.NEVER
      }
      items.push(parsed.data)
    }
    return items
  })
}
