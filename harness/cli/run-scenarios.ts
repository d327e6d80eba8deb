import type { Vitest } from 'vitest/node'
import { removeDockerOrphans } from '../drivers/docker/docker-run.ts'
import { driverVariable } from '../drivers/placement.ts'
import { progressVariable } from '../dsl/annotation.ts'
import { worldVariable } from '../dsl/scenario.ts'
import { endOrphans } from '../world/live/registry.ts'
import { runsDirectory } from '../world/run-directory.ts'
import type { EarlyEnd } from './accept-report.ts'
import type { AcceptReporter } from './accept-reporter.ts'
import { openVitest } from './open-vitest.ts'
import type { CatalogueEntry } from './scenario-catalogue.ts'
import type { Suite } from './suite.ts'

export interface RunScenariosOptions {
  readonly suite: Suite
  readonly entries: readonly CatalogueEntry[]
  /** Where they run: in one world after the other. */
  readonly worlds: readonly string[]
  /** How many times each of them runs in each world. */
  readonly rounds: number
  /** How often one that did not pass runs once more. Default 0. */
  readonly retries?: number
  /** The run ends after so many that failed in their last attempt. Default 0: never. */
  readonly bail?: number
  /** Nothing goes on after this time. Default: as long as it takes. */
  readonly budgetMs?: number
  readonly reporter: AcceptReporter
  /** Where what the scenarios print goes. */
  readonly output: NodeJS.WriteStream
}

export interface RunScenariosEnd {
  /** What ended the run before its end. */
  readonly ended: EarlyEnd | null
  readonly wallMs: number
}

/**
 * Runs scenarios with vitest, live ones in a process each. A signal stops the devstacks in order; a second one ends this process.
 * Nothing is left when it resolves.
 */
export async function runScenarios(options: RunScenariosOptions): Promise<RunScenariosEnd> {
  const { entries, worlds, rounds, retries = 0, bail = 0, reporter, budgetMs } = options
  const startedMs = performance.now()
  let vitest: Vitest | null = null
  let ended: EarlyEnd | null = null
  let failures = 0
  const end = (why: EarlyEnd) => {
    if (ended !== null) return
    ended = why
    reporter.interrupt(why)
    void vitest?.cancelCurrentRun('keyboard-input')
  }
  reporter.onOutcome(({ outcome, attempt }) => {
    if (outcome === 'failed' && attempt > retries && ++failures === bail) end('bail')
  })
  const onSignal = () => {
    if (ended === 'signal') process.exit(130)
    end('signal')
  }
  const budget = budgetMs === undefined ? undefined : setTimeout(() => end('budget'), budgetMs)
  try {
    for (const [index, world] of worlds.entries()) {
      // The processes of the scenarios have it from this one.
      process.env[worldVariable] = world
      process.env[progressVariable] = '1'
      vitest = await open(options, world, onSignal)
      await vitest.standalone()
      for (let round = 1; round <= rounds; round++) {
        let left = entries
        for (let attempt = 1; attempt <= retries + 1 && left.length > 0 && ended === null; attempt++) {
          const told = index * rounds + round
          reporter.begin(told, attempt, left.length)
          await runOnce(vitest, left)
          const unmet = reporter.unmet(told, attempt)
          left = left.filter(({ name }) => unmet.has(name))
        }
      }
      await vitest.close()
      vitest = null
      if (ended !== null) break
    }
  } finally {
    clearTimeout(budget)
    await vitest?.close()
    reporter.close()
    // A scenario process that crashed or was killed may have left something: nothing stays.
    await endOrphans(runsDirectory())
    if (process.env[driverVariable] === 'docker') await removeDockerOrphans()
  }
  return { ended, wallMs: performance.now() - startedMs }
}

async function open(options: RunScenariosOptions, world: string, onSignal: () => void): Promise<Vitest> {
  const { suite, entries, reporter, output } = options
  const vitest = await openVitest({
    ...{ suite, purpose: 'run', world, reporters: [reporter], output },
    ...{ names: patternOf(entries), count: entries.length },
  })
  // vitest's own listener would end this process before the devstacks are stopped.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.removeAllListeners(signal)
    process.on(signal, onSignal)
  }
  return vitest
}

async function runOnce(vitest: Vitest, entries: readonly CatalogueEntry[]): Promise<void> {
  vitest.setGlobalTestNamePattern(patternOf(entries))
  const files = new Set(entries.map(({ file }) => file))
  const specifications = await vitest.getRelevantTestSpecifications([...files])
  await vitest.runTestSpecifications(specifications)
}

/** vitest matches names with a blank between a suite and its test, where `fullName` has an angle bracket. */
function patternOf(entries: readonly CatalogueEntry[]): RegExp {
  const names = entries.map(({ name }) =>
    name.replaceAll(' > ', ' ').replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  )
  return new RegExp(`^(${names.join('|')})$`)
}
