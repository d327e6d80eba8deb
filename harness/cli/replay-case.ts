import type { z } from 'zod'
import { type Case, CaseError, formatCase, parseCase } from '../cases/case.ts'
import { printScenario } from '../cases/print-scenario.ts'
import type { CaseOutcome } from '../cases/run-case.ts'
import { shrinkCase } from '../cases/shrink-case.ts'
import type { shrinkResultSchema } from '../fuzz/result.ts'
import { simulate } from '../fuzz/run-seed.ts'
import type { EngineKind } from '../world/engine-kind.ts'
import { compareTraces, createTrace, readTrace, writeTrace } from './case-trace.ts'
import { exitCode } from './exit-code.ts'
import { UsageError } from './usage-error.ts'

/** Runs the case of that text again, as `lockstep replay` says. */
export async function replayCase(
  text: string,
  file: string,
  {
    shrink,
    scenario,
    json,
    engine,
    trace = null,
    against = null,
  }: {
    readonly shrink: boolean
    readonly scenario: boolean
    readonly json: boolean
    /** In place of what the case says. */
    readonly engine?: EngineKind
    /** Where the trace of the run goes. */
    readonly trace?: string | null
    /** A trace of another run. */
    readonly against?: string | null
  },
): Promise<number> {
  const read = readCase(text, file)
  const one = engine === undefined ? read : { ...read, engine }
  if (scenario) {
    process.stdout.write(printScenario(one))
    return 0
  }
  const before = against === null ? null : readTrace(against)
  const traced = trace === null && before === null ? null : createTrace()
  const outcome = await simulate(one, traced?.onEvent, traced?.onStep)
  const seconds = `${Math.round(outcome.virtualMs / 1000)} virtual s`
  process.stdout.write(
    json
      ? `${JSON.stringify(outcome)}\n`
      : outcomeText(one.name, outcome, { seconds, by: `${one.engine ?? 'real'} engine` }),
  )
  if (trace !== null && traced !== null) writeTrace(trace, traced.lines())
  if (before !== null && traced !== null) {
    const { same, text: difference } = compareTraces(traced.lines(), before)
    process.stderr.write(difference)
    if (!same) return exitCode.failed
  }
  if (outcome.violation === null) return exitCode.passed
  return shrink
    ? printSmallest({ ...one, violates: outcome.violation }, outcome.virtualMs, json)
    : exitCode.failed
}

/** A signal ends the search, and what is smallest by then is printed: it took minutes. The second one ends it all. */
async function printSmallest(failing: Case, foundMs: number, json: boolean): Promise<number> {
  const stop = new AbortController()
  const end = () => stop.abort(new Error('interrupted'))
  process.once('SIGINT', end).once('SIGTERM', end)
  const small = await shrinkCase(failing, simulate, {
    onProgress: (line) => process.stderr.write(`${line}\n`),
    foundMs,
    signal: stop.signal,
  })
  process.off('SIGINT', end).off('SIGTERM', end)
  const result: z.output<typeof shrinkResultSchema> = { format: 'lockstep-shrunk', smallest: small }
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : `${formatCase(small)}\n${printScenario(small)}`)
  return stop.signal.aborted ? exitCode.interrupted : exitCode.failed
}

/**
 * What came of a case, for people.
 * @param by with what it ran: `real engine`, `real programs`.
 */
export function outcomeText(
  name: string,
  { violation, event }: CaseOutcome,
  { seconds, by }: { readonly seconds: string; readonly by: string },
): string {
  if (violation === null) return `${name}, ${by}: nothing is violated in ${seconds}\n`
  const found = `${name}, ${by}: ${violation.reason}: ${violation.found}\n`
  return event === null ? found : `${found}the event: ${JSON.stringify(event)}\n`
}

/** @throws UsageError when the text is no case. */
export function readCase(text: string, file: string) {
  try {
    return parseCase(text, file)
  } catch (error) {
    if (error instanceof CaseError) throw new UsageError(error.message)
    throw error
  }
}
