import { type BlockId, isZeroRef, sameBlock } from '../../node/protocol/refs.ts'
import { headOf, l1HeadOf, l1Levels, levels } from '../world/levels.ts'
import type { StatusStream } from '../world/status-stream.ts'
import { formatTable } from './table.ts'

type Seen = Pick<StatusStream, 'node' | 'latest' | 'lastError'>

/**
 * The last state of every node: one row each, one column per head. It fits into 80 columns: crossSafe is left out where it
 * says what localSafe says.
 */
export function nodeTable(streams: Iterable<Seen>, nowMs: number): string {
  const nodes = [...streams]
  const shown = levels.filter((level) => level !== 'crossSafe' || nodes.some(hasOtherCrossSafe))
  return formatTable([
    ['node', ...shown, ...l1Levels, 'seen'],
    ...nodes.map(({ node, latest, lastError }) => {
      const error =
        lastError !== null && lastError.atMs > (latest?.answeredMs ?? 0) ? `; then: ${lastError.message}` : ''
      if (latest === null) return [node, ...[...shown, ...l1Levels].map(() => '?'), `never${error}`]
      return [
        node,
        ...shown.map((level) => cell(headOf(latest.status, level))),
        ...l1Levels.map((level) => cell(l1HeadOf(latest.status, level))),
        `${formatMs(nowMs - latest.answeredMs)} ago${error}`,
      ]
    }),
  ])
}

function hasOtherCrossSafe({ latest }: Seen): boolean {
  return latest !== null && !sameBlock(headOf(latest.status, 'crossSafe'), headOf(latest.status, 'localSafe'))
}

/** Enough of the hash to tell two forks apart. */
function cell(block: BlockId): string {
  return isZeroRef(block) ? '-' : `${block.number}:${block.hash.slice(2, 6)}`
}

/** `840 ms` or `12.3 s`. */
export function formatMs(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}
