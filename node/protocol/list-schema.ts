import { z } from 'zod'

/**
 * A list from outside: at most `max` items, which is looked at before any item, and items only until the first wrong
 * one. `z.array` looks at all and keeps an issue for each: a few megabytes of wrong items become gigabytes.
 */
export function listOf<T extends z.ZodType>(item: T, max: number) {
  return z.transform((value: unknown, context): z.output<T>[] => {
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

/** Names come from outside too: no more of one is told. */
const nameLengthMax = 80

/** The entries of an object from outside, in its order, by the rules of {@link listOf}. */
export function entriesOf<K extends z.ZodType<string>, V extends z.ZodType>(key: K, value: V, max: number) {
  const entry = z.unknown().transform((given, context): readonly [z.output<K>, z.output<V>] => {
    const [name, content] = given as readonly [string, unknown]
    const [one, other] = [key.safeParse(name), value.safeParse(content)]
    if (one.success && other.success) return [one.data, other.data]
    const issue = (one.error ?? other.error)?.issues[0]
    context.issues.push({
      code: 'custom',
      message: `${name.slice(0, nameLengthMax)}: ${issue?.message ?? 'not valid'}`,
      input: content,
    })
    return z.NEVER
  })
  const list = listOf(entry, max)
  return z.unknown().transform((given, context): (readonly [z.output<K>, z.output<V>])[] => {
    const refuse = (message: string) => {
      context.issues.push({ code: 'custom', message, input: given })
      return z.NEVER
    }
    if (typeof given !== 'object' || given === null || Array.isArray(given))
      return refuse('expected an object')
    const parsed = list.safeParse(Object.entries(given))
    return parsed.success ? parsed.data : refuse(parsed.error.issues[0]?.message ?? 'not valid')
  })
}
