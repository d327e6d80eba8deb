import { readConfigFile } from '../../node/adapters/files/secret-files.ts'
import { stopOnCrash } from '../../node/adapters/system/process-crash.ts'
import { abortOnProcessSignals } from '../../node/adapters/system/process-signals.ts'
import { errorText } from '../../node/concurrency/error-text.ts'
import { ConfigError } from '../../node/config/config-error.ts'
import { parseRollupConfig, type RollupConfig } from '../../node/config/rollup-config.ts'
import type { Logger } from '../../node/ports/logger.ts'
import { exitCode } from './exit-code.ts'
import { UsageError } from './usage-error.ts'

/** Something that runs until it is closed. */
export interface Running {
  close(): Promise<void>
}

/**
 * Runs a program until a signal comes, then closes it. What kept it from starting, or ended it, is one line of its log.
 * @returns the exit code.
 */
export async function runUntilStopped(
  logger: Logger,
  start: (fail: (reason: Error) => void) => Promise<Running>,
): Promise<number> {
  try {
    await run(logger, start)
    logger.info('stopped')
    return exitCode.passed
  } catch (error) {
    logger.error('ended', { error: errorText(error).split('\n', 1)[0] })
    return exitCode.failed
  }
}

async function run(
  logger: Logger,
  start: (fail: (reason: Error) => void) => Promise<Running>,
): Promise<void> {
  await stopOnCrash(abortOnProcessSignals(logger), logger, async (stop) => {
    const { promise: failed, reject: fail } = Promise.withResolvers<never>()
    // It may come before anybody waits for it.
    failed.catch(() => undefined)
    const running = await start(fail)
    const stopped = new Promise<void>((resolve) => {
      if (stop.aborted) resolve()
      else stop.addEventListener('abort', () => resolve(), { once: true })
    })
    try {
      await Promise.race([stopped, failed])
    } finally {
      await running.close()
    }
  })
}

/** @throws UsageError for a file that cannot be read or is no rollup configuration. */
export function readRollup(path: string): RollupConfig {
  const what = 'rollup configuration (--rollup.config)'
  return asUsage(() => {
    const text = readConfigFile(path, what)
    try {
      return parseRollupConfig(JSON.parse(text))
    } catch (error) {
      throw new UsageError(`${what}: ${path}: ${error instanceof Error ? error.message : String(error)}`)
    }
  })
}

/** A file that a flag names is part of the command line. @throws UsageError. */
export function asUsage<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message)
    throw error
  }
}
