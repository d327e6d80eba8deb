import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineCommand } from 'citty'
import { nearest } from '../../node/config/flags-nearest.ts'
import { removeDockerOrphans } from '../drivers/docker/docker-run.ts'
import { driverVariable } from '../drivers/placement.ts'
import { pruneRuns } from '../world/live/kept-runs.ts'
import { endOrphans } from '../world/live/registry.ts'
import { runsDirectory } from '../world/live/run-directory.ts'
import { createAcceptReporter, type ScenarioOutcome } from './accept-reporter.ts'
import { readArguments } from './arguments.ts'
import { chooseClientsByFlags, clientArguments } from './client-arguments.ts'
import { beginInvocation, keepArgument } from './keep-argument.ts'
import { scenarioCatalogue, selectScenarios } from './scenario-catalogue.ts'
import { UsageError } from './usage-error.ts'

const packageRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

const acceptCommand = defineCommand({
  meta: {
    name: 'accept',
    description:
      'Run acceptance scenarios, each against a devstack of its own. Artefacts are in .lockstep/runs.',
  },
  args: {
    filter: {
      type: 'positional',
      required: false,
      description: 'Part of a scenario’s name or path; without it all scenarios run',
    },
    json: { type: 'boolean', description: 'Print one JSON object at the end and nothing else' },
    ...clientArguments,
    keep: keepArgument,
    list: { type: 'boolean', description: 'Print the scenarios that would run, and stop' },
  },
})

/** `lockstep accept`: 0 when every scenario passed or was skipped for a reason, 130 after Ctrl-C, 1 otherwise. */
export async function accept(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(acceptCommand, argv)
  if (parsed.help) return 0
  const { filter, json, list } = parsed.args
  const catalogue = scenarioCatalogue(packageRoot)
  const selected = selectScenarios(catalogue, filter)
  if (selected.length === 0)
    throw new UsageError(
      `no scenario matches ${JSON.stringify(filter)}; did you mean ${nearest(
        filter ?? '',
        catalogue.map(({ name }) => name),
      )}? See lockstep accept --list`,
    )
  if (list === true) {
    for (const { name, file } of selected) process.stdout.write(`${name}  ${file}\n`)
    return 0
  }

  chooseClientsByFlags(parsed.args)
  const keep = beginInvocation(parsed.args.keep)
  const { createVitest } = await import('vitest/node')
  const startedMs = performance.now()
  const reporter = createAcceptReporter({
    output: process.stdout,
    mode: json === true ? 'silent' : process.stdout.isTTY === true ? 'live' : 'plain',
    total: selected.length,
  })
  const vitest = await createVitest(
    {
      root: packageRoot,
      project: ['scenarios'],
      watch: false,
      reporters: [reporter],
      testNamePattern: new RegExp(`^(${selected.map(({ name }) => escapeRegExp(name)).join('|')})$`),
    },
    {},
    // What a scenario prints is no part of the JSON.
    { stdout: json === true ? process.stderr : process.stdout },
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
    await vitest.start([...new Set(selected.map(({ file }) => file))])
  } finally {
    await vitest.close()
    reporter.close()
    // A scenario process that crashed or was killed may have left something: nothing stays.
    await endOrphans(runsDirectory())
    if (process.env[driverVariable] === 'docker') await removeDockerOrphans()
    // Nothing of this invocation is removed while it runs; only a caller who wants failures alone has passes removed.
    if (keep === 'failed') pruneRuns(runsDirectory(), 'none', keep)
  }
  const wallMs = performance.now() - startedMs
  const outcomes = reporter.outcomes()
  const count = (wanted: ScenarioOutcome['outcome']) =>
    outcomes.filter(({ outcome }) => outcome === wanted).length
  const [passed, skipped] = [count('passed'), count('skipped')]
  // A scenario that was interrupted has not failed.
  const failed = interrupted ? 0 : selected.length - passed - skipped
  const errors = interrupted ? [] : reporter.errors()
  if (json === true)
    process.stdout.write(
      `${JSON.stringify(toJson(outcomes, { interrupted, passed, failed, skipped, wallMs, errors }))}\n`,
    )
  else {
    for (const error of errors) process.stdout.write(`\n${error}\n`)
    const total = interrupted
      ? `interrupted after ${passed} of ${selected.length} scenarios passed`
      : `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`
    process.stdout.write(`\n${total} in ${(wallMs / 1000).toFixed(1)} s\n`)
  }
  return interrupted ? 130 : failed === 0 && errors.length === 0 ? 0 : 1
}

function toJson(
  scenarios: readonly ScenarioOutcome[],
  totals: {
    readonly interrupted: boolean
    readonly passed: number
    readonly failed: number
    readonly skipped: number
    readonly wallMs: number
    readonly errors: readonly string[]
  },
): object {
  return {
    ...totals,
    wallMs: Math.round(totals.wallMs),
    scenarios: scenarios.map(({ durationMs, runDirectory, ...scenario }) => ({
      ...scenario,
      durationMs: Math.round(durationMs),
      runDirectory: runDirectory === null ? null : relative(process.cwd(), runDirectory),
    })),
  }
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
