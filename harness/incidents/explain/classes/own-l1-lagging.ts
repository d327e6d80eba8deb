import { consensusNodes, followers, headAt, lags, reorgBefore, reorgGraceMs, stepsBack } from '../features.ts'
import type { ClassRule } from './class-rule.ts'

export const ownL1Lagging: ClassRule = {
  name: 'own-l1-lagging',
  title: 'The node’s own L1 endpoint is behind, or one of several that are not equally far.',
  next: 'Ask that L1 endpoint for its head several times in a row; pin the node to one provider.',
  leadsTo: ['sequencer-oscillates', 'source-behind', 'finality-stall', 'gas-limit-or-fork-differs'],
  judge: (incident) =>
    consensusNodes(incident).flatMap((node) => {
      const [lag] = lags(incident, node, 'headL1', {
        behind: (t) => incident.l1.headAt(t)?.number ?? null,
        blocks: 3,
        ms: 4 * incident.l1BlockMs,
      })
      const back = stepsBack(node, 'headL1').filter(
        ({ t, from, to }) =>
          to.number < from.number && reorgBefore(incident, t, reorgGraceMs(incident)) === undefined,
      )
      if (lag === undefined && back.length < 2) return []
      const pair = followers(incident).find(({ follower }) => follower === node)
      const theirs = lag === undefined || pair === undefined ? null : headAt(pair.source, 'currentL1', lag.to)
      const mine = lag === undefined ? null : headAt(node, 'currentL1', lag.to)
      return [
        ...(lag === undefined
          ? []
          : [
              {
                weight: 4,
                t: lag.from,
                node: node.name,
                text: `headL1 of ${node.name} was up to ${lag.blocks} blocks behind L1 for ${Math.round((lag.to - lag.from) / 1000)} s`,
              },
            ]),
        ...(back.length < 2
          ? []
          : [
              {
                weight: 4,
                t: back[0]?.t ?? 0,
                node: node.name,
                text: `headL1 of ${node.name} went back ${back.length} times without an L1 reorg`,
              },
            ]),
        ...(theirs !== null && mine !== null && mine.number < theirs.number
          ? [{ weight: 1, text: `and its currentL1 ${mine.number} is behind ${theirs.number} of its source` }]
          : []),
      ]
    }),
}
