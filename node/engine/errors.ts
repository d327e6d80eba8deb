/**
 * The execution engine could not do now what was asked: it was not reachable, it is syncing, or the heads are being
 * reset. The same call may succeed later.
 */
export class TemporaryEngineError extends Error {
  override readonly name = 'TemporaryEngineError'
}

/** The execution engine refuses our forkchoice state (−38002), or lost a block that it had: reset the heads. */
export class EngineResetRequiredError extends Error {
  override readonly name = 'EngineResetRequiredError'
}

/** The execution engine answered INVALID for a block; `message` carries its validation error. */
export class InvalidBlockError extends Error {
  override readonly name = 'InvalidBlockError'
}

/** The node cannot go on: a rule of the chain or an invariant of ours is broken. Ends the node with this message. */
export class CriticalEngineError extends Error {
  override readonly name = 'CriticalEngineError'
}

/** The actor stopped before the request was served. */
export class EngineStoppedError extends Error {
  override readonly name = 'EngineStoppedError'
}
