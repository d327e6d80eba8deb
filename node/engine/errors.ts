import { NodeError } from '../errors/node-error.ts'

/**
 * The execution engine could not do now what was asked: it was not reachable, it is syncing, or the heads are being
 * reset. The same call may succeed later.
 */
export class TemporaryEngineError extends NodeError {
  override readonly name = 'TemporaryEngineError'
  override readonly code = 'engine-temporary'
}

/** The execution engine refuses our forkchoice state (−38002), or lost a block that it had: reset the heads. */
export class EngineResetRequiredError extends NodeError {
  override readonly name: string = 'EngineResetRequiredError'
  override readonly code = 'engine-reset'
}

/** The execution engine refuses our forkchoice state (−38002). */
export class ForkchoiceRefusedError extends EngineResetRequiredError {
  override readonly name = 'ForkchoiceRefusedError'
}

/** The execution engine answered INVALID for a block; `message` carries its validation error. */
export class InvalidBlockError extends NodeError {
  override readonly name = 'InvalidBlockError'
  override readonly code = 'engine-invalid-block'
}

/** The node cannot go on: a rule of the chain or an invariant of ours is broken. Ends the node with this message. */
export class CriticalEngineError extends NodeError {
  override readonly name = 'CriticalEngineError'
  override readonly code = 'engine-critical'
}

/** The actor stopped before the request was served. */
export class EngineStoppedError extends NodeError {
  override readonly name = 'EngineStoppedError'
  override readonly code = 'engine-stopped'
}
