/** Time. The only way for the node to know the time or to wait. */
export interface Clock {
  /** Unix time in milliseconds. */
  nowMs(): number
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}
