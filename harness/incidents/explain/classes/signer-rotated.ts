import { signerOfNote } from '../../record/signer-note.ts'
import { logLines, reorgGraceMs } from '../features.ts'
import type { ClassRule } from './class-rule.ts'
import { cutOff, lostPeer } from './only-safe-moves-unsafe.ts'

const saysSo = /(?:unsafe block )?signer|unauthorized|invalid signature|signed by|not the sequencer/i

export const signerRotated: ClassRule = {
  name: 'signer-rotated',
  title: 'Gossiped blocks are signed by a key that the nodes do not take (any more).',
  next: 'Compare the signer of the SystemConfig on L1 with the sequencer’s key, and when each node read it.',
  judge(incident) {
    const first = incident.leader
    const { others, cut } = cutOff(incident)
    const rejected = incident.events.find(
      (event) => event.kind === 'gossip' && event.action === 'reject' && saysSo.test(event.reason ?? ''),
    )
    const [one] = cut
    // What is said in passing, as of a start, is no complaint.
    const line = logLines(incident, saysSo).find(
      ({ level, t }) =>
        ['warn', 'error'].includes(level) &&
        (one === undefined || t >= one.spell.from - reorgGraceMs(incident)),
    )
    // The first one says who it is, the others who it became.
    const [, rotated] = incident.events.filter(
      (event) => event.kind === 'note' && signerOfNote(event) !== null,
    )
    // The old one may be heard on for a while.
    const explains =
      rotated !== undefined && one !== undefined && one.spell.from >= rotated.t - reorgGraceMs(incident)
    if (one === undefined && rejected === undefined)
      return [{ weight: -4, text: 'gossiped blocks reached every node' }]
    const lost = cut.some((node) => lostPeer(incident, node) !== undefined)
    return [
      ...(one === undefined
        ? []
        : [
            {
              weight: 2,
              t: one.spell.from,
              node: one.node.name,
              text: `unsafe of ${cut.map(({ node }) => node.name).join(', ')} moves only with local-safe while ${first?.name ?? '?'} goes on`,
            },
          ]),
      ...(cut.length > 1 && cut.length === others.length
        ? [{ weight: 2, text: 'on every node that does not build' }]
        : []),
      ...(rotated?.kind === 'note' && explains
        ? [{ weight: 4, t: rotated.t, text: `L1 names another one: ${rotated.message}` }]
        : []),
      ...(rejected === undefined
        ? []
        : [{ weight: 4, t: rejected.t, text: 'nodes reject gossip for its signer' }]),
      ...(line === undefined
        ? []
        : [{ weight: 2, t: line.t, text: `${line.component} logs: ${line.message.slice(0, 160)}` }]),
      ...(lost ? [{ weight: -3, text: 'they lost peers then' }] : []),
    ]
  },
}
