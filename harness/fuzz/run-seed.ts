import type { Case } from '../cases/case.ts'
import { runCase } from '../cases/run-case.ts'
import type { WorldEvent } from '../events/event.ts'
import { startSimWorld } from '../world/sim/sim-world.ts'
import { createCombinations } from './combinations.ts'
import { drawCase } from './draw-case.ts'
import type { RunResult } from './result.ts'

/** Runs a case in a simulated world. */
export const simulate = (one: Case, onEvent: (event: WorldEvent) => void = () => {}) =>
  runCase(one, { startWorld: startSimWorld, onEvent })

/** Draws the case of a seed and runs it. A world that does not even start is a failure as well. */
export async function runSeed(seed: string, faultsMs: number): Promise<RunResult> {
  const one = drawCase(seed, faultsMs)
  const startMs = performance.now()
  const combinations = createCombinations()
  const outcome = await simulate(one, combinations.add).catch((error: unknown) => ({
    violation: { reason: 'crash', found: error instanceof Error ? error.message : String(error) },
    ...{ marks: [], virtualMs: 0, hits: 0 },
  }))
  const { violation, marks, virtualMs, hits } = outcome
  return {
    ...{ seed, virtualMs, hits, marks: [...marks], deeds: one.deeds.length },
    combinations: [...combinations.all],
    wallMs: performance.now() - startMs,
    failure: violation === null ? null : { ...one, violates: violation },
  }
}
