import type { DecodedChannel, DecodedRange } from './decode-range.ts'
import type { JudgedBatch } from './judge-batch.ts'

/** The channels for a terminal. */
export function decodeText({ channels, malformed, l1Blocks }: DecodedRange): string {
  const isAssumed = channels.some(({ batches }) => batches.some(({ isParentKnown }) => !isParentKnown))
  return `${[
    ...channels.flatMap(channelLines),
    `${channels.length} channels in ${l1Blocks} L1 blocks${malformed > 0 ? `; ${malformed} payloads held no frames` : ''}`,
    ...(isAssumed
      ? ['no --l2, or it lacks the blocks: a batch was taken to build on the parent that it names']
      : []),
  ].join('\n')}\n`
}

function channelLines(channel: DecodedChannel): readonly string[] {
  const { id, frames, state, completedIn, batches, ignored } = channel
  const [first, last] = [frames.at(0)?.l1Block ?? 0n, frames.at(-1)?.l1Block ?? 0n]
  const refused = frames.filter(({ outcome }) => outcome === 'refused').length
  const where = first === last ? `L1 block ${first}` : `L1 blocks ${first} to ${last}`
  const ends = completedIn === null ? state : `complete in ${completedIn.number}`
  return [
    `channel ${id}: ${frames.length} ${frames.length === 1 ? 'frame' : 'frames'} in ${where}, ${ends}${refused > 0 ? `, ${refused} frames refused` : ''}`,
    ...(state === 'refused' ? ['  its first frame is not in these blocks: begin earlier'] : []),
    ...batches.map((batch) => `  ${batchText(batch)}`),
    ...(ignored === null ? [] : [`  the rest is not read: ${ignored}`]),
  ]
}

function batchText({
  type,
  from,
  to,
  epochs,
  transactions,
  verdict,
  reason,
  safeBlocks,
}: JudgedBatch): string {
  const blocks = from === to ? `block ${from}` : `blocks ${from} to ${to}`
  const some = verdict !== 'safe' && safeBlocks > 0 ? ` after ${safeBlocks} safe blocks` : ''
  return `${type} ${blocks}, epochs ${epochs[0]} to ${epochs[1]}, ${transactions} transactions: ${verdict}${some}${reason === null ? '' : `: ${reason}`}`
}
