import { relative } from 'node:path'
import { beforeAll, test } from 'vitest'
import type { ChainParameters } from '../genesis/chain-parameters.ts'
import { reportFailedRun } from '../report/write-report.ts'
import type { Topology } from '../world/topology.ts'
import type { WorldFactory, WorldOptions } from '../world/world.ts'
import { progressAnnotation, progressVariable, runAnnotation } from './annotation.ts'
import type { Needs } from './capabilities.ts'
import type { Fixtures } from './fixtures.ts'
import { scenarioMs } from './limits.ts'
import { checkMarks } from './marks-check.ts'
import { createProgressFeed, type ProgressTold } from './progress-feed.ts'
import { mustRepeat, twiceVariable } from './repeatable.ts'
import { reproduceCommand } from './reproduce.ts'
import { ScenarioTimeout } from './run-failure.ts'
import { describeScenario, endOfFailure } from './scenario-record.ts'
import { runScenario } from './scenario-run.ts'
import { playSeeds, seedsFrom, seedsText, seedsVariable } from './seeds.ts'

export interface ScenarioOptions<Cl extends string, El extends string = string> {
  /** What is true when it passes, in one sentence with a full stop. `lockstep accept --list` and `docs/scenarios.md` show it. */
  readonly claim?: string
  /** Lower-case words joined by hyphens, for `lockstep accept --tag`. */
  readonly tags?: readonly string[]
  readonly topology: Topology<Cl, El>
  /** Overrides of the topology's parameters. */
  readonly parameters?: Partial<ChainParameters>
  /**
   * What does not run at first: `l1` (no block production), `batcher`, a sequencing node (it builds nothing), or any other
   * node (start its `el`, then it).
   */
  readonly stopped?: readonly (NoInfer<Cl> | 'l1' | 'batcher')[]
  /**
   * Engines and nodes that the scenario kills or pauses: each gets a process of its own. What is not under test shares
   * one otherwise.
   */
  readonly ownProcess?: readonly string[]
  /** What the clients in the slots must be able to do; with others the scenario is skipped, for that reason. */
  readonly needs?: Needs<NoInfer<Cl>>
  /** Reach marks without which the scenario has shown nothing: it is inconclusive then, and does not pass. */
  readonly expects?: readonly string[]
  /** Why it cannot run on this machine; it is then reported as skipped, for that reason. */
  readonly skip?: string | null
  /** How long it may take at most. Default: by the block times. `LOCKSTEP_SCENARIO_TIMEOUT` (seconds) counts more. */
  readonly timeoutMs?: number
  /** Where it runs. Default: what `LOCKSTEP_WORLD` says, or else `live`. */
  readonly world?: string
}

/** Chooses the world of a scenario that does not say one itself. */
export const worldVariable = 'LOCKSTEP_WORLD'
export const defaultWorld = 'live'
/** How long any scenario may take, in seconds. */
export const timeoutVariable = 'LOCKSTEP_SCENARIO_TIMEOUT'

/** Only a hang takes so long: the runner's own ten seconds are few on a busy machine. */
const prepareMs = 60_000
/** Teardown waits this long for processes that do not listen. */
const teardownMs = 60_000
/** What a timer of the runtime can hold, less the teardown. */
const timerMsMax = 2 ** 31 - 1 - teardownMs

/** Declares a scenario as a test of its own. See `harness/scenario.ts`. */
export type Scenario = <const Cl extends string, const El extends string = string>(
  name: string,
  options: ScenarioOptions<Cl, El>,
  body: (fixtures: Fixtures<Cl, El>) => Promise<void>,
) => void

/** Where scenarios may run. */
export interface WorldKind {
  readonly start: WorldFactory
  /** Loads and makes what such a world needs of the process: before the first scenario of a file, in nobody's time. */
  readonly prepare?: (options: Pick<WorldOptions, 'topology' | 'parameters'>) => Promise<unknown>
}

