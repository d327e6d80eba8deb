import type { Vitest } from 'vitest/node'
import { removeDockerOrphans } from '../drivers/docker/docker-run.ts'
import { driverVariable } from '../drivers/placement.ts'
import { worldVariable } from '../dsl/scenario.ts'
import { endOrphans } from '../world/live/registry.ts'
import { runsDirectory } from '../world/live/run-directory.ts'
import type { AcceptReporter } from './accept-reporter.ts'
import { packageRoot } from './package-root.ts'
import type { CatalogueEntry } from './scenario-catalogue.ts'

export interface RunScenariosOptions {
  readonly entries: readonly CatalogueEntry[]
  /** Where they run: in one world after the other. */
  readonly worlds: readonly string[]
  /** How many times each of them runs in each world. */
  readonly rounds: number
  readonly reporter: AcceptReporter
  /** Where what the scenarios print goes. */
  readonly output: NodeJS.WriteStream
}

export interface RunScenariosEnd {
  /** A signal ended the run. */
  readonly interrupted: boolean
  readonly wallMs: number
}

/**
 * Runs scenarios with vitest, one process each. A signal stops the devstacks in order; a second one ends this process.
 * Nothing is left when it resolves.
 */
export async function runScenarios(options: RunScenariosOptions): Promise<RunScenariosEnd> {
  const { reporter, worlds, rounds } = options
  const startedMs = performance.now()
  let vitest: Vitest | null = null
  let interrupted = false
  const onSignal = () => {
    if (interrupted) process.exit(130)
    interrupted = true
    reporter.interrupt()
    void vitest?.cancelCurrentRun('keyboard-input')
  }
  /** vitest's own listener would end this process before the devstacks are stopped. */
  const listen = () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.removeAllListeners(signal)
      process.on(signal, onSignal)
    }
  }
  try {
    for (const [index, world] of worlds.entries()) {
      if (interrupted) break
      // The processes of the scenarios have it from this one.
      process.env[worldVariable] = world
      vitest = await openVitest(options)
      listen()
      await vitest.standalone()
      const files = new Set(options.entries.map(({ file }) => file))
      const specifications = await vitest.getRelevantTestSpecifications([...files])
      for (let round = 1; round <= rounds && !interrupted; round++) {
        reporter.beginRound(index * rounds + round)
        await vitest.runTestSpecifications(specifications)
      }
      await vitest.close()
      vitest = null
    }
  } finally {
    await vitest?.close()
    reporter.close()
    // A scenario process that crashed or was killed may have left something: nothing stays.
    await endOrphans(runsDirectory())
    if (process.env[driverVariable] === 'docker') await removeDockerOrphans()
  }
  return { interrupted, wallMs: performance.now() - startedMs }
}

async function openVitest({ entries, reporter, output }: RunScenariosOptions): Promise<Vitest> {
  const { createVitest } = await import('vitest/node')
  return createVitest(
    {
      root: packageRoot,
      project: ['scenarios'],
      watch: false,
      reporters: [reporter],
      testNamePattern: new RegExp(`^(${entries.map(({ name }) => patternOf(name)).join('|')})$`),
    },
    {},
    { stdout: output },
  )
}

/** vitest matches names with a blank between a suite and its test, where `fullName` has an angle bracket. */
function patternOf(name: string): string {
  return name.replaceAll(' > ', ' ').replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
