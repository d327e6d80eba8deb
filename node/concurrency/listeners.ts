/** A set of callbacks that hear the same events, in the order in which they subscribed. */
export interface Listeners<T> {
  /** Returns the function that ends the subscription. */
  add(listener: (value: T) => void): () => void
  emit(value: T): void
}

export function createListeners<T>(): Listeners<T> {
  const listeners = new Set<(value: T) => void>()
  return {
    add(listener) {
      const entry = (value: T) => listener(value)
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    emit(value) {
      for (const listener of [...listeners]) listener(value)
    },
  }
}
