import { type ArgsDef, type CommandDef, runCommand } from 'citty'
import { helpText } from './help.ts'
import { UsageError } from './usage-error.ts'

/** Where no terminal says how wide it is. */
const helpColumns = 80
/** Longer lines are hard to read. */
const helpColumnsMax = 110

/**
 * Runs a command that is defined with citty and resolves with the exit code.
 * @throws UsageError for what citty finds wrong with the arguments.
 */
export async function runCitty<T extends ArgsDef>(
  command: CommandDef<T>,
  argv: readonly string[],
): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    await printHelp(command)
    return 0
  }
  try {
    await runCommand(command, { rawArgs: [...argv] })
  } catch (error) {
    if (error instanceof Error && error.name === 'CLIError') throw new UsageError(error.message)
    throw error
  }
  return typeof process.exitCode === 'number' ? process.exitCode : 0
}

/** Prints a command's usage, in colour on a terminal only. */
export async function printHelp<T extends ArgsDef>(command: CommandDef<T>): Promise<void> {
  const { isTTY, columns = helpColumns } = process.stdout
  const width = Math.min(columns, helpColumnsMax)
  process.stdout.write(await helpText(command, { colour: isTTY === true, width }))
}
