/** The pool refuses a transaction; `message` has geth's words where geth has the same rule. */
export class PoolError extends Error {
  override readonly name = 'PoolError'
}
