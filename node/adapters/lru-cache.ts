/**
 * A map that forgets what was not used for longest once it holds more than it may, in entries or in weight. What was set
 * last always stays.
 */
export interface LruCache<K, V> {
  get(key: K): V | undefined
  set(key: K, value: V): void
  readonly size: number
}

export interface LruWeight<V> {
  readonly max: number
  /** The same whenever it is asked for. */
  of(value: V): number
}

export function createLruCache<K, V>(entriesMax: number, weight?: LruWeight<V>): LruCache<K, V> {
  const entries = new Map<K, V>()
  let total = 0

  const remove = (key: K): V | undefined => {
    const value = entries.get(key)
    if (value === undefined) return undefined
    entries.delete(key)
    total -= weight?.of(value) ?? 0
    return value
  }
  const add = (key: K, value: V) => {
    entries.set(key, value)
    total += weight?.of(value) ?? 0
  }
  const isFull = () => entries.size > entriesMax || (weight !== undefined && total > weight.max)

  return {
    get(key) {
      const value = remove(key)
      if (value !== undefined) add(key, value)
      return value
    },
    set(key, value) {
      remove(key)
      add(key, value)
      while (entries.size > 1 && isFull()) remove(entries.keys().next().value as K)
    },
    get size() {
      return entries.size
    },
  }
}
