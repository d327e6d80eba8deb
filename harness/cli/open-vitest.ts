import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Reporter, Vitest } from 'vitest/node'
import { compileCacheDirectory } from '../compile-cache.ts'
import { ownAliases } from '../package/own-entries.ts'
import { requireRunsDirectory, runsDirectory } from '../world/run-directory.ts'
import type { Suite } from './suite.ts'

export interface OpenVitestOptions {
  readonly suite: Suite
  readonly reporters: Reporter[]
  /** Where what is printed goes. */
  readonly output: NodeJS.WriteStream
  /** `declare`: the files are loaded, and no scenario runs. */
  readonly purpose: 'declare' | 'run'
  /** Of the runs. Default: live. */
  readonly world?: string
  /** Names of the scenarios that run. Default: all. */
  readonly names?: RegExp
}

/**
 * vitest over the scenarios of a suite, with nothing of a configuration that may lie around. What is imported as `lockstep`
 * is what this process runs.
 * @throws DiskFailure where runs cannot be written: vitest's own answer to that would be a stack.
 */
export async function openVitest(options: OpenVitestOptions): Promise<Vitest> {
  const { suite, reporters, output, purpose, names, world } = options
  requireRunsDirectory()
  // A runner loads a thousand modules, once for each scenario.
  process.env['NODE_COMPILE_CACHE'] ??= compileCacheDirectory()
  const { createVitest } = await import('vitest/node')
  return createVitest(
    {
      ...{ root: suite.root, config: false, watch: false, reporters },
      include: [...suite.include],
      // vitest leaves out node_modules wherever it is, also above the root.
      exclude: ['**/node_modules/**'],
      ...(names === undefined ? {} : { testNamePattern: names }),
      ...(purpose === 'run'
        ? // A process of its own each: a signal or a crash concerns one devstack. A devstack mostly waits for blocks: one
          // per core keeps a machine busy without making it late. A simulated one waits for nothing and touches nothing:
          // what would cost time is loading and compiling, which each process does once.
          {
            ...{ pool: 'forks', isolate: world !== 'sim' },
            maxWorkers: suite.config.workers ?? availableParallelism(),
          }
        : // One worker that shares the modules of the harness is many times faster than a process for each.
          { pool: 'threads', isolate: false, maxWorkers: 1 }),
    },
    {
      resolve: { alias: ownAliases() },
      // The suite's folder may belong to another user.
      cacheDir: join(runsDirectory(), '../vite'),
    },
    { stdout: output },
  )
}
