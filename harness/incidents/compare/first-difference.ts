/** Where two chains part: `null` when they are the same up to the higher bound. */
export interface FirstDifference<T> {
  readonly number: bigint
  readonly a: T
  readonly b: T
}

/**
 * Bisects for the first height at which two chains have different blocks: below a fork they are the same, above it they
 * are not. Each chain is asked about 64 times at most.
 * @param low a height at which they are known, or taken, to be the same.
 */
export async function firstDifference<T extends { readonly hash: string }>(
  at: { readonly a: (number: bigint) => Promise<T>; readonly b: (number: bigint) => Promise<T> },
  { low, high }: { readonly low: bigint; readonly high: bigint },
): Promise<FirstDifference<T> | null> {
  const both = async (number: bigint) => {
    const [a, b] = await Promise.all([at.a(number), at.b(number)])
    return { number, a, b }
  }
  let found = await both(high)
  if (found.a.hash === found.b.hash) return null
  let same = low - 1n
  while (found.number - same > 1n) {
    const middle = await both((same + found.number) / 2n)
    if (middle.a.hash === middle.b.hash) same = middle.number
    else found = middle
  }
  return found
}
