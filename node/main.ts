import { readConfigFile, readOrMakeSecretFile, readSecretFile } from './adapters/files/secret-files.ts'
import type { LeveledLogger } from './adapters/logs/pino-logger.ts'
import { stopOnCrash } from './adapters/system/process-crash.ts'
import { abortOnProcessSignals } from './adapters/system/process-signals.ts'
import { ConfigError } from './config/config-error.ts'
import { unknownVariables } from './config/environment.ts'
import { type ProgramConfig, toProgramConfig } from './config/flags-config.ts'
import { flagsHelp } from './config/flags-help.ts'
import { parseFlags } from './config/flags-parse.ts'
import { RollupConfigError } from './config/rollup-config.ts'
import { StartCheckError } from './start-checks.ts'
import { nodeVersion } from './version.ts'

/**
 * `lockstep node`: reads flags and environment, runs the node until a signal comes, and ends the process: with 0 after a
 * clean stop, and with one line on stderr after anything else: with 2 when a flag, a variable or a file that one names is
 * wrong, with 1 when the node did not start or ended by an error, one that nothing handled among them.
 */
export async function runNode(argv: readonly string[]): Promise<never> {
  if (argv.includes('--help') || argv.includes('-h')) {
    const colour = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined
    process.stdout.write(flagsHelp({ colour, width: Math.min(process.stdout.columns ?? 80, 130) }))
    process.exit(0)
  }
  if (argv.includes('--version')) {
    process.stdout.write(`${nodeVersion}\n`)
    process.exit(0)
  }
  let settings: NodeSettings
  try {
    settings = readNodeSettings(argv, process.env)
  } catch (error) {
    process.stderr.write(`lockstep node: ${describeFatal(error)}\n`)
    process.exit(isUsage(error) ? 2 : 1)
  }
  try {
    // After the configuration: a bad flag is answered without loading the node.
    const { createPinoLogger } = await import('./adapters/logs/pino-logger.ts')
    const logger = createPinoLogger(settings.program.node.log)
    await stopOnCrash(abortOnProcessSignals(logger), logger, (stop) =>
      runNodeSettings(settings, logger, stop),
    )
    process.exit(0)
  } catch (error) {
    process.stderr.write(`lockstep node: ${describeFatal(error)}\n`)
    process.exit(1)
  }
}

/** What the flags and the environment of `lockstep node` say. */
export interface NodeSettings {
  readonly program: ProgramConfig
  /** Files with secrets that every user of the machine can read. */
  readonly exposed: readonly string[]
  /** Variables that look like ours and set nothing. */
  readonly unknown: ReturnType<typeof unknownVariables>
}

/** @throws ConfigError naming the flag or file that is wrong. */
export function readNodeSettings(argv: readonly string[], env: NodeJS.ProcessEnv): NodeSettings {
  const exposed: string[] = []
  const onExposed = (path: string) => void exposed.push(path)
  const program = toProgramConfig(parseFlags(argv, env), {
    text: readConfigFile,
    secret: (path, purpose) => readSecretFile(path, purpose, onExposed),
    secretOrNew: (path, purpose) => readOrMakeSecretFile(path, purpose, onExposed),
  })
  return { program, exposed, unknown: unknownVariables(env) }
}

/**
 * Runs the node until `stop` aborts; `onServing` is called when its RPC server listens.
 * @throws what ended it otherwise; `describeFatal` makes one line of it for the operator.
 */
export async function runNodeSettings(
  { program, exposed, unknown }: NodeSettings,
  logger: LeveledLogger,
  stop: AbortSignal,
  onServing?: () => void,
): Promise<void> {
  const { runProgram } = await import('./run-program.ts')
  for (const { name, nearest } of unknown)
    logger.warn('environment variable sets nothing', { name, ...(nearest === null ? {} : { nearest }) })
  for (const path of exposed)
    logger.warn('every user of this machine can read the secret: expected mode 0600', { path })
  try {
    await runProgram(program, logger, stop, onServing)
    logger.info('stopped')
  } catch (error) {
    if (operatorError(error) === null)
      logger.error('the node ended by an error', {
        error,
        stack: error instanceof Error ? error.stack : undefined,
      })
    throw error
  }
}

/** The error in the chain of causes that was written for the operator; null when the node failed by something else. */
function operatorError(error: unknown): Error | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof ConfigError || cause instanceof StartCheckError) return cause
  return null
}

/** Whether flags, variables or a file that they name are wrong. */
const isUsage = (error: unknown) => error instanceof ConfigError || error instanceof RollupConfigError

/** One line, whatever the error holds. */
export function describeFatal(error: unknown): string {
  const told = operatorError(error) ?? error
  const text = told instanceof Error ? told.message : String(told)
  return text.replaceAll(/\s*\n\s*/g, ' ')
}
