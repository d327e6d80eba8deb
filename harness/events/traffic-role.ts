import type { Topology } from '../world/topology.ts'

/** What a connection is for: it decides what its exchanges are in the event stream. */
export type TrafficRole =
  | { readonly kind: 'rpc' }
  | { readonly kind: 'engine' }
  | { readonly kind: 'source'; readonly follower: string; readonly source: string }

/** The role of the link `consumer→provider` in a topology. */
export function trafficRole({ cls }: Pick<Topology, 'cls'>, link: string): TrafficRole {
  const [consumer, provider = ''] = link.split('→')
  const spec = consumer === undefined ? undefined : cls[consumer]
  if (consumer === undefined || spec === undefined) return { kind: 'rpc' }
  if (provider === `${spec.el}(engine)`) return { kind: 'engine' }
  const { mode } = spec
  return mode.kind === 'follow' && mode.source === provider
    ? { kind: 'source', follower: consumer, source: provider }
    : { kind: 'rpc' }
}

/** Who calls over that link. */
export function consumerOf(link: string): string {
  return link.slice(0, Math.max(0, link.indexOf('→')))
}
