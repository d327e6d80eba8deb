import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { compileCacheDirectory } from './harness/compile-cache.ts'
import { importedAsTheyAre, ownAliases } from './harness/package/own-entries.ts'
import { presentBundle } from './harness/package/ready-bundle.ts'
import { simulatingFlags } from './harness/simulating-flags.ts'
import { invocationVariable } from './harness/world/kept-runs.ts'

/** Where `.ci/run` wants the results as JSON. */
const report = process.env['LOCKSTEP_TEST_REPORT']

// All scenarios of one run of vitest belong together: none of them removes the artefacts of another that failed.
process.env[invocationVariable] ??= `${process.pid}-${Date.now()}`

// A runner loads a thousand modules, once for each scenario.
process.env['NODE_COMPILE_CACHE'] ??= compileCacheDirectory()

// Of the present sources, or else none: then the scenarios load the sources themselves.
const bundle = presentBundle()
const ofBundle = bundle === null ? {} : { resolve: { alias: ownAliases(bundle) } }

const configuration = defineConfig({
  resolve: { alias: ownAliases() },
  test: {
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{node,harness,fixtures,bench}/**/*.test.ts'],
          // Only a hang reaches them: how long a test takes on a busy machine says nothing about what it tests.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // They share no state, and a worker per file would load the libraries again and again.
          isolate: false,
          // One less by default, which on two cores is half of the machine.
          maxWorkers: availableParallelism(),
        },
      },
      {
        extends: true,
        ...ofBundle,
        test: {
          name: 'simulated',
          include: ['scenarios/follow-l2/*.test.ts'],
          server: { deps: { external: [...importedAsTheyAre] } },
          // Each twice: a run that its seed does not decide is no simulation.
          env: { LOCKSTEP_WORLD: 'sim', LOCKSTEP_SIM_TWICE: '1' },
          // They wait for nothing: what costs time is loading and compiling, which one worker does once.
          isolate: false,
          maxWorkers: 1,
          execArgv: [...simulatingFlags],
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        ...ofBundle,
        test: {
          name: 'scenarios',
          include: ['scenarios/**/*.test.ts'],
          server: { deps: { external: [...importedAsTheyAre] } },
          // A process of its own each: a signal or a crash concerns one devstack.
          pool: 'forks',
          // A devstack mostly waits for blocks: one per core keeps a machine busy without making it late.
          maxWorkers: availableParallelism(),
          // After the unit tests, which want the whole machine, and what is quick.
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export.
export default configuration
