/** Where two traces part: the line, counted from 1, and what each has there; null when they are the same. */
export function firstDifference(
  a: readonly string[],
  b: readonly string[],
): { readonly line: number; readonly a: string | null; readonly b: string | null } | null {
  const length = Math.max(a.length, b.length)
  for (let index = 0; index < length; index++)
    if (a[index] !== b[index]) return { line: index + 1, a: a[index] ?? null, b: b[index] ?? null }
  return null
}
