import type { Launch } from '../clients/client.ts'
import { ComponentError } from '../world/component-error.ts'
import { describeExit, type StartProcessOptions, startProcess } from './process.ts'

/**
 * Runs a program to its end, such as one that makes a component's data directory.
 * @throws ComponentError with its last words when it does not end with exit code 0.
 */
export async function runToEnd(
  launch: Launch,
  options: Pick<StartProcessOptions, 'name' | 'cwd' | 'logPath' | 'onSpawn'>,
): Promise<void> {
  const { command, args, env } = launch
  const program = await startProcess({ ...options, command, args, env })
  const exit = await program.exited
  if (exit.exitCode === 0) return
  throw new ComponentError(options.name, `cannot be prepared: ${command} ended with ${describeExit(exit)}`, {
    logPath: options.logPath,
    lastLines: program.tail(15),
  })
}
