import type { Case } from '../cases/case.ts'
import { mesh } from '../world/topology.ts'
import type { Draw } from './draw.ts'
import { isBefore } from './draw-wrong.ts'

type Cls = Case['topology']['cls']

const sequences = (draw: Draw) => ({ l1Confirmations: draw.pick([0, 0, 1, 2, 3]) })

/** Who derives, who follows whom, and who builds: each is a deployment that somebody runs. */
const shapes: readonly [(draw: Draw) => Cls, ...((draw: Draw) => Cls)[]] = [
  (draw) => ({
    sequencer: { el: 'sequencer-el', follows: 'reference', sequencer: sequences(draw) },
    reference: { el: 'reference-el' },
    follower: { el: 'follower-el', follows: 'reference' },
  }),
  (draw) => ({
    sequencer: { el: 'sequencer-el', sequencer: sequences(draw) },
    reference: { el: 'reference-el' },
    follower: { el: 'follower-el', follows: 'reference' },
  }),
  (draw) => ({
    sequencer: { el: 'sequencer-el', sequencer: sequences(draw) },
    follower: { el: 'follower-el', follows: 'sequencer' },
  }),
  (draw) => ({
    sequencer: { el: 'sequencer-el', follows: 'reference', sequencer: sequences(draw) },
    reference: { el: 'reference-el' },
    follower: { el: 'follower-el', follows: 'reference' },
    second: { el: 'second-el', follows: 'follower' },
  }),
]

/** Engines keep their chains, as those of operators do; some of them have no peers, some nodes no gossip. */
export function drawTopology(draw: Draw): Case['topology'] {
  const cls = draw.pick(shapes)(draw)
  const names = Object.keys(cls)
  const engines = names.map((name) => `${name}-el`)
  return {
    cls,
    els: Object.fromEntries(engines.map((name) => [name, { datadir: true as const }])),
    batcher: { sequencer: 'sequencer' },
    gossip: draw.chance(0.75) ? mesh(names).map(([a, b]) => [a, b]) : [],
    elPeers: mesh(engines).map(([a, b]) => [a, b]),
  }
}

/** Some of the nodes that derive keep a record of what they derived from where, as some of the operators choose to. */
export function withRecords(topology: Case['topology'], draw: Draw): Case['topology'] {
  const cls = Object.entries(topology.cls).map(([name, spec]) => [
    name,
    spec.follows === undefined && draw.chance(0.5) ? { ...spec, safeDb: true as const } : spec,
  ])
  return { ...topology, cls: Object.fromEntries(cls) }
}

/** Anybody can be a peer of a node that gossips: in some worlds one is that sends what it should not. */
export function withHostile(topology: Case['topology'], draw: Draw): Case['topology'] {
  if (!draw.chance(hostileShare)) return topology
  const names = Object.keys(topology.cls)
  const some = names.filter(() => draw.chance(0.5))
  const isOfAll = some.length === 0 || draw.chance(0.5)
  return { ...topology, hostile: { hostile: { gossip: isOfAll ? names : some } } }
}

const hostileShare = 1 / 3

/** The proofs of one blob take 130 ms, so that a run with blobs takes three times as long. */
const blobsShare = 0.1

/** Where a chain may have its batches in blobs, as from Ecotone on nearly all have, some batchers put them there. */
export function withBlobs(
  topology: Case['topology'],
  forks: Pick<Case['parameters'], 'fork' | 'crossesKarst'>,
  draw: Draw,
): Case['topology'] {
  const { batcher } = topology
  return batcher === null || isBefore('ecotone', forks) || !draw.chance(blobsShare)
    ? topology
    : { ...topology, batcher: { ...batcher, dataAvailability: 'blobs' } }
}

/** As above, and shorter: what a run is about comes within a minute, and what it costs is its blocks. */
export function drawShortParameters(draw: Draw): Case['parameters'] {
  const l2BlockTime = draw.pick([1, 2])
  return {
    l2BlockTime,
    l1BlockTime: l2BlockTime * draw.pick([2, 3]),
    l1SafeDistance: draw.int(1, 3),
    l1FinalizedDistance: draw.int(1, 3),
    seqWindowSize: draw.pick([8, 12, 50]),
    maxSequencerDrift: 600,
  }
}

/** Short finality and short windows, so that ten minutes meet the ends of both. */
export function drawParameters(draw: Draw): Case['parameters'] {
  const l2BlockTime = draw.pick([1, 2, 2])
  return {
    l2BlockTime,
    l1BlockTime: l2BlockTime * draw.pick([2, 3, 6]),
    l1SafeDistance: draw.int(1, 6),
    l1FinalizedDistance: draw.int(1, 6),
    seqWindowSize: draw.pick([6, 20, 50, 200]),
    maxSequencerDrift: draw.pick([600, 1_800]),
  }
}

/** Chains that are older than the newest fork, and what their parameters were before it made constants of them. */
const olderForks = [
  'canyon',
  'delta',
  'ecotone',
  'fjord',
  'granite',
  'holocene',
  'isthmus',
  'jovian',
] as const

/**
 * The forks of a chain: mostly the newest from genesis on. Whoever derives a real chain passes all that it had; before Fjord
 * the sequencer drift was a parameter, before Granite the channel timeout.
 */
export function drawForks(
  draw: Draw,
  l2BlockTime: number,
): Pick<Case['parameters'], 'fork' | 'crossesKarst' | 'maxSequencerDrift' | 'channelTimeout'> {
  const kind = draw.unit()
  if (kind < 0.12) {
    const atSeconds = l2BlockTime * draw.int(3, 20)
    return { crossesKarst: { atSeconds, upgradeGas: draw.pick([1_000_000, 5_000_000]) } }
  }
  if (kind > 0.4) return {}
  return {
    // More than half of them where the drift is a parameter still.
    fork: draw.chance(0.4) ? draw.pick(['canyon', 'delta', 'ecotone']) : draw.pick(olderForks),
    maxSequencerDrift: l2BlockTime * draw.pick([6, 12, 30]),
    channelTimeout: draw.pick([4, 10, 50]),
  }
}

/** Transfers a second; none for most, because what a transaction costs is its signature. */
export function drawTransfers(draw: Draw): number | null {
  return draw.chance(0.35) ? draw.pick([0.3, 1, 2]) : null
}
