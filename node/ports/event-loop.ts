/** What turns are taken of. */
export interface EventLoop {
  /** A clock in milliseconds that never goes back. */
  nowMs(): number
  /** Runs it after everything that is ready now has had its turn. */
  later(run: () => void): void
}
