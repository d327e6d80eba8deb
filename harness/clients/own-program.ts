import { fileURLToPath } from 'node:url'
import { compileCacheDirectory } from '../compile-cache.ts'
import type { Launch, OwnCommand } from './client.ts'

const entry = fileURLToPath(new URL('../cli/main.ts', import.meta.url))

/**
 * How much garbage V8 lets a rollup node have. By default the young generation grows to three times 16 MiB and the old one
 * to several times what lives in it, which a program that reads small messages fills for nothing.
 */
const heapFlags = {
  node: ['--max-semi-space-size=4', '--heap-growing-percent=50'],
  el: [],
} as const

/** `lockstep <command> …` on the Node.js that runs the harness. */
export function launchOwn(command: OwnCommand, args: readonly string[]): Launch {
  return { ...launchLockstep(heapFlags[command], command, args), own: { command, args } }
}

/**
 * A process that runs several of our own programs, told which on its standard input. It loads what the given ones need at once, before
 * it knows their flags.
 */
export function launchHost(commands: readonly OwnCommand[]): Launch {
  return launchLockstep([], 'host', commands)
}

function launchLockstep(nodeFlags: readonly string[], command: string, args: readonly string[]): Launch {
  return {
    command: process.execPath,
    args: [...nodeFlags, entry, command, ...args],
    env: {
      NODE_COMPILE_CACHE: compileCacheDirectory(),
      NODE_OPTIONS: '',
    },
  }
}
