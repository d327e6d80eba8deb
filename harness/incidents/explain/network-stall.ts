import { consensusNodes, safePatienceMs, trackOf, unsafePatienceMs } from './features.ts'
import { mergedMoves } from './head-track.ts'
import { type Incident, isZeroHead } from './incident.ts'

type StallLevel = 'unsafe' | 'localSafe' | 'finalized'

/** Slots of an L1 epoch with proof of stake: finality moves once in it. */
const epochBlocks = 32
/** What has epochs makes its blocks so slowly; the L1 of a devstack is faster. */
const epochBlockMs = 12_000

/** The longest time in which no node's head of that level rose, when that is longer than is usual here. */
export function networkStall(
  incident: Incident,
  level: StallLevel,
): { readonly from: number; readonly to: number } | null {
  const moves: number[] = []
  let highest = -1
  let atGenesis = false
  const tracks = consensusNodes(incident).map((node) => trackOf(node, level))
  for (const { t, value } of mergedMoves(tracks)) {
    if (value.number <= highest || isZeroHead(value)) continue
    highest = value.number
    if (moves.length === 0) atGenesis = value.number === 0
    moves.push(t)
  }
  const waits = Float64Array.from(moves, (from, index) => (moves[index + 1] ?? incident.to) - from)
  // A chain that has just begun has nothing safe yet, and a recording begins between two moves.
  if (waits[0] !== undefined && (level === 'finalized' || atGenesis))
    waits[0] = Math.max(0, waits[0] - beginningMs(incident, level))
  const longestMs = waits.reduce((most, ms) => Math.max(most, ms), -1)
  const at = waits.indexOf(longestMs)
  const from = moves[at]
  if (from === undefined) return null
  const usual = waits.filter((_, index) => index !== at).sort()
  const usualMs = usual[Math.floor(usual.length * 0.9)] ?? 0
  const to = moves[at + 1] ?? incident.to
  return longestMs > Math.max(patienceMs(incident, level), 3 * usualMs) ? { from, to } : null
}

/** How long a head of that level may stand still before that is news. */
function patienceMs(incident: Incident, level: StallLevel): number {
  if (level === 'unsafe') return unsafePatienceMs(incident)
  const usualMs = safePatienceMs(incident)
  const hasEpochs = incident.finalityBlocks === null && incident.l1BlockMs >= epochBlockMs
  return level === 'finalized' && hasEpochs ? usualMs + epochBlocks * incident.l1BlockMs : usualMs
}

/** When the first move of that level can be expected, beside the patience: in a run by its parameters, else two epochs. */
function beginningMs(incident: Incident, level: StallLevel): number {
  const bootMs = Math.max(0, (incident.index.bootedAt ?? incident.from) - incident.from)
  if (level !== 'finalized') return bootMs
  return bootMs + (incident.finalityBlocks ?? 2 * epochBlocks) * incident.l1BlockMs
}
