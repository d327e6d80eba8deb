import { type Evaluation, type InvariantWatch, watchInvariants } from '../invariants/monitor.ts'
import { NotInThisWorld } from '../world/not-in-this-world.ts'
import type { World, WorldEnd, WorldFactory, WorldOptions } from '../world/world.ts'
import { tellAssertion } from './assertion.ts'
import { pointAt, pointsOutside } from './call-site.ts'
import { MissingCapability, type Needs, need } from './capabilities.ts'
import { createEvidence } from './evidence.ts'
import { describeError, isAssertion } from './explained.ts'
import { formatFailure, ScenarioFailure, ScenarioInconclusive } from './failure.ts'
import { createFixtures, type Fixtures } from './fixtures.ts'
import { reproduceCommand } from './reproduce.ts'
import { createRun, type Run } from './run.ts'

export interface ScenarioRunOptions<Cl extends string, El extends string> {
  readonly startWorld: WorldFactory
  readonly world: WorldOptions
  readonly needs: Needs<Cl>
  readonly expects: readonly string[]
  /** The command that runs the same again. Default: by the scenario's name. */
  readonly reproduce?: string
  readonly body: (fixtures: Fixtures<Cl, El>) => Promise<void>
  /** Told what ends the world, as soon as there is one: also when the runner gives up on the scenario. */
  readonly onWorld: (stop: () => Promise<void>, world: World) => void
}

/** How a scenario ended that has not failed. */
export type ScenarioVerdict =
  | { readonly outcome: 'passed' }
  | { readonly outcome: 'skipped'; readonly reason: string }

/**
 * Makes the world, runs the body in it under the watch of the invariants, and ends the world.
 * @throws ScenarioFailure or the body's own assertion; ScenarioInconclusive when the body ended well without having
 * reached what it must; whatever kept the world from starting.
 */
export async function runScenario<Cl extends string, El extends string>(
  options: ScenarioRunOptions<Cl, El>,
): Promise<ScenarioVerdict> {
  const { reproduce = reproduceCommand({ name: options.world.name }) } = options
  let end: WorldEnd = { outcome: 'stopped', message: 'the runner ended the scenario' }
  const evidence = createEvidence(options.expects)
  const started = await options
    .startWorld({
      ...options.world,
      onEvent(event) {
        evidence.observe(event)
        options.world.onEvent?.(event)
      },
    })
    .catch((error: unknown) => {
      if (error instanceof NotInThisWorld) return error
      throw error
    })
  if (started instanceof NotInThisWorld) return { outcome: 'skipped', reason: started.message }
  const world = started
  options.onWorld(() => world.stop(end), world)
  const watch = watchInvariants(world)
  const run = createRun(world, reproduce, evidence)
  try {
    checkNeeds(world, options.needs)
    const body = world.within(() => options.body(createFixtures<Cl, El>(run)))
    await Promise.race([body, run.failure])
    await Promise.race([untilJudged(run, watch), run.failure])
    const never = watch.end()
    if (world.failed.aborted) await run.failure
    const missing = [...run.evidence.missing(), ...never.map(neverJudged)]
    if (missing.length > 0) throw new ScenarioInconclusive(missing, run.describe())
    end = { outcome: 'passed' }
    return { outcome: 'passed' }
  } catch (error) {
    const reason = reasonToSkip(error)
    if (reason !== null) {
      end = { outcome: 'stopped', message: reason }
      return { outcome: 'skipped', reason }
    }
    const explained = explainEnd(error, run)
    // What the timeline ends with is what the scenario ends with.
    const message = explained instanceof Error ? explained.message : String(explained)
    end = { outcome: error instanceof ScenarioInconclusive ? 'inconclusive' : 'failed', message }
    throw explained
  } finally {
    watch.end()
    await world.stop(end)
  }
}

/**
 * A body can be through before a node has published everything that it is judged by: the world goes on until it has, or
 * until nothing comes any more.
 */
async function untilJudged({ world, wait, limits }: Run, watch: InvariantWatch): Promise<void> {
  if (watch.unjudged().length === 0) return
  const waiting = wait({
    what: 'every invariant is evaluated on every node',
    expected: 'each of them at least once',
    limits: limits('currentL1'),
    streams: [...world.cls.values()].map(({ status }) => status),
    look() {
      const left = watch.unjudged()
      if (left.length === 0) return { done: true, value: undefined }
      return { done: false, found: left.map(neverJudged).join('; ') }
    },
  })
  await waiting.catch((error: unknown) => {
    // What is missing then is said as such: nothing has failed.
    if (!(error instanceof ScenarioFailure && ['stalled', 'late'].includes(error.facts.kind))) throw error
  })
}

/** A run in which an invariant was never evaluated says nothing about it. */
function neverJudged({ invariant, node }: Evaluation): string {
  return `the invariant ${invariant} was never evaluated on ${node}, which ran`
}

/** Why the scenario cannot be shown with these clients, or in this world; null for every other error. */
function reasonToSkip(error: unknown): string | null {
  if (error instanceof MissingCapability || error instanceof NotInThisWorld) return error.message
  // A call that failed says so itself, with that as its cause.
  return error instanceof ScenarioFailure ? reasonToSkip(error.cause) : null
}

function checkNeeds<Cl extends string>(world: World, needs: Needs<Cl>): void {
  for (const [name, capabilities] of Object.entries<Needs<Cl>[Cl]>(needs)) {
    const node = world.cls.get(name)
    if (node === undefined) throw new Error(`needs: there is no node ${name}`)
    need(node, capabilities ?? [])
  }
}

/** An assertion gets the rows of a failed wait under its first line; any other error becomes a failure. */
function explainEnd(error: unknown, run: Run): unknown {
  if (error instanceof ScenarioFailure || error instanceof ScenarioInconclusive) return error
  const step = run.activity.stepOf(error)
  if (isAssertion(error)) {
    const { what, expected, found } = tellAssertion(error, step)
    const steps = step === undefined ? {} : { steps: [step] }
    error.message = formatFailure({ kind: 'call', what, expected, found, ...run.describe(), ...steps })
    return error
  }
  const failure = new ScenarioFailure({
    kind: 'call',
    what: 'the scenario ended with an error of something that it called',
    expected: 'the scenario to end well',
    found: describeError(error),
    ...run.describe(describeError(error)),
    ...(step === undefined ? {} : { steps: [step] }),
    cause: error,
  })
  if (error instanceof Error && pointsOutside(error)) pointAt(failure, error)
  return failure
}
