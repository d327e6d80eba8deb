import { consensusNodes } from '../features.ts'
import type { Head } from '../head.ts'
import { type Incident, type IncidentNode, isZeroHead } from '../incident.ts'
import { unwantedExits } from '../unwanted-exits.ts'
import type { ClassRule, Evidence } from './class-rule.ts'

/** An L1 that keeps its promises has none: what follow mode and derivation do then is to end. */
export const l1ReorgBelowFinalized: ClassRule = {
  name: 'l1-reorg-below-finalized',
  title: 'L1 replaced blocks that it had finalized: nodes that stand on them cannot go on.',
  next: 'Whether that L1 endpoint is of the right chain, and what it had called finalized; nodes have to be synced anew.',
  leadsTo: [
    'l1-reorg',
    'l1-reorg-missed',
    'node-ended',
    'source-replays',
    'source-restarted',
    'source-on-another-l1-fork',
    'source-behind',
    'batcher-stopped',
    'finality-stall',
    'gas-limit-or-fork-differs',
    'sequencer-oscillates',
    'el-lost-blocks',
    'follower-left-behind',
  ],
  judge(incident) {
    const deep = incident.index.reorgs.flatMap(({ t, orphaned }) => {
      const [first] = orphaned
      if (first === undefined) return []
      const orphans = new Set(orphaned.map(({ hash }) => hash))
      const hit = consensusNodes(incident).flatMap((node) => {
        const head = finalizedBefore(node, t)
        return head?.origin !== undefined && orphans.has(head.origin.hash) ? [{ node, head }] : []
      })
      const label = incident.index.labels.findLast((one) => one.t < t)?.value.finalized ?? -1
      // L1 finalizes earlier than L2: of its label alone nobody need come to harm.
      const harmed = hit.length > 0 || (label >= first.number && endedOf(incident, t).length > 0)
      return harmed ? [{ t, count: orphaned.length, first, hit, label }] : []
    })
    const [reorg] = deep
    if (reorg === undefined) return []
    const { t, count, first, hit, label } = reorg
    return [
      {
        weight: 8,
        t,
        node: 'l1',
        text: `an L1 reorg replaced ${count} blocks from ${first.number}${label >= first.number ? `, and L1 had called ${label} finalized` : ''}`,
      },
      ...hit.map(({ node, head }) => ({
        weight: 1,
        node: node.name,
        text: `finalized of ${node.name} stood on an orphan: L2 block ${head.number} on L1 block ${head.origin?.number}`,
      })),
      ...endedOf(incident, t),
    ]
  },
}

function finalizedBefore(node: IncidentNode, t: number): Head | null {
  const head = node.levels.get('finalized')?.headAt(t)
  return head === undefined || isZeroHead(head) ? null : head
}

function endedOf(incident: Incident, since: number): readonly Evidence[] {
  return unwantedExits(incident)
    .filter(({ t }) => t >= since)
    .flatMap(({ t, component, reason, lastError }) => [
      { weight: 1, t, node: component, text: `${component} ended by itself: ${reason}` },
      ...(lastError === null ? [] : [{ weight: 0, text: `the last error of ${component}: ${lastError}` }]),
    ])
}
