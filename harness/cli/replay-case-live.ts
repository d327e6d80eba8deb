import { relative } from 'node:path'
import { type Case, topologyOf } from '../cases/case.ts'
import { type CaseOutcome, runCase } from '../cases/run-case.ts'
import { ComponentError } from '../world/component-error.ts'
import { startLiveWorld } from '../world/live/live-world.ts'
import { requireRunsDirectory } from '../world/run-directory.ts'
import { applyClientFlags, askClients } from './client-arguments.ts'
import { exitCode } from './exit-code.ts'
import { outcomeText, readCase } from './replay-case.ts'

export interface ReplayCaseLiveFlags {
  /** `ROLE=KIND`, or a kind for all. */
  readonly cl: readonly string[]
  /** `KIND=COMMAND`. */
  readonly bin: readonly string[]
  readonly json: boolean
}

/**
 * `lockstep replay CASE --world live`: the same deeds at the same times in a devstack of real programs, and the same judges.
 * What hangs on a millisecond of virtual time need not happen again there.
 */
export async function replayCaseLive(
  text: string,
  file: string,
  flags: ReplayCaseLiveFlags,
): Promise<number> {
  const { cl, bin, json } = flags
  const one = readCase(text, file)
  requireRunsDirectory()
  using _flags = applyClientFlags({ cl, bin })
  await askClients((clients) => clients.choose(topologyOf(one)))
  const tell = (line: string) => void process.stderr.write(`${line}\n`)
  const left = [
    ...(one.roughNetwork === true ? ['latency and loss that come from the seed'] : []),
    ...(one.engine === 'model' ? ['the model engine: real ones execute'] : []),
  ]
  if (left.length > 0) tell(`live without ${left.join(', and ')}`)
  tell(`${one.name}: ${one.faultsMs / 1000} s of faults, then until everything has converged`)
  const startMs = performance.now()
  let artefacts = ''
  let outcome: CaseOutcome
  try {
    outcome = await runLive(one, (where) => {
      artefacts = relative(process.cwd(), where)
    })
  } catch (error) {
    if (!(error instanceof ComponentError)) throw error
    tell(`lockstep replay: ${error.message}${artefacts === '' ? '' : `\nartefacts: ${artefacts}`}`)
    return exitCode.inconclusive
  }
  const seconds = `${Math.round((performance.now() - startMs) / 1000)} s`
  process.stdout.write(
    json
      ? `${JSON.stringify({ ...outcome, artefacts })}\n`
      : `${outcomeText(one.name, outcome, { seconds, by: 'real programs' })}artefacts: ${artefacts}\n`,
  )
  return outcome.violation === null ? exitCode.passed : exitCode.failed
}

/** How often anybody looks is the client's matter there. */
function runLive(one: Case, onArtefacts: (where: string) => void): Promise<CaseOutcome> {
  const { roughNetwork, engine, observationsPerBlock, l1PollsPerBlock, batcherPollsPerBlock, ...live } = one
  return runCase(live, { startWorld: (options) => startLiveWorld({ ...options, onArtefacts }) })
}
