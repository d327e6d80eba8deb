import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { WorldEvent } from '../../events/event.ts'
import { parseTimelineLine } from '../../events/reader.ts'

/**
 * Runs of live devstacks in which something was done that the timeline tells: without traffic and quiet logs. The first:
 * `lockstep up`, two L1 reorgs of 4 blocks that everybody follows, and one of 64. The second: a scenario that fails under
 * a source that stalls, of a topology in which L1 finalizes nothing before it ends.
 */
export type RunOfOurs = 'reorg-below-finalized' | 'source-stalls'

export function runOfOurs(name: RunOfOurs): readonly WorldEvent[] {
  const path = fileURLToPath(new URL(`runs/${name}.ndjson.gz`, import.meta.url))
  const lines = gunzipSync(readFileSync(path)).toString('utf8').split('\n').slice(0, -1)
  return lines.map((line, index) => parseTimelineLine(line, `${path}:${index + 1}`))
}
