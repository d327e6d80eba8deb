import { zeroHash } from '../../node/protocol/refs.ts'
import type { Case, Deed } from '../cases/case.ts'
import type { Fault } from '../faults/fault.ts'
import { faults } from '../faults/vocabulary.ts'
import type { Draw } from './draw.ts'
import { someWrong } from './draw-wrong.ts'

/** What deeds are drawn for. */
export interface Setting {
  readonly draw: Draw
  readonly topology: Case['topology']
  /** In seconds. */
  readonly l2BlockTime: number
  /** Shallower than where finality begins: what is deeper no node can follow. */
  readonly reorgDepthMax: number
  /** The forks of the chain, as far as they are not the newest. */
  readonly forks: Pick<Case['parameters'], 'fork' | 'crossesKarst'>
}

/** What of a deed is drawn by its kind; when it comes and how long it lasts is drawn for all alike. */
export interface Drawn {
  readonly deed: (atMs: number, forMs: number) => Deed
  /** In milliseconds. */
  readonly lastsMs: readonly [number, number]
}

const fault = (point: string, one: Fault, lastsMs: readonly [number, number]): Drawn => ({
  lastsMs,
  deed: (atMs, forMs) => ({ kind: 'fault', atMs, forMs, point, fault: one.json }),
})

const sometimes = (draw: Draw, one: Fault): Fault =>
  draw.chance(0.5) ? one.withProbability(draw.pick([0.1, 0.3, 0.6])) : one

const someRequestFault = (draw: Draw): Fault =>
  sometimes(
    draw,
    draw.pick([
      faults.slow(draw.int(200, 6_000), draw.int(0, 3_000)),
      faults.hang(),
      faults.drop(),
      faults.refuse(),
      faults.reset(),
      faults.halfClose(),
      faults.bandwidth(draw.int(200, 20_000)),
      faults.status(draw.pick([429, 429, 500, 503])),
      faults.rpcError(-32000, 'a fault of the harness'),
      faults.nullResult(),
      faults.garbage(),
      faults.truncated(),
      faults.reorderedBatch(),
    ]),
  )

const clsOf = ({ topology }: Setting) => Object.keys(topology.cls) as [string, ...string[]]
/** Whether batches are in blobs. */
export const hasBlobs = ({ topology }: Pick<Setting, 'topology'>) =>
  topology.batcher?.dataAvailability === 'blobs'

const verifiersOf = (setting: Setting) => clsOf(setting).filter((name) => name !== 'sequencer')

/** Somebody who follows, and whom; null when nobody does. */
function someFollower({
  draw,
  topology,
}: Setting): { readonly link: string; readonly follows: string } | null {
  const [first, ...others] = Object.entries(topology.cls).flatMap(([name, { follows }]) =>
    follows === undefined ? [] : [{ link: `${name}→${follows}`, follows }],
  )
  return first === undefined ? null : draw.pick([first, ...others])
}

const onSource = (
  setting: Setting,
  lastsMs: readonly [number, number],
  make: (draw: Draw) => Fault,
): Drawn | null => {
  const follower = someFollower(setting)
  return follower === null ? null : fault(follower.link, make(setting.draw), lastsMs)
}

/** Peers whose connection is bad, or is none; null where nobody has any. */
const onPeers = (
  { draw }: Setting,
  pairs: Case['topology']['gossip'],
  lastsMs: readonly [number, number],
  make: () => Fault,
): Drawn | null => {
  const [first, ...others] = pairs
  return first === undefined ? null : fault(draw.pick([first, ...others]).join('↔'), make(), lastsMs)
}

/** One of them is parted from the others. */
const oneAlone = (draw: Draw, names: readonly [string, ...string[]]): Fault => {
  const alone = draw.pick(names)
  return faults.partition([[alone], names.filter((name) => name !== alone)])
}

/** What gossip allows clocks to differ by, and more. */
const skewMsMax = 15_000

/** Null where nobody looks for blobs. */
const onBeacon = (setting: Setting, one: Fault, lastsMs: readonly [number, number]): Drawn | null => {
  const { draw, topology } = setting
  const [first, ...others] = Object.keys(topology.cls).filter(
    (name) => topology.cls[name]?.follows === undefined,
  )
  return first === undefined || !hasBlobs(setting)
    ? null
    : fault(`${draw.pick([first, ...others])}→beacon`, one, lastsMs)
}

