import { errorText } from '../../concurrency/error-text.ts'
import type { Logger } from '../../ports/logger.ts'

/** As for a signal: a stop that the same fault holds up must not keep a broken process alive. */
const stopMsMax = 10_000

/**
 * Runs what a process is for, so that an error that nobody handles (an exception out of a callback, or a promise that
 * nothing waits for) does not end the process on the spot, nor leaves it half alive: it is told, and `work` is stopped
 * in order as by a signal.
 * @param stop Ends the work by intention.
 * @throws the first such error, once the work has ended; what the work threw.
 */
export async function stopOnCrash(
  stop: AbortSignal,
  logger: Logger,
  work: (stop: AbortSignal) => Promise<void>,
): Promise<void> {
  const crash = new AbortController()
  const onError = (error: unknown) => {
    logger.error('stopping: an error that nothing handled', {
      error: errorText(error),
      stack: error instanceof Error ? error.stack : undefined,
    })
    if (crash.signal.aborted) return
    setTimeout(() => process.exit(1), stopMsMax).unref()
    crash.abort(error)
  }
  process.on('uncaughtException', onError)
  process.on('unhandledRejection', onError)
  try {
    await work(AbortSignal.any([stop, crash.signal]))
  } catch (error) {
    throw crash.signal.aborted ? crash.signal.reason : error
  }
  crash.signal.throwIfAborted()
}
