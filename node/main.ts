import { readConfigFile, readOrMakeSecretFile, readSecretFile } from './adapters/files/secret-files.ts'
import { stopOnCrash } from './adapters/system/process-crash.ts'
import { abortOnProcessSignals } from './adapters/system/process-signals.ts'
import { ConfigError } from './config/config-error.ts'
import { unknownVariables } from './config/environment.ts'
import { type ProgramConfig, toProgramConfig } from './config/flags-config.ts'
import { flagsHelp } from './config/flags-help.ts'
import { parseFlags } from './config/flags-parse.ts'
import { StartCheckError } from './start-checks.ts'
import { nodeVersion } from './version.ts'

/**
 * `lockstep node`: reads flags and environment, runs the node until a signal comes, and ends the process: with 0 after a
 * clean stop, with 1 and one line on stderr after anything else, an error that nothing handled among it.
 */
export async function runNode(argv: readonly string[]): Promise<never> {
  if (argv.includes('--help') || argv.includes('-h')) {
    const colour = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined
    process.stdout.write(flagsHelp({ colour, width: Math.min(process.stdout.columns ?? 110, 130) }))
    process.exit(0)
  }
  if (argv.includes('--version')) {
    process.stdout.write(`${nodeVersion}\n`)
    process.exit(0)
  }
  try {
    const exposed: string[] = []
    const onExposed = (path: string) => void exposed.push(path)
    const program = toProgramConfig(parseFlags(argv, process.env), {
      text: readConfigFile,
      secret: (path, purpose) => readSecretFile(path, purpose, onExposed),
      secretOrNew: (path, purpose) => readOrMakeSecretFile(path, purpose, onExposed),
    })
    await runUntilSignal(program, exposed)
    process.exit(0)
  } catch (error) {
    process.stderr.write(`lockstep node: ${describeFatal(error)}\n`)
    process.exit(1)
  }
}

async function runUntilSignal(program: ProgramConfig, exposed: readonly string[]): Promise<void> {
  const { level, format } = program.node.log
  // After the configuration: a bad flag is answered without loading the node.
  const [{ createPinoLogger }, { runProgram }] = await Promise.all([
    import('./adapters/logs/pino-logger.ts'),
    import('./run-program.ts'),
  ])
  const logger = createPinoLogger({ level, format })
  for (const { name, nearest } of unknownVariables(process.env))
    logger.warn('environment variable sets nothing', { name, nearest })
  for (const path of exposed)
    logger.warn('every user of this machine can read the secret: expected mode 0600', { path })
  await stopOnCrash(abortOnProcessSignals(logger), logger, async (stop) => {
    try {
      await runProgram(program, logger, stop)
      logger.info('stopped')
    } catch (error) {
      if (operatorError(error) === null)
        logger.error('the node ended by an error', {
          error,
          stack: error instanceof Error ? error.stack : undefined,
        })
      throw error
    }
  })
}

/** The error in the chain of causes that was written for the operator; null when the node failed by something else. */
function operatorError(error: unknown): Error | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof ConfigError || cause instanceof StartCheckError) return cause
  return null
}

/** One line, whatever the error holds. */
function describeFatal(error: unknown): string {
  const told = operatorError(error) ?? error
  const text = told instanceof Error ? told.message : String(told)
  return text.replaceAll(/\s*\n\s*/g, ' ')
}
