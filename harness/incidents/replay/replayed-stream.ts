import type { Fact, WorldEvent } from '../../events/event.ts'
import type { TimedFact } from './timed-fact.ts'

/** The node as it was recorded, beside the replayed one. */
export const recordedName = (node: string) => `${node} (recorded)`

/**
 * The recording with what a replay made of one node in place of what was recorded of it; `both`: its recorded heads stay
 * under another name.
 */
export function replayedStream(
  events: readonly WorldEvent[],
  options: {
    readonly node: string
    readonly engine: string
    readonly facts: readonly TimedFact[]
    readonly both: boolean
  },
): readonly WorldEvent[] {
  const { node, engine, facts, both } = options
  const inputs = events.flatMap(({ seq: _, t, ...fact }): TimedFact[] => {
    const kept = asInput(fact as Fact, node, engine, both)
    return kept === null ? [] : [{ t, fact: kept }]
  })
  // At one time what was given comes before what was made of it.
  return [...inputs, ...facts]
    .map((one, index) => ({ ...one, index }))
    .sort((a, b) => a.t - b.t || a.index - b.index)
    .map(({ t, fact }, seq) => ({ seq, t, ...fact }))
}

/** Null: it is about the node as it was recorded. */
function asInput(fact: Fact, node: string, engine: string, both: boolean): Fact | null {
  switch (fact.kind) {
    case 'run':
      return { ...fact, scenario: `replay of ${fact.scenario}` }
    case 'head':
      if (fact.node === node) return both ? { ...fact, node: recordedName(node) } : null
      return fact.node === engine ? null : fact
    case 'gap':
    case 'log':
    case 'component':
      return fact.component === node || fact.component === engine ? null : fact
    case 'rpc':
    case 'engine':
      return [`recorder→${node}`, `recorder→${engine}`].includes(fact.link) ||
        fact.link.startsWith(`${node}→`)
        ? null
        : fact
    case 'invariant':
    case 'reach':
      return fact.node === node ? null : fact
    case 'end':
      return null
    default:
      return fact
  }
}
