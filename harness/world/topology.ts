import type { DataAvailability } from '../batcher/data-availability.ts'
import type { ChainParameters } from '../genesis/chain-parameters.ts'

/** How a consensus node learns what is safe: from L1 itself, or from another node. */
export type ClMode<Name extends string = string> =
  | { readonly kind: 'derive' }
  | { readonly kind: 'follow'; readonly source: Name }

/** Derives the safe chain from L1. */
export const derive: ClMode<never> = { kind: 'derive' }

/** Follows the node with that name (`--l2.follow.source`). */
export function follow<const Name extends string>(source: Name): ClMode<Name> {
  return { kind: 'follow', source }
}

export interface ElSpec {
  /** The client that stands in this slot: `embedded-el`, or another of `harness/clients` or of the user's own. */
  readonly kind: string
  /** It keeps its chain over a restart. Default: an engine of the harness's own forgets it, others never do. */
  readonly datadir?: true
}

export interface ClSpec<Name extends string = string> {
  /** The client that stands in this slot: `lockstep-node`, or another of `harness/clients` or of the user's own. */
  readonly kind: string
  /** Name of the execution engine that this node alone drives. */
  readonly el: string
  readonly mode: ClMode<Name>
  /** Syncs by its engine's peers first, and puts safe and finalized that far behind. Default: consensus-layer sync. */
  readonly elSync?: { readonly offsetSeconds: number }
  /** Present on the node that builds blocks. */
  readonly sequencer?: {
    /** How many blocks an L1 origin must lie behind the L1 head. */
    readonly l1Confirmations: number
  }
  /** It keeps a safe-head database in the run directory. Only a node that derives has one. */
  readonly safeDb?: true
}

/** Two components that are connected by a peer-to-peer network, named once. */
export type PeerPair<Name extends string = string> = readonly [Name, Name]

/** What a devstack is made of. Every component has a name, and scenarios use that name. */
export interface Topology<Cl extends string = string, El extends string = string> {
  readonly name: string
  readonly parameters: ChainParameters
  readonly els: Readonly<Record<El, ElSpec>>
  readonly cls: Readonly<Record<Cl, ClSpec<Cl>>>
  /** Whose unsafe blocks the batcher submits to L1; null for none. */
  readonly batcher: {
    readonly sequencer: Cl
    /** Where batches go at first. Default: calldata. */
    readonly dataAvailability?: DataAvailability
  } | null
  /** Consensus nodes that gossip with each other. */
  readonly gossip: readonly PeerPair<Cl>[]
  /** Execution engines that sync from each other. */
  readonly elPeers: readonly PeerPair[]
  /** Peers that gossip what they should not, when a fault on their point says so, and the nodes that they connect to. */
  readonly hostile?: Readonly<Record<string, { readonly gossip: readonly Cl[] }>>
}

/** The topology contradicts itself. */
export class TopologyError extends Error {
  override readonly name = 'TopologyError'
}

/** Every pair of the given components. */
export function mesh<const Name extends string>(names: readonly Name[]): readonly PeerPair<Name>[] {
  return names.flatMap((a, index) => names.slice(index + 1).map((b): PeerPair<Name> => [a, b]))
}

/**
 * Checks a topology and returns it with the names of its components as types.
 * @throws TopologyError naming the field that contradicts another.
 *
 * @example
 * ```ts
 * import { defineTopology, derive, follow, mesh } from 'lockstep'
 * import { twoVerifiersFollowing } from 'lockstep/topologies'
 *
 * export const oneFollower = defineTopology({
 *   name: 'oneFollower',
 *   parameters: { ...twoVerifiersFollowing.parameters, l2BlockTime: 2 },
 *   els: { 'builder-el': { kind: 'embedded-el' }, 'follower-el': { kind: 'embedded-el' } },
 *   cls: {
 *     builder: { kind: 'lockstep-node', el: 'builder-el', mode: derive, sequencer: { l1Confirmations: 2 } },
 *     follower: { kind: 'lockstep-node', el: 'follower-el', mode: follow('builder') },
 *   },
 *   batcher: { sequencer: 'builder' },
 *   gossip: mesh(['builder', 'follower']),
 *   elPeers: mesh(['builder-el', 'follower-el']),
 * })
 * ```
 */
export function defineTopology<const Cl extends string, const El extends string>(
  topology: Topology<Cl, El>,
): Topology<Cl, El> {
  const els: Readonly<Record<string, ElSpec>> = topology.els
  const cls = Object.entries<ClSpec>(topology.cls)
  const names = new Set(cls.map(([name]) => name))
  const fail = (field: string, why: string): never => {
    throw new TopologyError(`topology ${topology.name}: ${field}: ${why}`)
  }
  const requireCl = (field: string, name: string) => {
    if (!names.has(name)) fail(field, `expected one of ${[...names].join(', ')}, found ${name}`)
  }
  const driver = new Map<string, string>()
  for (const [name, spec] of cls) {
    if (els[spec.el] === undefined) fail(`cls.${name}.el`, `there is no execution engine ${spec.el}`)
    const other = driver.get(spec.el)
    if (other !== undefined) fail(`cls.${name}.el`, `${spec.el} is driven by ${other} already`)
    driver.set(spec.el, name)
    if (spec.mode.kind === 'follow') requireCl(`cls.${name}.mode`, spec.mode.source)
    if (spec.mode.kind === 'follow' && spec.safeDb) fail(`cls.${name}.safeDb`, 'a node that follows has none')
    checkNoCycle(name, topology.cls, fail)
  }
  if (topology.batcher !== null) {
    const { sequencer } = topology.batcher
    requireCl('batcher.sequencer', sequencer)
    if (topology.cls[sequencer].sequencer === undefined)
      fail('batcher.sequencer', `${sequencer} does not sequence`)
  }
  for (const pair of topology.gossip) for (const name of pair) requireCl('gossip', name)
  for (const [name, { gossip }] of Object.entries(topology.hostile ?? {})) {
    if (names.has(name) || Object.hasOwn(topology.els, name))
      fail(`hostile.${name}`, 'another component has that name')
    for (const peer of gossip) requireCl(`hostile.${name}.gossip`, peer)
  }
  for (const pair of topology.elPeers)
    for (const name of pair)
      if (els[name] === undefined) fail('elPeers', `there is no execution engine ${name}`)
  return topology
}

function checkNoCycle(
  start: string,
  cls: Readonly<Record<string, ClSpec>>,
  fail: (field: string, why: string) => never,
): void {
  const path = [start]
  for (let mode = cls[start]?.mode; mode?.kind === 'follow'; mode = cls[mode.source]?.mode) {
    path.push(mode.source)
    if (mode.source === start) fail(`cls.${start}.mode`, `follows itself: ${path.join(' → ')}`)
    if (path.length > Object.keys(cls).length) return
  }
}

/** The kind of client in the slot of each consensus node and each engine. */
export function clientKinds({ cls, els }: Topology): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...Object.entries(cls), ...Object.entries(els)].map(([name, { kind }]) => [name, kind]),
  )
}
