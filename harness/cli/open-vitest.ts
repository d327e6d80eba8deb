import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Reporter, Vitest } from 'vitest/node'
import { compileCacheDirectory } from '../compile-cache.ts'
import { importedAsTheyAre, ownAliases } from '../package/own-entries.ts'
import { simulatingFlags } from '../simulating-flags.ts'
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
  /** How many those are. Default: many. */
  readonly count?: number
}

/**
 * A process that simulates needs as long for its first scenario, which it compiles, as for three more: one that has only a
 * few of its own ends later than if others did them too.
 */
const simulatedPerWorker = 8

/**
 * vitest over the scenarios of a suite, with nothing of a configuration that may lie around. What is imported as `lockstep`
 * is what this process runs.
 * @throws DiskFailure where runs cannot be written: vitest's own answer to that would be a stack.
 */
export async function openVitest(options: OpenVitestOptions): Promise<Vitest> {
  const { suite, reporters, output, purpose, names, world, count = Number.POSITIVE_INFINITY } = options
  const simulates = world === 'sim'
  const workers = suite.config.workers ?? availableParallelism()
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
      server: { deps: { external: [...importedAsTheyAre] } },
      ...(names === undefined ? {} : { testNamePattern: names }),
      ...(purpose === 'run'
        ? // A process of its own each: a signal or a crash concerns one devstack. A devstack mostly waits for blocks: one
          // per core keeps a machine busy without making it late. A simulated one waits for nothing and touches nothing:
          // what would cost time is loading and compiling, which each process does once.
          {
            ...{ pool: 'forks', isolate: !simulates },
            maxWorkers: simulates ? Math.min(workers, Math.ceil(count / simulatedPerWorker)) : workers,
            execArgv: simulates ? [...simulatingFlags] : [],
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
