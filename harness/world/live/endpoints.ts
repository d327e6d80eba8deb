import type { Carrier } from '../../faults/fault.ts'
import type { Topology } from '../topology.ts'
import type { PortAllocator } from './ports.ts'

export interface ElPorts {
  readonly engine: number
  readonly http: number
  readonly peer: number
}

export interface ClPorts {
  readonly rpc: number
  readonly metrics: number
  readonly p2p: number
}

/** Where everything of a system listens; all on 127.0.0.1. */
export interface Endpoints {
  readonly l1: number
  /** The beacon API of L1. */
  readonly beacon: number
  readonly anvil: number
  /** A component that was moved to other ports has others here. */
  readonly els: Map<string, ElPorts>
  readonly cls: Map<string, ClPorts>
}

export async function chooseElPorts(ports: PortAllocator): Promise<ElPorts> {
  return { engine: await ports.next(), http: await ports.next(), peer: await ports.next() }
}

export async function chooseClPorts(ports: PortAllocator): Promise<ClPorts> {
  return { rpc: await ports.next(), metrics: await ports.next(), p2p: await ports.next() }
}

/**
 * Chooses every port before anything starts, so that all components can be told about each other at once. `attached`: the
 * RPC ports of nodes that serve where somebody else said.
 */
export async function allocateEndpoints(
  topology: Topology,
  ports: PortAllocator,
  attached: ReadonlyMap<string, number> = new Map(),
): Promise<Endpoints> {
  const els = new Map<string, ElPorts>()
  const cls = new Map<string, ClPorts>()
  for (const name of Object.keys(topology.els)) els.set(name, await chooseElPorts(ports))
  for (const name of Object.keys(topology.cls)) {
    const chosen = await chooseClPorts(ports)
    cls.set(name, { ...chosen, rpc: attached.get(name) ?? chosen.rpc })
  }
  return { l1: await ports.next(), beacon: await ports.next(), anvil: await ports.next(), els, cls }
}

export function localUrl(port: number): string {
  return `http://127.0.0.1:${port}`
}

/** One connection that the harness puts a gateway on. */
export interface LinkPlan {
  readonly name: string
  readonly target: string
  /** What faults it carries, beside those of requests: L1 itself serves what its consumer sees. */
  readonly carriers?: readonly Carrier[]
}

/** Names of a component's links, so that who starts it and who breaks it agree. */
export const linkName = {
  l1: (consumer: string) => `${consumer}→l1`,
  beacon: (consumer: string) => `${consumer}→beacon`,
  engine: (cl: string, el: string) => `${cl}→${el}(engine)`,
  source: (follower: string, source: string) => `${follower}→${source}`,
  batcherSequencer: (sequencer: string) => `batcher→${sequencer}`,
  batcherEl: (el: string) => `batcher→${el}`,
}

/** Where the providers of a topology serve, as URLs. */
export interface LinkTargets {
  readonly l1: string
  readonly beacon: string
  engine(el: string): string
  el(name: string): string
  cl(name: string): string
}

export function localTargets(endpoints: Endpoints): LinkTargets {
  const port = <T>(of: ReadonlyMap<string, T>, name: string): T => {
    const found = of.get(name)
    if (found === undefined) throw new Error(`no ports were allocated for ${name}`)
    return found
  }
  return {
    l1: localUrl(endpoints.l1),
    beacon: localUrl(endpoints.beacon),
    engine: (el) => localUrl(port(endpoints.els, el).engine),
    el: (name) => localUrl(port(endpoints.els, name).http),
    cl: (name) => localUrl(port(endpoints.cls, name).rpc),
  }
}

/** Every consumer→provider connection over HTTP of a topology. */
export function planLinks(topology: Topology, targets: LinkTargets): readonly LinkPlan[] {
  const links: LinkPlan[] = []
  for (const [name, spec] of Object.entries(topology.cls)) {
    links.push(l1Link(name, linkName.l1(name), targets.l1))
    links.push(l1Link(name, linkName.beacon(name), targets.beacon))
    links.push({ name: linkName.engine(name, spec.el), target: targets.engine(spec.el) })
    if (spec.mode.kind === 'follow') {
      const { source } = spec.mode
      links.push({ name: linkName.source(name, source), target: targets.cl(source) })
    }
  }
  if (topology.batcher !== null) {
    const { sequencer } = topology.batcher
    const { el } = topology.cls[sequencer] ?? {}
    links.push(l1Link('batcher', linkName.l1('batcher'), targets.l1))
    links.push({ name: linkName.batcherSequencer(sequencer), target: targets.cl(sequencer) })
    if (el !== undefined) links.push({ name: linkName.batcherEl(el), target: targets.el(el) })
  }
  return links
}

/** L1 knows by the path who asks, so that each consumer can see another L1. */
function l1Link(consumer: string, name: string, url: string): LinkPlan {
  return { name, target: `${url}/${consumer}`, carriers: ['request', 'l1'] }
}
