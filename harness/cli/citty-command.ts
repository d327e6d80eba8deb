import { type ArgsDef, type CommandDef, runCommand } from 'citty'
import { type ArgumentOptions, readArguments } from './arguments.ts'

/**
 * Runs a command that is defined with citty, with its arguments read as strictly as those of every other, and resolves with
 * the exit code.
 * @throws UsageError for what is wrong with the arguments.
 */
export async function runCitty<const T extends ArgsDef>(
  command: CommandDef<T>,
  argv: readonly string[],
  options: ArgumentOptions = {},
): Promise<number> {
  if ((await readArguments(command, argv, options)).help) return 0
  await runCommand(command, { rawArgs: [...argv] })
  return typeof process.exitCode === 'number' ? process.exitCode : 0
}
