import { readConfigFile, readSecretFile } from '../../node/adapters/files/secret-files.ts'
import { stopOnCrash } from '../../node/adapters/system/process-crash.ts'
import { abortOnProcessSignals } from '../../node/adapters/system/process-signals.ts'
import { ConfigError } from '../../node/config/config-error.ts'
import type { Logger } from '../../node/ports/logger.ts'
import { nodeVersion } from '../../node/version.ts'
import type { ElProgramConfig } from './el-config.ts'
import { elHelp } from './flags.ts'

/**
 * `lockstep el`: runs the engine until a signal comes, and ends the process: with 0 after a clean stop, with 1 and one
 * line on stderr after anything else: with 2 when a flag or a file that one names is wrong, with 1 when the engine ended.
 */
export async function runEl(argv: readonly string[]): Promise<never> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(elHelp(Math.min(process.stdout.columns ?? 80, 110)))
    process.exit(0)
  }
  if (argv.includes('--version')) {
    process.stdout.write(`${nodeVersion}\n`)
    process.exit(0)
  }
  let settings: ElSettings | null = null
  try {
    settings = await readElSettings(argv)
    const { createPinoLogger } = await import('../../node/adapters/logs/pino-logger.ts')
    const read = settings
    const logger = createPinoLogger(read.program.log)
    await stopOnCrash(abortOnProcessSignals(logger), logger, (stop) => runElSettings(read, logger, stop))
    process.exit(0)
  } catch (error) {
    process.stderr.write(`lockstep el: ${describeFatal(error)}\n`)
    process.exit(settings === null && error instanceof ConfigError ? 2 : 1)
  }
}

/** What the flags of `lockstep el` say. */
export interface ElSettings {
  readonly program: ElProgramConfig
  /** Files with secrets that every user of the machine can read. */
  readonly exposed: readonly string[]
}

/** @throws ConfigError naming the flag or file that is wrong. */
export async function readElSettings(argv: readonly string[]): Promise<ElSettings> {
  // After the cheap answers: what executes takes most of the start.
  const { parseElFlags } = await import('./flags-config.ts')
  const exposed: string[] = []
  const secret = (path: string, purpose: string) =>
    readSecretFile(path, purpose, (one) => void exposed.push(one))
  return { program: parseElFlags(argv, { text: readConfigFile, secret }), exposed }
}

/** Runs the engine until `stop` aborts; `onServing` is called when its ports listen. @throws what ended it otherwise. */
export async function runElSettings(
  { program, exposed }: ElSettings,
  logger: Logger,
  stop: AbortSignal,
  onServing: () => void = () => {},
): Promise<void> {
  const [{ startElNode }, { createSystemClock }, { createSystemRandom }] = await Promise.all([
    import('./el-node.ts'),
    import('../../node/adapters/system/system-clock.ts'),
    import('../../node/adapters/system/system-random.ts'),
  ])
  for (const path of exposed)
    logger.warn('every user of this machine can read the secret: expected mode 0600', { path })
  const running = await startElNode(program.node, {
    clock: createSystemClock(),
    random: createSystemRandom(),
    logger,
  })
  onServing()
  await aborted(stop)
  await running.close()
  logger.info('stopped')
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}

/** One line, whatever the error holds. */
export function describeFatal(error: unknown): string {
  if (error instanceof ConfigError) return error.message.replaceAll(/\s*\n\s*/g, ' ')
  return String(error instanceof Error ? (error.stack ?? error.message) : error).replaceAll(/\s*\n\s*/g, ' ')
}
