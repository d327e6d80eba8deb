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

/**
 * The place of the newest that had happened at `t`; -1 before the first. Of one moment with the end of the run, what was told
 * before everything was being stopped counts: a cursor on the failure stands on what led to it.
 */
export function placeAt(
  items: readonly { readonly t: number; readonly seq: number }[],
  t: number,
  teardown: { readonly t: number; readonly seq: number } | null,
): number {
  let place = countUntil(items, t) - 1
  if (teardown === null || t !== teardown.t) return place
  while ((items[place]?.seq ?? -1) > teardown.seq) place--
  return place
}

/** The change that holds at `t`. */
export function changeAt<T>(track: readonly Change<T>[] | undefined, t: number): Change<T> | undefined {
  return track?.[countUntil(track, t) - 1]
}
