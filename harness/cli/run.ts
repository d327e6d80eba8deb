import { didYouMean } from '../../node/config/flags-nearest.ts'
import { helpTable, wrap } from '../../node/config/help-layout.ts'
import { DiskFailure } from '../disk-failure.ts'
import { TimelineError } from '../events/timeline-error.ts'
import { type CommandEntry, commands } from './commands.ts'
import { exitCode } from './exit-code.ts'
import { plainText } from './plain-text.ts'
import { UsageError } from './usage-error.ts'

const offered = commands.filter(({ internal }) => internal !== true)

/**
 * The program `lockstep`; resolves with the exit code. Each command is loaded when it is called: `lockstep node` starts
 * without the harness.
 * @throws UsageError.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(overview())
    return 0
  }
  if (name === '--version') {
    const { nodeVersion } = await import('../../node/version.ts')
    process.stdout.write(`${nodeVersion}\n`)
    return 0
  }
  const entry: CommandEntry | undefined = commands.find((command) => command.name === name)
  if (entry === undefined) {
    const guess = didYouMean(
      name,
      offered.map((command) => command.name),
    )
    throw new UsageError(
      `unknown command ${JSON.stringify(name)}${guess === '' ? '.' : guess} See lockstep --help`,
    )
  }
  const command = await entry.load()
  try {
    return await command(rest)
  } catch (error) {
    // A recording is what others wrote: whatever is wrong with it is told in a sentence.
    if (error instanceof TimelineError) throw new UsageError(plainText(error.message))
    if (!(error instanceof DiskFailure)) throw error
    process.stderr.write(`lockstep ${name}: ${error.message}\n`)
    return exitCode.failed
  }
}

const helpWidth = 80

function overview(): string {
  return [
    ...wrap(
      'lockstep: simulation and acceptance tests for OP Stack nodes that follow another node',
      helpWidth,
    ),
    '',
    'Usage  lockstep <command> [flags]',
    '',
    ...helpTable(
      offered.map(({ name, description }) => ({ left: name, right: description })),
      { width: helpWidth },
    ),
    '',
    'lockstep <command> --help tells the flags of a command.',
    '',
  ].join('\n')
}

/** An error that `run` throws for a command line. */
export function isUsageError(error: unknown): error is Error {
  return error instanceof UsageError
}
