/** Adds an item to a binary heap whose first item stands before all others. */
export function heapPush<T>(heap: T[], item: T, isBefore: (a: T, b: T) => boolean): void {
  let at = heap.length
  heap.push(item)
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!isBefore(item, heap[parent] as T)) break
    heap[at] = heap[parent] as T
    at = parent
  }
  heap[at] = item
}

/** Takes the first item out; undefined when there is none. */
export function heapPop<T>(heap: T[], isBefore: (a: T, b: T) => boolean): T | undefined {
  const first = heap[0]
  const last = heap.pop()
  if (first === undefined || last === undefined || heap.length === 0) return first
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && isBefore(heap[child + 1] as T, heap[child] as T)) child++
    if (!isBefore(heap[child] as T, last)) break
    heap[at] = heap[child] as T
    at = child
  }
  heap[at] = last
  return first
}
