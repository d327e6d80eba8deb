import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { WorldEvent } from '../../events/event.ts'
import { parseTimelineLine } from '../../events/reader.ts'

/** Real runs of live devstacks, as their `timeline.ndjson` was. */
export type RecordedRun =
  | 'engine-hangs'
  | 'another-l1-fork'
  | 'three-faults'
  | 'reorg-recovery'
  | 'two-clients'

export function recordedRun(name: RecordedRun): readonly WorldEvent[] {
  const path = fileURLToPath(new URL(`${name}.ndjson.gz`, import.meta.url))
  const lines = gunzipSync(readFileSync(path)).toString('utf8').split('\n').slice(0, -1)
  return lines.map((line, index) => parseTimelineLine(line, `${path}:${index + 1}`))
}
