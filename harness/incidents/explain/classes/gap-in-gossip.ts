import { headAt } from '../features.ts'
import type { ClassRule } from './class-rule.ts'
import { cutOff, lostPeer } from './only-safe-moves-unsafe.ts'

export const gapInGossip: ClassRule = {
  name: 'gap-in-gossip',
  title: 'A node does not hear gossiped blocks and moves with its safe head only.',
  next: 'Its peers, and whether one of them can close the gap; an engine with peers would.',
  judge(incident) {
    const first = incident.leader
    const { others, cut } = cutOff(incident)
    const [one] = cut
    if (one === undefined) return [{ weight: -4, text: 'every node heard new blocks' }]
    const peer = lostPeer(incident, one)
    const knowsPeers = incident.events.some((event) => event.kind === 'peer' && event.node === one.node.name)
    const safe = headAt(one.node, 'localSafe', one.spell.to)
    const before = headAt(one.node, 'localSafe', one.spell.from)
    return [
      {
        weight: 2,
        t: one.spell.from,
        node: one.node.name,
        text: `unsafe of ${one.node.name} does not move with ${first?.name ?? '?'} for ${Math.round((one.spell.to - one.spell.from) / 1000)} s`,
      },
      ...(cut.length < others.length
        ? [{ weight: 2, text: 'and others hear the blocks' }]
        : [{ weight: -1, text: 'and nobody hears the blocks' }]),
      ...(peer !== undefined
        ? [{ weight: 3, t: peer.t, text: 'it lost a peer then' }]
        : knowsPeers
          ? [{ weight: -1, text: 'it kept its peers' }]
          : []),
      ...(safe !== null && before !== null && safe.number > before.number
        ? [{ weight: 1, text: 'while its local-safe goes on' }]
        : [{ weight: -2, text: 'its local-safe does not move either' }]),
    ]
  },
}
