import { z } from 'zod'
import type { ClHandle, World } from '../world/world.ts'
import { nodeOf } from './component.ts'
import { controlMethod } from './control-method.ts'

const node = z.string().min(1).describe('A consensus node, by its name in the topology')

type Pair = readonly [ClHandle, ClHandle]

export const networkMethods = {
  control_partition: controlMethod(
    'Cuts all gossip of a node, or that between two nodes, on both sides; they make no new connection until control_heal.',
    { node, from: node.optional().describe('Only from this node; default: from all') },
    async ({ world }, { node: name, from }) => {
      const cut = pairsOf(world, name, from)
      await Promise.all(cut.flatMap(([a, b]) => [a.gossip.block(b.name), b.gossip.block(a.name)]))
      return { cut: cut.map(([a, b]) => [a.name, b.name]) }
    },
  ),
  control_heal: controlMethod(
    'Connects a node to all its peers again, or to one.',
    { node, from: node.optional().describe('Only to this node; default: to all') },
    async ({ world }, { node: name, from }) => {
      const healed = pairsOf(world, name, from)
      await Promise.all(healed.flatMap(([a, b]) => [a.gossip.unblock(b.name), b.gossip.unblock(a.name)]))
      await Promise.all(healed.map(([a, b]) => a.gossip.connect(b.name)))
      return { healed: healed.map(([a, b]) => [a.name, b.name]) }
    },
  ),
}

/** The running peers of a node in the topology's gossip, or the one that is named. @throws RangeError for none. */
function pairsOf(world: World, name: string, other: string | undefined): readonly Pair[] {
  const one = nodeOf(world, name)
  const peers = world.topology.gossip.flatMap(([a, b]) => (a === name ? [b] : b === name ? [a] : []))
  const wanted = other === undefined ? peers : peers.filter((peer) => peer === other)
  if (wanted.length === 0)
    throw new RangeError(
      `${name} does not gossip with ${other ?? 'anyone'} in ${world.topology.name}; it does with ${peers.join(', ') || 'nobody'}`,
    )
  return wanted.map((peer): Pair => [one, nodeOf(world, peer)])
}
