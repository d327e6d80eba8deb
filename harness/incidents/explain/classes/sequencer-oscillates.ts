import { consensusNodes, stepsBack, trackOf } from '../features.ts'
import type { ClassRule } from './class-rule.ts'

/** One L1 reorg takes an unsafe head back once or twice. */
const stepsMin = 3

export const sequencerOscillates: ClassRule = {
  name: 'sequencer-oscillates',
  title: 'The unsafe head goes back again and again: a sequencer adopts another chain and rebuilds its own.',
  next: 'What its source says at each step back; whether it holds sequencing until it has adopted.',
  leadsTo: ['gas-limit-or-fork-differs', 'el-lost-blocks'],
  judge(incident) {
    const all = consensusNodes(incident).map((node) => ({ node, steps: stepsBack(node, 'unsafe') }))
    const [worst] = all.sort((a, b) => b.steps.length - a.steps.length)
    if (worst === undefined || worst.steps.length < stepsMin)
      return [{ weight: -4, text: 'no unsafe head went back more than twice' }]
    const { node, steps } = worst
    const heights = Map.groupBy(trackOf(node, 'unsafe').moves(), ({ value }) => value.number)
    const built = Math.max(
      ...Array.from(heights.values(), (at) => new Set(at.map(({ value }) => value.hash)).size),
    )
    return [
      {
        weight: 5,
        t: steps[0]?.t ?? incident.from,
        node: node.name,
        text: `unsafe of ${node.name} went back ${steps.length} times`,
      },
      ...(built > 2 ? [{ weight: 2, text: `with up to ${built} different blocks at one height` }] : []),
    ]
  },
}
