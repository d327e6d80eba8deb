import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { WorldEvent } from '../../events/event.ts'
import { parseTimelineLine } from '../../events/reader.ts'

/** Incidents of `incidents.ts` under seed 1, by the class that is right. */
export const keptIncidents = [
  ...(['l1-reorg-missed', 'source-replays', 'sequencer-oscillates', 'el-lost-blocks'] as const),
  ...(['own-l1-lagging', 'finality-stall', 'gas-limit-or-fork-differs', 'signer-rotated'] as const),
  ...(['batcher-stopped', 'source-on-another-l1-fork'] as const),
] as const
export type KeptIncident = (typeof keptIncidents)[number]

type LogEvent = Extract<WorldEvent, { kind: 'log' }>

/** A recording by public endpoints, and what the simulated nodes logged meanwhile (a buggy follower logs nothing). */
export interface KeptRecording {
  readonly events: readonly WorldEvent[]
  readonly logs: readonly LogEvent[]
}

const directory = fileURLToPath(new URL('recordings', import.meta.url))

const read = new Map<KeptIncident, KeptRecording>()

export function keptRecording(name: KeptIncident): KeptRecording {
  const known = read.get(name) ?? readRecording(name)
  read.set(name, known)
  return known
}

function readRecording(name: KeptIncident): KeptRecording {
  const path = join(directory, `${name}.ndjson.gz`)
  const lines = gunzipSync(readFileSync(path)).toString('utf8').split('\n').slice(0, -1)
  const all = lines.map((line, index) => parseTimelineLine(line, `${path}:${index + 1}`))
  return {
    events: all.filter(({ kind }) => kind !== 'log'),
    logs: all.filter((event): event is LogEvent => event.kind === 'log'),
  }
}

/** Set to anything, with `LOCKSTEP_EVENT_LOG_LEVEL=info`: `incidents.test.ts` makes the recordings again. */
export function keepRecording(name: string, { events, logs }: KeptRecording): void {
  if (process.env['LOCKSTEP_KEEP_RECORDINGS'] === undefined) return
  const all = [...events, ...logs].sort((a, b) => a.t - b.t)
  const text = all.map((event, seq) => `${JSON.stringify({ ...event, seq })}\n`).join('')
  writeFileSync(join(directory, `${name}.ndjson.gz`), gzipSync(text, { level: 9 }))
}
