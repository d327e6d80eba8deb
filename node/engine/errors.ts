/**
 * The execution engine could not do now what was asked: it was not reachable, it is syncing, or it is being reset.
 * The same call may succeed later.
 */
export class TemporaryEngineError extends Error {
  override readonly name = 'TemporaryEngineError'
}

/** The execution engine refuses the forkchoice state (−38002): our heads and its chain disagree; reset. */
export class EngineResetRequiredError extends Error {
  override readonly name = 'EngineResetRequiredError'
}

/** The node cannot go on: the rules of the chain or its own invariants are broken. Ends the node with this message. */
export class CriticalEngineError extends Error {
  override readonly name = 'CriticalEngineError'
}

/** The actor stopped before the request was served. */
export class EngineStoppedError extends Error {
  override readonly name = 'EngineStoppedError'
}
