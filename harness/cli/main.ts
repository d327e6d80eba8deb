import { nearest } from '../../node/config/flags-nearest.ts'
import { type CommandEntry, commands } from './commands.ts'
import { endWithNpm } from './npm-ancestors.ts'
import { UsageError } from './usage-error.ts'

const offered = commands.filter(({ internal }) => internal !== true)

/**
 * The program `lockstep`. Each command is loaded when it is called: `lockstep node` starts without the harness.
 */
async function main(argv: readonly string[]): Promise<number> {
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
    const guess = nearest(
      name,
      offered.map((command) => command.name),
    )
    throw new UsageError(
      `unknown command ${JSON.stringify(name)}; did you mean ${guess}? See lockstep --help`,
    )
  }
  const run = await entry.load()
  return await run(rest)
}

function overview(): string {
  const width = Math.max(...offered.map(({ name }) => name.length))
  return [
    'lockstep: simulation and acceptance tests for OP Stack nodes that follow another node',
    '',
    'Usage  lockstep <command> [flags]',
    '',
    ...offered.map(({ name, description }) => `  ${name.padEnd(width)}  ${description}`),
    '',
    'lockstep <command> --help tells the flags of a command.',
    '',
  ].join('\n')
}

// The launcher for an old Node.js is our parent: without it nobody would see what happens here.
if (process.channel !== undefined && process.channel !== null) {
  process.channel.unref()
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
}

endWithNpm()

try {
  // Not by an empty event loop: a library's forgotten timer would keep a finished command alive.
  process.exit(await main(process.argv.slice(2)))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`lockstep: ${error.message}\n`)
  process.exit(2)
}
