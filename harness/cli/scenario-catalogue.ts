import type { TestModule, TestRunResult } from 'vitest/node'
import type { ScenarioDescription } from '../dsl/scenario-record.ts'
import { openVitest } from './open-vitest.ts'
import { builtinSuite, type Suite } from './suite.ts'
import { UsageError } from './usage-error.ts'

/** A scenario as its file declares it, or another test that stands among them. */
export interface CatalogueEntry extends ScenarioDescription {
  readonly name: string
  /** Relative to the suite's folder, with forward slashes. */
  readonly file: string
}

/** Files of scenarios that do not load, or that declare none: the scenarios that they should hold would be left out. */
export class CatalogueError extends UsageError {}

/**
 * Every scenario of a suite, by default of those that ship with Lockstep: vitest loads each file, without running a test. In the order of the files.
 * @throws CatalogueError naming every file that does not load or yields no test, and every name that stands twice.
 */
export async function collectScenarios(suite: Suite = builtinSuite()): Promise<readonly CatalogueEntry[]> {
  const vitest = await openVitest({ suite, purpose: 'declare', reporters: [{}], output: process.stderr })
  try {
    return entriesOf(await vitest.collect([], { staticParse: false }))
  } finally {
    await vitest.close()
  }
}

/** @throws CatalogueError. */
export function entriesOf({ testModules, unhandledErrors }: TestRunResult): readonly CatalogueEntry[] {
  const problems = unhandledErrors.map((error) => (error instanceof Error ? error.message : String(error)))
  const entries = testModules
    .toSorted((a, b) => (a.relativeModuleId < b.relativeModuleId ? -1 : 1))
    .flatMap((module) => {
      const found = testsOf(module)
      const errors = module.errors().map(({ message }) => message)
      if (errors.length > 0) problems.push(`${module.relativeModuleId} does not load: ${errors.join('; ')}`)
      else if (found.length === 0)
        problems.push(
          `${module.relativeModuleId} declares no scenario: expected a call of scenario(), found none`,
        )
      return found
    })
  for (const [name, { length }] of Map.groupBy(entries, (entry) => entry.name))
    if (length > 1)
      problems.push(`${name} is declared ${length} times: expected another name for each scenario`)
  if (problems.length > 0) throw new CatalogueError(problems.join('\n'))
  return entries
}

function testsOf(module: TestModule): readonly CatalogueEntry[] {
  return [...module.children.allTests()].map((test) => ({
    // A test that is no scenario stands here because it needs a devstack too.
    ...(test.meta().scenario ?? {
      claim: null,
      tags: ['harness'],
      topology: '',
      slots: {},
      engines: [],
      limitMs: test.options.timeout ?? 0,
    }),
    name: test.fullName,
    file: module.relativeModuleId.replaceAll('\\', '/'),
  }))
}

/** A real scenario, not a test of the harness. */
export function isScenario({ topology }: CatalogueEntry): boolean {
  return topology !== ''
}
