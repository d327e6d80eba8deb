import type { WorldEvent } from '../events/event.ts'
import { consumerOf } from '../events/traffic-role.ts'

/** What a node went through last, each as the mark or the answer that told it. */
interface Lately {
  followCase: string
  reset: string
  drop: string
  hold: string
  answer: string
}

/** Which of them a mark is about. */
function fieldOf(mark: string): keyof Lately {
  if (mark.startsWith('follow case')) return 'followCase'
  if (mark.startsWith('reset')) return 'reset'
  return mark.startsWith('sequencing') ? 'hold' : 'drop'
}

/**
 * Collects what a run comes by: for each node, every combination of its last follow case, reset, reason to drop a status,
 * hold, and answer of its engine. A bug that needs two of them together is on none of them alone.
 */
export function createCombinations(): { add(event: WorldEvent): void; readonly all: readonly string[] } {
  const nodes = new Map<string, Lately>()
  const all = new Set<string>()
  return {
    add(event) {
      const change = changeOf(event)
      if (change === null) return
      const { node, field, value } = change
      const lately = nodes.get(node) ?? { followCase: '', reset: '', drop: '', hold: '', answer: '' }
      nodes.set(node, lately)
      if (lately[field] === value) return
      lately[field] = value
      const { followCase, reset, drop, hold, answer } = lately
      all.add([followCase, reset, drop, hold, answer].join('|'))
    },
    get all() {
      return [...all].sort()
    },
  }
}

function changeOf(event: WorldEvent) {
  if (event.kind === 'reach' && event.node !== undefined)
    return { node: event.node, field: fieldOf(event.mark), value: event.mark }
  if (event.kind === 'engine' && event.heads !== undefined)
    return {
      node: consumerOf(event.link),
      field: 'answer' as const,
      value: event.status ?? event.outcome,
    }
  return null
}
