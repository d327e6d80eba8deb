import { gzipSync } from 'node:zlib'
import type { WorldEvent } from '../events/event.ts'
import { packIndex } from './model/pack-index.ts'

/** The events of a run as they are embedded. */
export interface PackedRun {
  readonly name: string
  readonly runId: string
  /** Compressed: the lines from which the viewer makes its index, and what they leave out (`model/packed-index.ts`). */
  readonly index: Buffer
  readonly details: Buffer
  /** Of the details, when they are not compressed. */
  readonly detailBytes: number
  /** What was left out for the size; null when nothing was. */
  readonly omitted: string | null
}

/** So that the file stays below 3 MB: base64 makes four bytes of three. */
const bytesMax = 2_100_000

/** What may be left out of a run that is too large, the least useful first. */
const savings: readonly {
  readonly what: string
  readonly keep: (event: WorldEvent) => WorldEvent | null
}[] = [
  {
    what: 'bodies of requests that went well',
    keep: (event) => ('outcome' in event && event.outcome === 'ok' ? withoutBodies(event) : event),
  },
  { what: 'all bodies of requests', keep: withoutBodies },
  {
    what: 'plain RPC that went well',
    keep: (event) => (event.kind === 'rpc' && event.outcome === 'ok' ? null : event),
  },
  {
    what: 'gossip that was accepted',
    keep: (event) =>
      event.kind === 'gossip' && (event.action === 'receive' || event.action === 'accept') ? null : event,
  },
]

/** Compresses the events of one run, and leaves out what would make the report too large to open. */
export function packRun(events: readonly WorldEvent[], limit = bytesMax): PackedRun {
  const run = events.find((event) => event.kind === 'run')
  const identity = { name: run?.scenario ?? 'unnamed run', runId: run?.runId ?? '' }
  let kept = events
  let packed = compress(kept)
  const omitted: string[] = []
  for (const { what, keep } of savings) {
    if (packedBytes(packed) <= limit) break
    kept = kept.flatMap((event) => keep(event) ?? [])
    packed = compress(kept)
    omitted.push(what)
  }
  return { ...identity, ...packed, omitted: omitted.length === 0 ? null : omitted.join(', ') }
}

/** How much of a page they take, before base64. */
export function packedBytes({ index, details }: Pick<PackedRun, 'index' | 'details'>): number {
  return index.byteLength + details.byteLength
}

function compress(events: readonly WorldEvent[]): Pick<PackedRun, 'index' | 'details' | 'detailBytes'> {
  const { index, details } = packIndex(events)
  const bytes = Buffer.from(details)
  const level = { level: 7 }
  return { index: gzipSync(index, level), details: gzipSync(bytes, level), detailBytes: bytes.byteLength }
}

function withoutBodies(event: WorldEvent): WorldEvent {
  if (!('request' in event || 'response' in event)) return event
  const {
    request: _request,
    response: _response,
    ...rest
  } = event as WorldEvent & {
    request?: unknown
    response?: unknown
  }
  return rest as WorldEvent
}
