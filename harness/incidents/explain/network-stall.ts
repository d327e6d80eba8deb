import { consensusNodes, safePatienceMs, trackOf, unsafePatienceMs } from './features.ts'
import { mergedMoves } from './head-track.ts'
import { type Incident, isZeroHead } from './incident.ts'

/** The longest time in which no node's head of that level rose, when that is longer than is usual here. */
export function networkStall(
  incident: Incident,
  level: 'unsafe' | 'localSafe' | 'finalized',
): { readonly from: number; readonly to: number } | null {
  const moves: number[] = []
  let highest = -1
  const tracks = consensusNodes(incident).map((node) => trackOf(node, level))
  for (const { t, value } of mergedMoves(tracks)) {
    if (value.number <= highest || isZeroHead(value)) continue
    highest = value.number
    moves.push(t)
  }
  const waits = Float64Array.from(moves, (from, index) => (moves[index + 1] ?? incident.to) - from)
  const longestMs = waits.reduce((most, ms) => Math.max(most, ms), -1)
  const at = waits.indexOf(longestMs)
  const from = moves[at]
  if (from === undefined) return null
  const usual = waits.filter((_, index) => index !== at).sort()
  const patienceMs = level === 'unsafe' ? unsafePatienceMs(incident) : safePatienceMs(incident)
  const usualMs = usual[Math.floor(usual.length * 0.9)] ?? 0
  return longestMs > Math.max(patienceMs, 3 * usualMs) ? { from, to: from + longestMs } : null
}