/** A source whose newest words are old ones. */
const old = (draw: Draw): Fault => {
  const stale = faults.stale().to('optimism_syncStatus')
  return draw.pick([
    faults.replays(),
    stale,
    stale.every(2),
    stale.withProbability(0.4),
    faults.stalls().withProbability(0.5),
  ])
}

/** A source that is wrong about itself; `number` is about where its unsafe head is. */
const wrong = (draw: Draw, number: number, l2BlockTime: number): Fault => {
  const at = (blocks: number) => ({ number: blocks, timestamp: simStartSeconds + blocks * l2BlockTime })
  // Longer than a fault stands, and what clocks may be off.
  const tomorrow = at(number + Math.ceil(draw.int(60, 300) / l2BlockTime))
  return draw.pick([
    faults.lies.origin(),
    faults.lies.laterOrigin(),
    faults.lies.earlierTime(),
    faults.lies.currentL1(),
    faults.lies.finalizedAboveSafe(),
    faults.patch({ safe_l2: at(number) }),
    faults.patch({ local_safe_l2: tomorrow }),
    faults.patch({ local_safe_l2: tomorrow, safe_l2: tomorrow }),
    faults.patch({ current_l1: { number: 0, hash: zeroHash } }),
  ])
}

/** When the first block of a simulated world is made, in Unix time. */
const simStartSeconds = 1_800_000_000

