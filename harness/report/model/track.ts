/** What something was from a moment on, until the next change. `t` is Unix time in milliseconds. */
export interface Change<T> {
  readonly seq: number
  readonly t: number
  readonly value: T
}

/** Changes in the order of time. */
export type Track<T> = Change<T>[]

/** How many of these happened at `t` or before it: the index of the first that is later. */
export function countUntil(items: readonly { readonly t: number }[], t: number): number {
  let [low, high] = [0, items.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((items[middle]?.t ?? Number.POSITIVE_INFINITY) <= t) low = middle + 1
    else high = middle
  }
  return low
}

/** The change that holds at `t`. */
export function changeAt<T>(track: readonly Change<T>[] | undefined, t: number): Change<T> | undefined {
  return track?.[countUntil(track, t) - 1]
}
