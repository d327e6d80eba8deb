/**
 * Runs jobs one after the other, in the order in which they came. Execution needs it: a block's state is computed in
 * one working set (EVM journal, caches), which two blocks must not share, and one block may be the parent of the next.
 */
export class SerialQueue {
  readonly #waitingMax: number
  #waiting = 0
  #tail: Promise<unknown> = Promise.resolve()

  constructor(waitingMax: number) {
    this.#waitingMax = waitingMax
  }

  /** Jobs that have not begun. A long job that can be cut short looks at it. */
  get waiting(): number {
    return this.#waiting
  }

  /** @throws Error when too many jobs wait; else what the job throws. */
  run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#waitingMax)
      return Promise.reject(
        new Error(`the engine is busy: ${this.#waiting} jobs wait for execution, try again`),
      )
    this.#waiting++
    const result = this.#tail.then(() => {
      this.#waiting--
      return job()
    })
    this.#tail = result.catch(() => {})
    return result
  }
}
