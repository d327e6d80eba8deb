import { removeDockerOrphans } from '../drivers/docker/docker-run.ts'
import { driverVariable } from '../drivers/placement.ts'
import { endOrphans } from '../world/live/registry.ts'
import { runsDirectory } from '../world/live/run-directory.ts'
import type { AcceptReporter } from './accept-reporter.ts'
import { packageRoot } from './package-root.ts'
import type { CatalogueEntry } from './scenario-catalogue.ts'

export interface RunScenariosOptions {
  readonly entries: readonly CatalogueEntry[]
  /** How many times each of them runs. */
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
  const { entries, rounds, reporter, output } = options
  const startedMs = performance.now()
  const { createVitest } = await import('vitest/node')
  const vitest = await createVitest(
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
  let interrupted = false
  const onSignal = () => {
    if (interrupted) process.exit(130)
    interrupted = true
    reporter.interrupt()
    void vitest.cancelCurrentRun('keyboard-input')
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // vitest's own listener would end this process before the devstacks are stopped.
    process.removeAllListeners(signal)
    process.on(signal, onSignal)
  }
  try {
    await vitest.standalone()
    const specifications = await vitest.getRelevantTestSpecifications([
      ...new Set(entries.map(({ file }) => file)),
    ])
    for (let round = 1; round <= rounds && !interrupted; round++) {
      reporter.beginRound(round)
      await vitest.runTestSpecifications(specifications)
    }
  } finally {
    await vitest.close()
    reporter.close()
    // A scenario process that crashed or was killed may have left something: nothing stays.
    await endOrphans(runsDirectory())
    if (process.env[driverVariable] === 'docker') await removeDockerOrphans()
  }
  return { interrupted, wallMs: performance.now() - startedMs }
}

/** vitest matches names with a blank between a suite and its test, where `fullName` has an angle bracket. */
function patternOf(name: string): string {
  return name.replaceAll(' > ', ' ').replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
