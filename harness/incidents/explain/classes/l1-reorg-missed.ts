import { consensusNodes, headAt, reorgGraceMs, sources } from '../features.ts'
import { offL1 } from '../off-l1.ts'
import type { ClassRule } from './class-rule.ts'

export const l1ReorgMissed: ClassRule = {
  name: 'l1-reorg-missed',
  title: 'An L1 reorg happened and a node still stands on what it orphaned.',
  next: 'Its log around the reorg says whether it saw it: look for the reset, and for its reason.',
  leadsTo: [
    'l1-reorg',
    'source-on-another-l1-fork',
    'source-behind',
    'batcher-stopped',
    'finality-stall',
    'gas-limit-or-fork-differs',
    'sequencer-oscillates',
  ],
  judge(incident) {
    const { reorgs } = incident.index
    const [first] = reorgs
    if (first === undefined) return [{ weight: -6, text: 'L1 had no reorg' }]
    const served = new Set(sources(incident).map(({ name }) => name))
    const stuck = consensusNodes(incident).flatMap((node) =>
      (['currentL1', 'localSafe', 'crossSafe', 'finalized'] as const).flatMap((level) =>
        offL1(incident, node, level)
          .filter(({ from, to, state }) => state === 'orphaned' && to - from > reorgGraceMs(incident))
          .map((spell) => ({ node, level, spell })),
      ),
    )
    const [one] = stuck
    if (one === undefined)
      return [
        { weight: -4, t: first.t, text: 'L1 had a reorg, and every safe head left the orphans in time' },
      ]
    const { node, level, spell } = one
    const reorg = reorgs.findLast(({ t }) => t <= spell.from + incident.l2BlockMs) ?? first
    const head = headAt(node, 'headL1', spell.to)
    const sees = head !== null && incident.l1.stateAt(head, spell.to) === 'canonical'
    return [
      {
        weight: 5,
        t: reorg.t,
        node: node.name,
        text: `an L1 reorg replaced ${reorg.orphaned.length} blocks from ${reorg.orphaned[0]?.number ?? '?'}, and ${level} of ${node.name} stood on ${spell.block.number}:${spell.block.hash.slice(0, 10)}… of them for ${Math.round((spell.to - spell.from) / 1000)} s`,
      },
      ...(sees ? [{ weight: 1, text: 'although its own L1 shows the new chain' }] : []),
      ...(stuck.every(({ node: each }) => served.has(each.name) || each.kind === 'told')
        ? [{ weight: -3, text: 'only the source did: its own L1 may be another fork' }]
        : []),
    ]
  },
}
