import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Launch } from './client.ts'

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
export function launchOwn(command: 'node' | 'el', args: readonly string[]): Launch {
  return {
    command: process.execPath,
    args: [...heapFlags[command], entry, command, ...args],
    env: {
      // The programs share what Node.js made of their modules: the second start takes half the time of the first.
      NODE_COMPILE_CACHE:
        process.env['NODE_COMPILE_CACHE'] ??
        join(resolve(process.env['LOCKSTEP_DIRECTORY'] ?? '.lockstep'), 'compile-cache'),
      NODE_OPTIONS: '',
    },
  }
}
