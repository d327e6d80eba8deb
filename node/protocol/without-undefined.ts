/** The type of an object without its `undefined` and `null` optional members. */
type WithoutUndefined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K]
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: NonNullable<T[K]>
}

/** A copy of the object without the members that are `undefined` or, where they may be absent, `null`. */
export function withoutUndefined<T extends object>(object: T): WithoutUndefined<T> {
  const kept: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(object))
    if (value !== undefined && value !== null) kept[name] = value
  return kept as WithoutUndefined<T>
}
