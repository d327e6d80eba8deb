import { isTestKiller, type Killer, killerName, type Mutant, type TestKiller } from './mutant.ts'
import { runScenario } from './run-scenario.ts'
import { runTests } from './run-tests.ts'
import type { Workspace, Workspaces } from './workspace.ts'

/** What became of one mutant. */
export interface MutantOutcome {
  readonly mutant: Mutant
  /** `error`: it could not be tried, so that nothing is known. */
  readonly outcome: 'killed' | 'survived' | 'error'
  /** Who noticed: the full names of the tests that failed, and scenarios. */
  readonly killedBy: readonly string[]
  /** Who is named and did not notice. */
  readonly blind: readonly string[]
  readonly error: string | null
  readonly durationMs: number
}

export interface RunMutantsOptions {
  readonly workspaces: Workspaces
  readonly mutants: readonly Mutant[]
  /** How many are tried at the same time. */
  readonly jobs: number
  /** Scenarios cost minutes: without them only tests are asked. */
  readonly withScenarios: boolean
  readonly signal: AbortSignal
  readonly onProgress: (line: string) => void
  readonly onOutcome: (outcome: MutantOutcome) => void
}

/** How long the tests of one mutant, and one scenario, may take; in milliseconds. */
const testsLimitMs = 180_000
const controlLimitMs = 600_000

/**
 * First the killers on the unbroken tree, where each must pass; then each mutant.
 * @throws when a killer does not pass there, or is no test at all: what it would say of a mutant means nothing.
 */
export async function runMutants(options: RunMutantsOptions): Promise<readonly MutantOutcome[]> {
  const { workspaces, mutants, jobs, signal, onProgress } = options
  const first = await workspaces.create()
  onProgress('control run: the killers on the unbroken tree')
  await control(first, options)

  const outcomes: MutantOutcome[] = []
  const waiting = [...mutants]
  const work = async (workspace: Workspace) => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const outcome = await tryMutant(workspace, mutant, options)
      outcomes.push(outcome)
      options.onOutcome(outcome)
    }
  }
  const others = Array.from({ length: Math.min(jobs, mutants.length) - 1 }, () => workspaces.create())
  await Promise.all([first, ...(await Promise.all(others))].map(work))
  signal.throwIfAborted()
  return mutants.map((mutant) => outcomes.find((outcome) => outcome.mutant === mutant) as MutantOutcome)
}

async function control({ directory }: Workspace, options: RunMutantsOptions): Promise<void> {
  const { mutants, signal } = options
  const killers = mutants.flatMap(({ killers }) => killers)
  const verdicts = await runTests(directory, testsOf(killers), { limitMs: controlLimitMs, signal })
  const faults = verdicts.flatMap(({ killer, ran, failed }) => {
    if (ran === 0) return [`${killerName(killer)}: there is no such test, or it is skipped`]
    return failed.map((name) => `${killer.file}: ${name} fails on the unbroken tree`)
  })
  for (const scenario of scenariosOf(killers, options))
    if (!(await runScenario(directory, scenario, signal)))
      faults.push(`${scenario} fails on the unbroken tree`)
  if (faults.length > 0)
    throw new Error(
      `the control run failed:\n${[...new Set(faults)].map((fault) => `  ${fault}`).join('\n')}`,
    )
}

async function tryMutant(
  workspace: Workspace,
  mutant: Mutant,
  options: RunMutantsOptions,
): Promise<MutantOutcome> {
  const startedMs = performance.now()
  const done = (outcome: Omit<MutantOutcome, 'mutant' | 'durationMs'>): MutantOutcome => ({
    mutant,
    durationMs: performance.now() - startedMs,
    ...outcome,
  })
  try {
    const noticed = await workspace.withMutant(mutant, () => askKillers(workspace, mutant, options))
    const killedBy = noticed.flatMap(({ failed }) => failed)
    const blind = noticed.filter(({ failed }) => failed.length === 0).map(({ killer }) => killerName(killer))
    const outcome = killedBy.length > 0 && blind.length === 0 ? 'killed' : 'survived'
    return done({ outcome, killedBy, blind, error: null })
  } catch (error) {
    options.signal.throwIfAborted()
    const text = error instanceof Error ? error.message : String(error)
    return done({ outcome: 'error', killedBy: [], blind: [], error: text })
  }
}

async function askKillers(
  { directory }: Workspace,
  { killers }: Mutant,
  options: RunMutantsOptions,
): Promise<readonly { readonly killer: Killer; readonly failed: readonly string[] }[]> {
  const { signal } = options
  const tests = await runTests(directory, testsOf(killers), { limitMs: testsLimitMs, signal })
  const noticed: { killer: Killer; failed: readonly string[] }[] = [...tests]
  for (const scenario of scenariosOf(killers, options))
    noticed.push({
      killer: { scenario },
      failed: (await runScenario(directory, scenario, signal)) ? [] : [scenario],
    })
  return noticed
}

function testsOf(killers: readonly Killer[]): readonly TestKiller[] {
  return killers.filter(isTestKiller)
}

function scenariosOf(killers: readonly Killer[], { withScenarios }: RunMutantsOptions): readonly string[] {
  if (!withScenarios) return []
  return [...new Set(killers.flatMap((killer) => (isTestKiller(killer) ? [] : [killer.scenario])))]
}
