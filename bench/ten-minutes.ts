import type { Case } from '../harness/cases/case.ts'
import { campaignPace } from '../harness/fuzz/campaign-pace.ts'
import { createDraw } from '../harness/fuzz/draw.ts'
import { drawSwarm } from '../harness/fuzz/draw-deeds.ts'
import type { EngineKind } from '../harness/world/engine-kind.ts'
import { createRandomStreams } from '../harness/world/random-streams.ts'
import { mesh } from '../harness/world/topology.ts'

/** In seconds. */
export interface BlockTimes {
  readonly l2BlockTime: number
  readonly l1BlockTime: number
}

const nodes = ['sequencer', 'reference', 'follower']
/** Faults strike for so long; with what it takes to converge a run is of ten minutes. */
const faultsMs = 570_000
const reorgEveryMs = 60_000

/**
 * Ten virtual minutes of three nodes under the faults that campaigns draw, all of them for the whole time, and a reorg of
 * L1 every minute beside those that are drawn. A fourth node derives everything in the end, as in every campaign.
 */
export function tenMinutes(seed: number, blockTimes: BlockTimes, engine: EngineKind): Case {
  const draw = createDraw(createRandomStreams(`ten minutes ${seed}`)('deeds'))
  const engines = nodes.map((name) => `${name}-el`)
  const topology: Case['topology'] = {
    cls: {
      sequencer: { el: 'sequencer-el', follows: 'reference', sequencer: { l1Confirmations: 1 } },
      reference: { el: 'reference-el' },
      follower: { el: 'follower-el', follows: 'reference' },
    },
    els: Object.fromEntries(engines.map((name) => [name, { datadir: true as const }])),
    batcher: { sequencer: 'sequencer' },
    gossip: mesh(nodes).map(([a, b]) => [a, b]),
    elPeers: mesh(engines).map(([a, b]) => [a, b]),
  }
  const reorgs = Array.from({ length: Math.floor(faultsMs / reorgEveryMs) - 1 }, (_, index) => ({
    ...{ kind: 'l1-reorg' as const, atMs: (index + 1) * reorgEveryMs, depth: draw.int(1, 3) },
    ...{ to: 'longer' as const, transactions: 'return' as const },
  }))
  return {
    ...{
      format: 'lockstep-case',
      version: 1,
      name: `ten-minutes-${seed}`,
      what: 'ten virtual minutes',
      topology,
    },
    ...{ seed: String(seed), engine, stopped: [], faultsMs, convergeMs: 600_000, violates: null },
    parameters: { ...blockTimes, l1SafeDistance: 2, l1FinalizedDistance: 2, seqWindowSize: 50 },
    ...{ observationsPerBlock: 1, ...campaignPace },
    deeds: [
      ...drawSwarm(
        { draw, topology, reorgDepthMax: 3, forks: {}, l2BlockTime: blockTimes.l2BlockTime },
        faultsMs,
      ),
      ...reorgs,
    ],
  }
}
