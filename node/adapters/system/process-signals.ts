import type { Logger } from '../../ports/logger.ts'

/** A stop that takes longer is ended; every part stops within far less. */
const stopMsMax = 10_000

/**
 * A signal that aborts on SIGTERM or SIGINT. A second one ends the process at once, and so does a stop that does not
 * come to its end.
 */
export function abortOnProcessSignals(logger: Logger): AbortSignal {
  const stop = new AbortController()
  const onSignal = (name: string) => {
    if (stop.signal.aborted) {
      logger.warn('second signal: ending at once', { signal: name })
      process.exit(1)
    }
    logger.info('stopping', { signal: name })
    setTimeout(() => {
      logger.error('the stop took too long: ending', { afterMs: stopMsMax })
      process.exit(1)
    }, stopMsMax).unref()
    stop.abort(new Error(`stopped by ${name}`))
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  return stop.signal
}
