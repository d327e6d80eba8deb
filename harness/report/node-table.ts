import { type BlockId, isZeroRef } from '../../node/protocol/refs.ts'
import { headOf, l1HeadOf, l1Levels, levels } from '../world/levels.ts'
import type { StatusStream } from '../world/status-stream.ts'
import { formatTable } from './table.ts'

/** The last state of every node: one row each, one column per head. */
export function nodeTable(
  streams: Iterable<Pick<StatusStream, 'node' | 'latest' | 'lastError'>>,
  nowMs: number,
): string {
  const rows: string[][] = [['node', ...levels, ...l1Levels, 'seen']]
  for (const { node, latest, lastError } of streams) {
    const error =
      lastError !== null && lastError.atMs > (latest?.answeredMs ?? 0) ? `; then: ${lastError.message}` : ''
    rows.push(
      latest === null
        ? [node, ...[...levels, ...l1Levels].map(() => '?'), `never${error}`]
        : [
            node,
            ...levels.map((level) => cell(headOf(latest.status, level))),
            ...l1Levels.map((level) => cell(l1HeadOf(latest.status, level))),
            `${formatMs(nowMs - latest.answeredMs)} ago${error}`,
          ],
    )
  }
  return formatTable(rows)
}

function cell(block: BlockId): string {
  return isZeroRef(block) ? '-' : `${block.number}:${block.hash.slice(2, 8)}`
}

/** `840 ms` or `12.3 s`. */
export function formatMs(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}