/** What declares scenarios in these worlds. */
export function createScenario(worlds: Readonly<Record<string, WorldKind>>): Scenario {
  return (name, options, body) => {
    const { topology, parameters, stopped, ownProcess, needs = {}, expects = [] } = options
    const chosen = options.world ?? process.env[worldVariable] ?? defaultWorld
    const world = worlds[chosen]
    if (world === undefined)
      throw new Error(`${name}: expected a world of ${Object.keys(worlds).join(', ')}, found ${chosen}`)
    const { start: startWorld, prepare } = world
    const given = { topology, ...(parameters === undefined ? {} : { parameters }) }
    if (prepare !== undefined) beforeAll(() => prepare(given), prepareMs)
    const limitMs =
      timeoutFrom(process.env[timeoutVariable]) ??
      options.timeoutMs ??
      scenarioMs({ ...topology.parameters, ...parameters })

    const seeds = seedsFrom(process.env[seedsVariable])
    const repeats = chosen === 'sim' && process.env[twiceVariable] === '1'
    const plays = seeds?.count ?? (repeats ? 2 : 1)
    // The runner's own limit is for what hangs even then.
    const timeout = Math.min(limitMs * plays, timerMsMax) + teardownMs
    const meta = { scenario: describeScenario(name, options, limitMs) }
    test(name, { timeout, meta }, async ({ annotate, onTestFinished, signal, skip, task }) => {
      if (typeof options.skip === 'string') skip(options.skip)
      let stop = async () => {}
      // Also when the runner gives up on the body: then this is all that still runs.
      onTestFinished(() => stop(), teardownMs)
      const skipped = Symbol('skipped')
      let reason = ''

      try {
        checkMarks(expects, String(body))
      } catch (error) {
        task.meta.scenarioEnd = endOfFailure(error, { directory: null, clients: {} })
        throw error
      }

      /** Returns what the run told, where that is compared. */
      async function play(seed?: string, callsAsText = false): Promise<readonly string[]> {
        const told: string[] = []
        const late = new AbortController()
        const timer = setTimeout(() => late.abort(new ScenarioTimeout(limitMs)), limitMs)
        const found: { directory: string | null; clients: Record<string, string> } = {
          directory: null,
          clients: {},
        }
        // One of real programs writes its timeline as it goes.
        const isTold = chosen !== defaultWorld && process.env[progressVariable] === '1'
        const feed = createProgressFeed((events) => {
          const told: ProgressTold = { ...(plays > 1 && seed !== undefined ? { seed } : {}), events }
          if (isTold) void annotate(JSON.stringify(told), progressAnnotation)
        })
        try {
          const verdict = await runScenario({
            ...{ startWorld, needs, expects, body },
            reproduce: reproduceCommand({
              name,
              ...(chosen === defaultWorld ? {} : { world: chosen }),
              ...(seed === undefined ? {} : { seed }),
            }),
            world: {
              name,
              ...given,
              ...(stopped === undefined ? {} : { stopped }),
              ...(ownProcess === undefined ? {} : { ownProcess }),
              ...(seed === undefined ? {} : { seed, roughNetwork: true }),
              ...(callsAsText ? { callsAsText } : {}),
              signal: AbortSignal.any([signal, late.signal]),
              // Of many seeds that fail, the first is told, and has a report.
              keepFailed: !task.meta.scenarioEnd?.failure,
              ...(isTold ? { onEvent: (event) => feed.add(event) } : {}),
              onArtefacts(where) {
                found.directory = where
                void annotate(where, runAnnotation)
              },
            },
            onWorld(end, { cls, events }) {
              stop = end
              if (repeats)
                events.subscribe((event) => void told.push(JSON.stringify(event)), { history: true })
              for (const [node, { spec }] of cls) found.clients[node] = spec.kind
            },
          }).catch(async (error: unknown) => {
            // The first failure counts, also after seeds that passed.
            if (!task.meta.scenarioEnd?.failure) task.meta.scenarioEnd = endOfFailure(error, found)
            await nameReport(error, found.directory)
            throw error
          })
          if (verdict.outcome === 'skipped') {
            reason = verdict.reason
            throw skipped
          }
          task.meta.scenarioEnd ??= { ...found, outcome: 'passed', failure: null }
          return told
        } finally {
          clearTimeout(timer)
          feed.end()
        }
      }

      try {
        if (seeds === null) {
          const told = await play()
          // Once as programs call each other: what a scenario shows does not depend on how calls pass.
          if (repeats) mustRepeat(told, await play(undefined, true))
          return
        }
        const { seeds: ended, failure } = await playSeeds(
          seeds,
          play,
          (error) => error === skipped || signal.aborted,
        )
        if (task.meta.scenarioEnd !== undefined)
          task.meta.scenarioEnd = { ...task.meta.scenarioEnd, seeds: ended }
        if (failure === undefined) return
        const { error } = failure
        if (error instanceof Error) error.message += `\n  seeds      ${seedsText(name, ended)}`
        throw error
      } catch (error) {
        if (error === skipped) skip(reason)
        throw error
      }
    })
  }
}

/** Writes the report of a run that failed, and says as its last words where it is. */
async function nameReport(error: unknown, directory: string | null): Promise<void> {
  const report = await reportFailedRun(directory)
  if (report === null || !(error instanceof Error)) return
  error.message += `\n  report     ${report.startsWith('/') ? relative(process.cwd(), report) : report}`
}

/** @throws Error when it is no positive number. */
export function timeoutFrom(seconds: string | undefined): number | undefined {
  if (seconds === undefined || seconds === '') return undefined
  const ms = Number(seconds) * 1000
  if (Number.isFinite(ms) && ms > 0) return Math.round(ms)
  throw new Error(
    `${timeoutVariable}: expected a number of seconds above 0, found ${JSON.stringify(seconds)}`,
  )
}
