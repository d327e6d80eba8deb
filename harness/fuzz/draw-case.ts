import type { Case } from '../cases/case.ts'
import { createRandomStreams } from '../world/random-streams.ts'
import { createDraw } from './draw.ts'
import { drawDeeds } from './draw-deeds.ts'
import { drawParameters, drawTopology } from './draw-topology.ts'

/** How long faults stand in a run, and how long convergence may take after them, in milliseconds of its clock. */
export const campaignMs = { faults: 60_000, converge: 600_000 }

/**
 * The run of a seed. Topology, parameters and deeds have streams of their own: a change of how one is drawn leaves the
 * others as they are.
 */
export function drawCase(seed: string, faultsMs = campaignMs.faults): Case {
  const streams = createRandomStreams(`campaign ${seed}`)
  const topology = drawTopology(createDraw(streams('topology')))
  const parameters = drawParameters(createDraw(streams('parameters')))
  const finality = (parameters.l1SafeDistance ?? 1) + (parameters.l1FinalizedDistance ?? 1)
  const setting = { draw: createDraw(streams('deeds')), topology, reorgDepthMax: Math.max(1, finality - 1) }
  return {
    ...{ format: 'lockstep-case', version: 1, name: `seed-${seed.replaceAll(/[^\w-]/g, '-')}`.slice(0, 80) },
    what: `what seed ${seed} of a campaign draws`,
    ...{
      seed,
      topology,
      parameters,
      observationsPerBlock: 1,
      stopped: [],
      faultsMs,
      convergeMs: campaignMs.converge,
    },
    ...{ deeds: drawDeeds(setting, faultsMs), violates: null },
  }
}
