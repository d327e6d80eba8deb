import type { HeadLevel } from '../../events/event.ts'
import { levels } from '../../world/levels.ts'
import type { LoggedBlock } from './block-text.ts'

import type { L1Material } from './l1-material.ts'
import type { Material, ToldHead } from './material.ts'

/** What cannot be known from the material, a sentence each. */
export function unknownFrom(
  { logs, metrics, l1: headers }: Material,
  found: {
    readonly heads: readonly ToldHead[]
    readonly places: ReadonlyMap<string, LoggedBlock>
    readonly l1: L1Material
  },
): readonly string[] {
  const { heads, places, l1 } = found
  const nodes = [...new Set(heads.map(({ node }) => node))]
  const engines = new Set(logs.flatMap(({ node, log }) => (log.isEngine ? [node] : [])))
  const of = (node: string, level?: HeadLevel) =>
    heads.filter((head) => head.node === node && (level === undefined || head.level === level))
  return [
    ...logs.flatMap(({ node, log }) => [
      ...(log.programs.length === 0
        ? [`the log of ${node} is of no program that is known: only its warnings were taken`]
        : []),
      ...(log.assumedDate === null
        ? []
        : [`the log of ${node} says no date: its first line was taken to be of ${log.assumedDate} (--date)`]),
    ]),
    ...nodes.flatMap((node) => {
      if (engines.has(node)) return [`of ${node} only its head is known: engines do not log their labels`]
      const missing = [...levels, 'currentL1' as const].filter((level) => of(node, level).length === 0)
      const origins = of(node).some(
        ({ level, block }) =>
          level !== 'headL1' && level !== 'currentL1' && places.get(block.hash)?.origin !== undefined,
      )
      return [
        ...(missing.length === 0 ? [] : [`nothing tells ${missing.join(', ')} of ${node}`]),
        ...(origins ? [] : [`nothing tells the L1 origins of the heads of ${node}`]),
        ...(of(node).some(({ rank }) => rank === 1)
          ? [`some heads of ${node} are known only as a follower logged them`]
          : []),
      ]
    }),
    ...(metrics.length === 0
      ? []
      : ['metrics have no hashes: two blocks of one height cannot be told apart']),
    ...(headers.length > 0
      ? ['of L1 only the chain of today was asked for: other blocks are known where a node named them']
      : l1.witness === null
        ? []
        : [`L1 was not asked (--l1): it is as ${l1.witness} saw it`]),
  ]
}