/** Everything that a campaign does to a world. Null where the topology has no place for it. */
export const deedKinds = {
  'l1 reorg': ({ draw, reorgDepthMax }) => {
    const depth = draw.int(1, reorgDepthMax)
    const to = draw.pick(['longer', 'longer', 'equal', 'shorter'] as const)
    const transactions = draw.pick(['return', 'return', 'keep', 'reorder', 'drop'] as const)
    return {
      lastsMs: [0, 0],
      deed: (atMs) => ({
        ...{ kind: 'l1-reorg', atMs, depth, transactions },
        to: depth === 1 && to === 'shorter' ? 'equal' : to,
      }),
    }
  },
  'l1 stops': () => ({ lastsMs: [5_000, 40_000], deed: (atMs, forMs) => ({ kind: 'l1-stop', atMs, forMs }) }),
  'batcher stops': () => ({
    lastsMs: [5_000, 60_000],
    deed: (atMs, forMs) => ({ kind: 'batcher-stop', atMs, forMs }),
  }),
  'sequencer stops': () => ({
    lastsMs: [2_000, 20_000],
    deed: (atMs, forMs) => ({ kind: 'sequencer-stop', atMs, forMs, node: 'sequencer' }),
  }),
  'signer rotates': () => ({ lastsMs: [0, 0], deed: (atMs) => ({ kind: 'signer-rotation', atMs }) }),
  'user deposits': ({ draw }) => {
    const user = draw.int(1, 4)
    return { lastsMs: [0, 0], deed: (atMs) => ({ kind: 'l1-deposit', atMs, user }) }
  },
  'inbox is abused': ({ draw, forks }) => {
    const batchType = draw.pick(['singular', 'span'] as const)
    const wrong = someWrong(draw, forks)
    const beforeMs = draw.int(0, 3_000)
    // What is about one block begins just before that is built.
    const whenMs = (atMs: number) =>
      wrong === 'activation' ? Math.max(0, 1_000 * forks.crossesKarst!.atSeconds - beforeMs) : atMs
    return { lastsMs: [0, 0], deed: (atMs) => ({ kind: 'inbox', atMs: whenMs(atMs), batchType, wrong }) }
  },
  reset: (setting) => {
    const node = setting.draw.pick(clsOf(setting))
    return { lastsMs: [0, 0], deed: (atMs) => ({ kind: 'reset', atMs, node }) }
  },
  'own l1 link': (setting) =>
    fault(`${setting.draw.pick(clsOf(setting))}→l1`, someRequestFault(setting.draw), [1_000, 30_000]),
  'l1 lags': (setting) =>
    fault(`${setting.draw.pick(clsOf(setting))}→l1`, faults.lag(setting.draw.int(1, 5)), [2_000, 40_000]),
  'l1 labels': (setting) =>
    fault(
      `${setting.draw.pick(clsOf(setting))}→l1`,
      setting.draw.pick([
        faults.refusesLabels(),
        faults.labelsGoBack(2),
        faults.finalityStall(),
        faults.forgetsOrphans(),
      ]),
      [2_000, 40_000],
    ),
  'l1 shows an old fork': (setting) => {
    const { draw } = setting
    const shown = faults.shows(draw.int(0, 2)).times(draw.int(1, 3))
    return fault(`${draw.pick(clsOf(setting))}→l1`, shown, [2_000, 20_000])
  },
  'l1 is two': (setting) => {
    const { draw } = setting
    // One of them has the chain: where both are on forks that finality has left, or not there yet, a node may well end.
    const two = faults.alternates('canonical', draw.int(0, 2))
    return fault(`${draw.pick(clsOf(setting))}→l1`, two, [1_000, 12_000])
  },
  'l1 is wrong': (setting) => {
    const { draw } = setting
    const wrongs = [
      { baseFeePerGas: '0x7' },
      { timestamp: '0x6b49d201' },
      { prevRandao: zeroHash, mixHash: zeroHash },
    ]
    const [first, ...others] = wrongs
    const patched = faults
      .patch(draw.pick([first!, ...others]))
      .to('eth_getBlockByNumber', 'eth_getBlockByHash')
    return fault(`${draw.pick(clsOf(setting))}→l1`, sometimes(draw, patched), [1_000, 12_000])
  },
  'l1 receipts': (setting) =>
    fault(`${setting.draw.pick(clsOf(setting))}→l1`, faults.emptyReceipts(), [1_000, 20_000]),
  'beacon link': (setting) => onBeacon(setting, someRequestFault(setting.draw), [1_000, 30_000]),
  'blobs withheld': (setting) => onBeacon(setting, faults.withholds(), [2_000, 40_000]),
  'batcher l1 link': ({ draw }) => fault('batcher→l1', someRequestFault(draw), [1_000, 30_000]),
  'source link': (setting) => onSource(setting, [1_000, 30_000], someRequestFault),
  'source fails at times': (setting) =>
    onSource(setting, [3_000, 30_000], (draw) =>
      draw.pick([faults.hang(), faults.refuse(), faults.status(503)]).times(draw.int(1, 3)),
    ),
  'source is old': (setting) => onSource(setting, [3_000, 40_000], old),
  'source is wrong': (setting) => {
    const follower = someFollower(setting)
    if (follower === null) return null
    const { draw, l2BlockTime } = setting
    return {
      lastsMs: [2_000, 20_000],
      deed: (atMs, forMs) => ({
        ...{ kind: 'fault', atMs, forMs, point: follower.link },
        fault: sometimes(draw, wrong(draw, Math.ceil(atMs / 1_000 / l2BlockTime), l2BlockTime)).json,
      }),
    }
  },
  'source is another chain': (setting) =>
    onSource(setting, [2_000, 15_000], (draw) => sometimes(draw, faults.anotherChain())),
  'source flaps': (setting) => {
    const follower = someFollower(setting)
    if (follower === null) return null
    const { draw, l2BlockTime } = setting
    const untrue = (atMs: number) =>
      draw.chance(0.5) ? faults.replays() : wrong(draw, Math.ceil(atMs / 1_000 / l2BlockTime), l2BlockTime)
    return {
      lastsMs: [3_000, 30_000],
      deed: (atMs, forMs) => ({
        ...{ kind: 'fault', atMs, forMs, point: follower.link },
        fault: faults.flaps(untrue(atMs), null).json,
      }),
    }
  },
  'source derives slowly': (setting) => {
    const follower = someFollower(setting)
    if (follower === null) return null
    const point = `${follower.follows}→${follower.follows}-el(engine)`
    return fault(point, faults.slow(setting.draw.int(100, 500)), [10_000, 40_000])
  },
  'source starts over': (setting) => {
    const node = someFollower(setting)?.follows
    return node === undefined ? null : { lastsMs: [0, 0], deed: (atMs) => ({ kind: 'reset', atMs, node }) }
  },
  'source reads l1 slowly': (setting) => {
    const source = someFollower(setting)?.follows
    return source === undefined
      ? null
      : fault(`${source}→l1`, faults.slow(setting.draw.int(200, 1_500)), [5_000, 30_000])
  },
  'engine link': (setting) => {
    const name = setting.draw.pick(clsOf(setting))
    return fault(`${name}→${name}-el(engine)`, someRequestFault(setting.draw), [500, 15_000])
  },
  'engine answer lost': (setting) => {
    const name = setting.draw.pick(clsOf(setting))
    const lost = faults.hang().to('engine_forkchoiceUpdated*').times(setting.draw.int(1, 3))
    return fault(`${name}→${name}-el(engine)`, lost, [2_000, 20_000])
  },
  'engine answers': (setting) => {
    const name = setting.draw.pick(clsOf(setting))
    return fault(`${name}→${name}-el(engine)`, faults.answers('SYNCING'), [500, 15_000])
  },
  'engine refuses': (setting) => {
    const name = setting.draw.pick(clsOf(setting))
    const refusal = sometimes(setting.draw, faults.error(setting.draw.pick([-38002, -32603])))
    return fault(`${name}→${name}-el(engine)`, refusal, [500, 12_000])
  },
  // One that derives would replace by deposits alone what its engine calls INVALID, as it must.
  'engine calls it invalid': (setting) => {
    const follower = someFollower(setting)
    if (follower === null) return null
    const [name] = follower.link.split('→')
    return fault(
      `${name}→${name}-el(engine)`,
      sometimes(setting.draw, faults.answers('INVALID')),
      [500, 8_000],
    )
  },
  'engine of another make': (setting) => {
    const name = setting.draw.pick(clsOf(setting))
    const style = setting.draw.pick(['geth', 'reth'] as const)
    return fault(`${name}→${name}-el(engine)`, faults.notFoundAsError(style), [10_000, 60_000])
  },
  'node restarts': (setting) => {
    const { draw } = setting
    const name = draw.pick(clsOf(setting))
    return fault(draw.pick([name, `${name}-el`]), faults.restart(), [500, 3_000])
  },
  'follower restarts': (setting) => {
    const follower = someFollower(setting)
    if (follower === null) return null
    const [name] = follower.link.split('→')
    return fault(name!, faults.restart(), [500, 3_000])
  },
  'node dies': (setting) => {
    const { draw } = setting
    return fault(
      draw.pick(clsOf(setting)),
      draw.pick([faults.kill(), faults.stop(), faults.pause()]),
      [500, 30_000],
    )
  },
  'engine dies': (setting) => {
    const { draw } = setting
    return fault(
      `${draw.pick(clsOf(setting))}-el`,
      draw.pick([faults.kill(), faults.stop(), faults.pause()]),
      [500, 20_000],
    )
  },
  'clock is wrong': (setting) => {
    const { draw } = setting
    return fault(
      draw.pick(clsOf(setting)),
      faults.clockSkew(draw.int(-skewMsMax, skewMsMax)),
      [3_000, 40_000],
    )
  },
  'peers are parted': (setting) =>
    onPeers(setting, setting.topology.gossip, [2_000, 40_000], () => faults.isolate()),
  'node without gossip': (setting) =>
    setting.topology.gossip.length === 0
      ? null
      : fault('gossip', oneAlone(setting.draw, clsOf(setting)), [2_000, 40_000]),
  'peers are slow': (setting) =>
    onPeers(setting, setting.topology.gossip, [2_000, 30_000], () =>
      setting.draw.chance(0.5)
        ? faults.slow(setting.draw.int(100, 4_000), setting.draw.int(0, 2_000))
        : faults.drop(setting.draw.pick([0.1, 0.3, 0.6])),
    ),
  'engines are parted': (setting) =>
    onPeers(setting, setting.topology.elPeers, [2_000, 40_000], () => faults.isolate()),
  'engine without peers': (setting) => {
    const [first, ...others] = Object.keys(setting.topology.els)
    return first === undefined || setting.topology.elPeers.length === 0
      ? null
      : fault('el-peers', oneAlone(setting.draw, [first, ...others]), [2_000, 40_000])
  },
  'gossip is hostile': ({ draw, topology }) => {
    const [name] = Object.keys(topology.hostile ?? {})
    if (name === undefined) return null
    const make = draw.pick([
      faults.badSignature,
      faults.wrongHash,
      faults.oldBlock,
      faults.futureBlock,
      faults.duplicate,
      faults.anotherChainBlock,
      faults.oversized,
    ])
    return fault(name, sometimes(draw, make()), [2_000, 30_000])
  },
  'verifier wiped': (setting) => {
    const [first, ...others] = verifiersOf(setting)
    return first === undefined
      ? null
      : fault(`${setting.draw.pick([first, ...others])}-el`, faults.wipe(), [500, 10_000])
  },
} as const satisfies Readonly<Record<string, (setting: Setting) => Drawn | null>>

export type DeedKind = keyof typeof deedKinds
