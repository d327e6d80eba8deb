import { compileCacheDirectory } from '../compile-cache.ts'
import { ownMain } from '../package/running-from.ts'
import type { Launch, OwnCommand } from './client.ts'

/**
 * How much garbage V8 lets a program have. By default the old generation grows to several times what lives in it, which a
 * program that reads small messages fills for nothing.
 */
export const heapFlags = {
  node: ['--heap-growing-percent=30'],
  el: ['--max-semi-space-size=8', '--heap-growing-percent=30'],
} as const

/**
 * How far the young generation of a rollup node may grow, in MiB for each of its three parts; by default 16 and more. A
 * follower needs a quarter of that. One that derives makes more garbage while it catches up: the smaller it is, the more
 * processor time that costs, and with 16 it held more than 160 MiB under load.
 */
const semiSpaceMiB = { follows: 4, derives: 8 } as const

/** `lockstep <command>` on the Node.js that runs the harness. */
export function ownProgram(command: OwnCommand): readonly [string, ...string[]] {
  return [process.execPath, ...heapFlags[command], ownMain, command]
}

/** The programs share what Node.js made of their modules: the second start takes half the time of the first. */
function ownEnvironment(nodeOptions = ''): Readonly<Record<string, string>> {
  return {
    NODE_COMPILE_CACHE: compileCacheDirectory(),
    NODE_OPTIONS: nodeOptions,
  }
}

function nodeOptions(own: OwnCommand, args: readonly string[]): string {
  if (own !== 'node') return ''
  const follows = args.some((arg) => arg.startsWith('--l2.follow.source'))
  return `--max-semi-space-size=${semiSpaceMiB[follows ? 'follows' : 'derives']}`
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
    env: ownEnvironment(nodeOptions(own, args)),
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
