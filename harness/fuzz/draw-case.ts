import type { Case } from '../cases/case.ts'
import { createRandomStreams } from '../world/random-streams.ts'
import { createDraw } from './draw.ts'
import { drawSwarm, drawTheme } from './draw-deeds.ts'
import {
  drawForks,
  drawParameters,
  drawShortParameters,
  drawTopology,
  drawTransfers,
  withBlobs,
  withHostile,
  withRecords,
} from './draw-topology.ts'
import { readIncident } from './incidents.ts'
import { isDrawn, parentOf } from './lineage.ts'
import { mutateCase } from './mutate-case.ts'
import { nameOfSeed, settingOf } from './setting.ts'

/** How long faults stand in a run, and how long convergence may take after them, in milliseconds of its clock. */
export const campaignMs = { faults: 60_000, converge: 600_000 }

/** Most runs are about one thing, short and small; the others about many. */
const themeShare = 0.7

/** Most worlds lose and delay messages: what comes late or never is what a node must bear. */
const roughShare = 0.6

/** The run of a seed: drawn, a known incident, or one of them changed (`lineage.ts`). */
export function drawCase(seed: string, longestMs = campaignMs.faults): Case {
  const parent = parentOf(seed)
  if (parent !== null) return mutateCase(drawCase(parent, longestMs), seed)
  return isDrawn(seed) ? drawAnew(seed, longestMs) : readIncident(seed)
}

/**
 * Topology, parameters and deeds have streams of their own: a change of how one is drawn leaves the others as they are.
 */
function drawAnew(seed: string, longestMs: number): Case {
  const streams = createRandomStreams(`campaign ${seed}`)
  const kind = createDraw(streams('kind'))
  const isTheme = kind.chance(themeShare)
  const faultsMs = isTheme ? Math.min(longestMs, kind.int(20, 45) * 1_000) : longestMs
  const parametersDraw = createDraw(streams('parameters'))
  const timing = isTheme ? drawShortParameters(parametersDraw) : drawParameters(parametersDraw)
  const parameters = { ...timing, ...drawForks(createDraw(streams('forks')), timing.l2BlockTime ?? 2) }
  const records = withRecords(drawTopology(createDraw(streams('topology'))), createDraw(streams('records')))
  const posting = withBlobs(records, parameters, createDraw(streams('blobs')))
  const topology = withHostile(posting, createDraw(streams('hostile')))
  const transfersPerSecond = drawTransfers(createDraw(streams('users')))
  const setting = settingOf({ topology, parameters }, createDraw(streams('deeds')))
  return {
    ...{ format: 'lockstep-case', version: 1, name: nameOfSeed(seed), what: `what seed ${seed} draws` },
    ...(transfersPerSecond === null ? {} : { transfersPerSecond }),
    ...(createDraw(streams('network')).chance(roughShare) ? { roughNetwork: true } : {}),
    ...{ seed, topology, parameters, observationsPerBlock: 1, stopped: [], faultsMs },
    convergeMs: campaignMs.converge,
    deeds: isTheme ? drawTheme(setting, faultsMs) : drawSwarm(setting, faultsMs),
    violates: null,
  }
}
