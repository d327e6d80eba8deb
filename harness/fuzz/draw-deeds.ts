import type { Case, Deed } from '../cases/case.ts'
import type { Fault } from '../faults/fault.ts'
import { faults } from '../faults/vocabulary.ts'
import type { Draw } from './draw.ts'

interface Setting {
  readonly draw: Draw
  readonly topology: Case['topology']
  /** Shallower than where finality begins: what is deeper no node can follow. */
  readonly reorgDepthMax: number
}

/** What of a deed is drawn by its kind; when it comes and how long it lasts is drawn for all alike. */
type Drawn = {
  readonly deed: (atMs: number, forMs: number) => Deed
  readonly lastsMs: readonly [number, number]
}

const fault = (point: string, one: Fault, lastsMs: readonly [number, number]): Drawn => ({
  lastsMs,
  deed: (atMs, forMs) => ({ kind: 'fault', atMs, forMs, point, fault: one.json }),
})

const someRequestFault = (draw: Draw): Fault => {
  const whole = draw.pick([
    faults.slow(draw.int(200, 6_000), draw.int(0, 3_000)),
    faults.hang(),
    faults.drop(),
    faults.refuse(),
    faults.reset(),
    faults.status(draw.pick([429, 500, 503])),
    faults.rpcError(-32000, 'a fault of the harness'),
    faults.nullResult(),
    faults.garbage(),
    faults.truncated(),
    faults.reorderedBatch(),
  ])
  return draw.chance(0.6) ? whole.withProbability(draw.pick([0.1, 0.3, 0.6])) : whole
}
const followersOf = ({ topology }: Setting) =>
  Object.entries(topology.cls).flatMap(([name, { follows }]) =>
    follows === undefined ? [] : [{ name, follows }],
  )
const clsOf = ({ topology }: Setting) => Object.keys(topology.cls) as [string, ...string[]]

/** Everything that a campaign does to a world. Null where the topology has no place for it. */
const kinds: Readonly<Record<string, (setting: Setting) => Drawn | null>> = {
  'l1 reorg': ({ draw, reorgDepthMax }) => {
    const depth = draw.int(1, reorgDepthMax)
    const to = draw.pick(['longer', 'longer', 'equal', 'shorter'] as const)
    const transactions = draw.pick(['return', 'return', 'keep', 'reorder', 'drop'] as const)
    return {
      lastsMs: [0, 0],
      deed: (atMs) => ({
        kind: 'l1-reorg',
        atMs,
        depth,
        to: depth === 1 && to === 'shorter' ? 'equal' : to,
        transactions,
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
  'batcher l1 link': ({ draw }) => fault('batcher→l1', someRequestFault(draw), [1_000, 30_000]),
  'source link': (setting) => {
    const followers = followersOf(setting)
    if (followers.length === 0) return null
    const { name, follows } = setting.draw.pick(followers as [(typeof followers)[0], ...typeof followers])
    return fault(`${name}→${follows}`, someRequestFault(setting.draw), [1_000, 30_000])
  },
  'source lies': (setting) => {
    const followers = followersOf(setting)
    if (followers.length === 0) return null
    const { draw } = setting
    const { name, follows } = draw.pick(followers as [(typeof followers)[0], ...typeof followers])
    const lie = draw.pick([
      faults.stale().to('optimism_syncStatus'),
      faults.stale().every(2).to('optimism_syncStatus'),
      faults.stalls(),
      faults.replays(),
      faults.lies.origin(),
      faults.lies.currentL1(),
      faults.lies.finalizedAboveSafe(),
    ])
    return fault(`${name}→${follows}`, draw.chance(0.5) ? lie : lie.withProbability(0.4), [1_000, 30_000])
  },
  'source derives slowly': (setting) => {
    const followers = followersOf(setting)
    if (followers.length === 0) return null
    const { draw } = setting
    const { follows } = draw.pick(followers as [(typeof followers)[0], ...typeof followers])
    return fault(`${follows}→${follows}-el(engine)`, faults.slow(draw.int(100, 500)), [10_000, 40_000])
  },
  'engine link': (setting) => {
    const name = setting.draw.pick(clsOf(setting))
    return fault(`${name}→${name}-el(engine)`, someRequestFault(setting.draw), [500, 15_000])
  },
  'engine answers': (setting) => {
    const name = setting.draw.pick(clsOf(setting))
    return fault(`${name}→${name}-el(engine)`, faults.answers('SYNCING'), [500, 15_000])
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
  'verifier wiped': (setting) => {
    const verifiers = clsOf(setting).filter((name) => name !== 'sequencer') as [string, ...string[]]
    return fault(`${setting.draw.pick(verifiers)}-el`, faults.wipe(), [500, 10_000])
  },
}

const kindNames = Object.keys(kinds)

/**
 * A swarm: each kind is in this run or is not, and those that are have a weight of their own, so that runs differ in what
 * they are about and not in dice alone. Faults on one component never overlap: it cannot be killed while it is paused.
 */
export function drawDeeds(setting: Setting, faultsMs: number): Deed[] {
  const { draw } = setting
  const weights = kindNames.flatMap((kind) =>
    draw.chance(0.4) ? [{ kind, weight: draw.unit() + 0.05 }] : [],
  )
  if (weights.length === 0) weights.push({ kind: 'l1 reorg', weight: 1 })
  const total = weights.reduce((sum, { weight }) => sum + weight, 0)
  const meanMs = draw.pick([1_500, 4_000, 10_000])
  const busyUntil = new Map<string, number>()
  const deeds: Deed[] = []
  for (
    let atMs = draw.int(0, 10_000);
    atMs < faultsMs;
    atMs += Math.ceil(-Math.log(1 - draw.unit()) * meanMs)
  ) {
    const kind = weighted(weights, draw.unit() * total)
    const drawn = kinds[kind]?.(setting)
    if (drawn === null || drawn === undefined) continue
    const deed = drawn.deed(atMs, draw.int(...(drawn.lastsMs as [number, number])))
    const place = placeOf(deed)
    if (place !== null) {
      if ((busyUntil.get(place) ?? 0) > atMs) continue
      busyUntil.set(place, atMs + ('forMs' in deed ? (deed.forMs ?? 0) : 0) + 1_000)
    }
    deeds.push(deed)
  }
  return deeds
}

function weighted(
  weights: readonly { readonly kind: string; readonly weight: number }[],
  at: number,
): string {
  let below = 0
  for (const { kind, weight } of weights) {
    below += weight
    if (at < below) return kind
  }
  return weights.at(-1)?.kind ?? ''
}

/** What cannot bear two deeds at a time; null for what can. */
function placeOf(deed: Deed): string | null {
  switch (deed.kind) {
    case 'fault':
      return deed.point.includes('→') ? null : deed.point
    case 'l1-stop':
    case 'batcher-stop':
    case 'sequencer-stop':
      return deed.kind
    default:
      return null
  }
}
