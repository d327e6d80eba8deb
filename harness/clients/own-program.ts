import { compileCacheDirectory } from '../compile-cache.ts'
import { ownMain } from '../package/running-from.ts'
import type { Launch, OwnCommand } from './client.ts'

/**
 * How much garbage V8 lets a rollup node have. By default the young generation grows to three times 16 MiB and the old one
 * to several times what lives in it, which a program that reads small messages fills for nothing.
 */
const heapFlags = {
  node: ['--max-semi-space-size=4', '--heap-growing-percent=50'],
  el: [],
} as const

/** `lockstep <command>` on the Node.js that runs the harness. */
export function ownProgram(command: OwnCommand): readonly [string, ...string[]] {
  return [process.execPath, ...heapFlags[command], ownMain, command]
}

/** The programs share what Node.js made of their modules: the second start takes half the time of the first. */
function ownEnvironment(): Readonly<Record<string, string>> {
  return {
    NODE_COMPILE_CACHE: compileCacheDirectory(),
    NODE_OPTIONS: '',
  }
}

/**
 * One of our own programs with these flags, and what a host needs to run it beside others. `command` is the executable
 * with what stands in front of the flags.
 */
export function launchOwn(
  own: OwnCommand,
  args: readonly string[],
  [executable = '', ...leading]: readonly string[] = ownProgram(own),
): Launch {
  return {
    command: executable,
    args: [...leading, ...args],
    env: ownEnvironment(),
    own: { command: own, args },
  }
}

/**
 * A process that runs several of our own programs, told which on its standard input. It loads what the given ones need at
 * once, before it knows their flags.
 */
export function launchHost(commands: readonly OwnCommand[]): Launch {
  return { command: process.execPath, args: [ownMain, 'host', ...commands], env: ownEnvironment() }
}
