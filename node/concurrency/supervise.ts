import { NodeError } from '../errors/node-error.ts'
import { errorText } from './error-text.ts'

/** A part of the node that runs for as long as the node does. */
export interface Actor {
  readonly name: string
  /** Runs until the signal aborts. A rejection, or an end without an abort, stops the node. */
  run(signal: AbortSignal): Promise<void>
}

/** An actor ended although nobody asked it to. */
export class ActorError extends NodeError {
  override readonly name = 'ActorError'
  override readonly code = 'actor-ended'
  readonly actor: string
  constructor(actor: string, cause: unknown) {
    super(`${actor}: ${errorText(cause)}`, { cause, facts: { actor } })
    this.actor = actor
  }
}

/**
 * Runs all actors until the signal aborts or the first of them ends; then stops and awaits the rest.
 * @param onFailure called at once when an actor ends unasked, before the others have stopped.
 * @throws ActorError of the actor that ended first, when the signal had not aborted.
 */
export async function supervise(
  actors: readonly Actor[],
  signal: AbortSignal,
  onFailure: (failure: ActorError) => void = () => {},
): Promise<void> {
  const stop = new AbortController()
  const until = AbortSignal.any([signal, stop.signal])
  let failure: ActorError | null = null
  const failed = (actor: string, cause: unknown) => {
    // Once everything stops, an actor may end by the abort reason or by a call that was cut off.
    if (until.aborted || failure !== null) return
    failure = new ActorError(actor, cause)
    onFailure(failure)
  }

  await Promise.all(
    actors.map(async (actor) => {
      try {
        await actor.run(until)
        failed(actor.name, new Error('ended without being stopped'))
      } catch (error) {
        failed(actor.name, error)
      } finally {
        stop.abort(new Error('the node stops'))
      }
    }),
  )
  if (failure !== null) throw failure
}
