import type { Case } from '../cases/case.ts'
import type { EngineKind } from '../world/engine-kind.ts'
import { campaignPace } from './campaign-pace.ts'
import { drawCase } from './draw-case.ts'

/** The run of a seed as a campaign makes it: at its own pace, but for a known incident that says how often nodes ask. */
export function campaignCase(seed: string, engine: EngineKind, longestMs?: number): Case {
  return { ...campaignPace, ...drawCase(seed, longestMs), engine }
}
