/** A trie node or a contract's code is not in the store: an error of the engine, never of a transaction. */
export class StateMissingError extends Error {
  override readonly name = 'StateMissingError'
}
