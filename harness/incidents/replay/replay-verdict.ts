import type { Explanation } from '../explain/explanation.ts'
import type { Finding } from '../explain/finding.ts'

/** What a replay says about the node under test. */
export interface ReplayVerdict {
  readonly outcome: 'fails-the-same-way' | 'fails-otherwise' | 'passes' | 'nothing-was-wrong'
  /** The first rule that the node violated, as recorded and as replayed; null where it violated none. */
  readonly recorded: Finding | null
  readonly replayed: Finding | null
}

/** @param node the node under test. */
export function replayVerdict(node: string, recorded: Explanation, replayed: Explanation): ReplayVerdict {
  const of = ({ findings }: Explanation) => findings.filter((finding) => finding.node === node)
  const [was] = of(recorded)
  const now = of(replayed)
  const same = now.find(({ rule }) => rule === was?.rule)
  const shown = { recorded: was ?? null, replayed: same ?? now[0] ?? null }
  if (was === undefined && now.length === 0) return { outcome: 'nothing-was-wrong', ...shown }
  if (now.length === 0) return { outcome: 'passes', ...shown }
  return { outcome: same === undefined ? 'fails-otherwise' : 'fails-the-same-way', ...shown }
}
