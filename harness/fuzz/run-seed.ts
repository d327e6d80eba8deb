import type { Case } from '../cases/case.ts'
import { type CaseOutcome, runCase } from '../cases/run-case.ts'
import type { WorldEvent } from '../events/event.ts'
import type { EngineKind } from '../world/engine-kind.ts'
import { startSimWorld } from '../world/sim/sim-world.ts'
import type { ScheduleStep } from '../world/sim/virtual-clock.ts'
import { campaignCase } from './campaign-case.ts'
import { createCombinations } from './combinations.ts'
import type { RunResult } from './result.ts'

/** The file of a case holds no more of what was found. */
const foundMax = 4_000

/** Runs a case in a simulated world, as cheaply as it tells the same. A world that does not even start is a failure as well. */
export async function simulate(
  one: Case,
  onEvent: (event: WorldEvent) => void = () => {},
  onStep?: (step: ScheduleStep) => void,
): Promise<CaseOutcome> {
  const traced = onStep === undefined ? {} : { onStep }
  try {
    return await runCase(one, { startWorld: (options) => startSimWorld({ ...options, ...traced }), onEvent })
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error)
    const violation = { reason: 'crash', found: found.slice(0, foundMax) }
    return { violation, event: null, marks: [], virtualMs: 0, hits: 0 }
  }
}

/**
 * Draws the case of a seed and runs it. What is found with the model engine is run again with the real engine core: where
 * that violates the same, the failure is of the real core.
 */
export async function runSeed(seed: string, faultsMs: number, engine: EngineKind): Promise<RunResult> {
  const one = campaignCase(seed, engine, faultsMs)
  const startMs = performance.now()
  const combinations = createCombinations()
  const { violation, marks, virtualMs, hits } = await simulate(one, combinations.add)
  const result = {
    ...{ seed, engine, virtualMs, hits, marks: [...marks], deeds: one.deeds.length },
    combinations: [...combinations.all],
    wallMs: performance.now() - startMs,
  }
  if (violation === null) return { ...result, failure: null }
  if (engine === 'model') {
    const real = { ...one, engine: 'real' as const }
    const confirmed = (await simulate(real)).violation
    if (confirmed?.reason === violation.reason)
      return { ...result, failure: { ...real, violates: confirmed } }
  }
  return { ...result, failure: { ...one, violates: violation } }
}
