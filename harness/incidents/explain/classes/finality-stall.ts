import { consensusNodes, rise } from '../features.ts'
import { networkStall } from '../network-stall.ts'
import type { ClassRule } from './class-rule.ts'

export const finalityStall: ClassRule = {
  name: 'finality-stall',
  title: 'Nothing is finalized any more, while safe heads go on.',
  next: 'Does L1 finalize? If it does: what the source’s finalized follows.',
  judge(incident) {
    const stall = networkStall(incident, 'finalized')
    if (stall === null) return [{ weight: -5, text: 'finalized went on' }]
    const safe = Math.max(0, ...consensusNodes(incident).map((node) => rise(node, 'localSafe', stall)))
    const labels = incident.index.labels.filter(
      ({ t }) => t > stall.from + incident.l1BlockMs && t <= stall.to,
    )
    const finalized = new Set(labels.map(({ value }) => value.finalized))
    return [
      {
        weight: 3,
        t: stall.from,
        node: 'every node',
        text: `finalized stands still for ${Math.round((stall.to - stall.from) / 1000)} s on every node`,
      },
      safe >= 3
        ? { weight: 2, text: `while local-safe rose by ${safe}` }
        : { weight: -3, text: 'and local-safe does not move either' },
      finalized.size > 1
        ? { weight: 0, text: 'L1 went on finalizing: the nodes do not follow it' }
        : { weight: 1, text: 'L1’s finalized label stands still as well' },
    ]
  },
}
