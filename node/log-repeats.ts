import type { Clock } from './ports/clock.ts'
import type { LogFields, Logger } from './ports/logger.ts'

/** A fault that stands is told again after this time. */
const repeatMs = 10_000

interface Told {
  readonly atMs: number
  repeats: number
}

/**
 * A logger on which a standing fault does not flood: of the warnings that come with an `error` (what is tried again,
 * perhaps many times a second) each is told at once, then every ten seconds with the number of `repeats` in between.
 * Those go to `debug`, so that nothing is lost. Warnings are the same when their message, `task` and `reason` are: few,
 * all named by this program.
 */
export function limitRepeats(logger: Logger, clock: Clock): Logger {
  const told = new Map<string, Told>()
  return {
    debug: (message, fields) => logger.debug(message, fields),
    info: (message, fields) => logger.info(message, fields),
    error: (message, fields) => logger.error(message, fields),
    warn(message, fields) {
      if (fields?.['error'] === undefined) return logger.warn(message, fields)
      const key = keyOf(message, fields)
      const last = told.get(key)
      if (last !== undefined && clock.nowMs() - last.atMs < repeatMs) {
        last.repeats++
        return logger.debug(message, fields)
      }
      told.set(key, { atMs: clock.nowMs(), repeats: 0 })
      const repeats = last?.repeats ?? 0
      logger.warn(message, repeats === 0 ? fields : { ...fields, repeats })
    },
    child: (fields) => limitRepeats(logger.child(fields), clock),
  }
}

function keyOf(message: string, fields: LogFields): string {
  return [message, fields['task'], fields['reason']].join('\n')
}
