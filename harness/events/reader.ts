import { createReadStream, existsSync, openSync, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'
import { parseJson } from '../../node/json-rpc/json.ts'
import { factSchema, headLevels, timelineVersion, type WorldEvent } from './event.ts'
import { segmentsOf } from './segments.ts'

/** The file is not a timeline that this version can read. */
export class TimelineError extends Error {
  override readonly name = 'TimelineError'
}

const lineSchema = z.looseObject({ seq: z.int(), t: z.number(), kind: z.string() })
const headerSchema = z.looseObject({ kind: z.literal('run'), version: z.number() })

/**
 * Reads a whole timeline. A last line without its newline is what a killed runner leaves, and is ignored.
 * @throws TimelineError naming the line that is not an event, or the version that was found.
 */
export async function readTimeline(path: string): Promise<readonly WorldEvent[]> {
  const events: WorldEvent[] = []
  for await (const event of eachEvent(path)) events.push(event)
  return events
}

/** A line that is longer is no event of ours: bodies are cut long before. */
const lineCharactersMax = 64 * 1024 * 1024

/**
 * Reads a timeline event by event, in the memory of a few of them. A last line without its newline is ignored.
 * @throws TimelineError naming the line that is not an event, or the version that was found.
 */
export async function* eachEvent(path: string): AsyncGenerator<WorldEvent> {
  let last = -1
  for (const segment of segmentsOf(path))
    for await (const event of eventsOf(segment.path, last)) {
      last = Math.max(last, event.seq)
      yield event
    }
  yield* eventsOf(path, last)
}

/** Events of one file with a number above `after`: what was killed while it sealed a segment left it in both. */
async function* eventsOf(path: string, after: number): AsyncGenerator<WorldEvent> {
  const { fd, isCompressed } = openEvents(path)
  const file: Readable = createReadStream(path, { fd, highWaterMark: 256 * 1024 })
  const stream = isCompressed ? file.pipe(createGunzip()) : file
  file.on('error', (error) => stream.destroy(error))
  stream.setEncoding('utf8')
  let rest = ''
  let line = 0
  for await (const chunk of stream as AsyncIterable<string>) {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    if (rest.length > lineCharactersMax)
      throw new TimelineError(`${path}:${line + 1}: expected a timeline event, found a line without an end`)
    for (const part of parts) {
      const event = parseTimelineLine(part, `${path}:${++line}`)
      if (event.seq > after) yield event
    }
  }
}

/** A part of a run that goes on may have been compressed since it was looked for. */
function openEvents(path: string): { readonly fd: number; readonly isCompressed: boolean } {
  const isCompressed = path.endsWith('.gz')
  try {
    return { fd: openSync(path, 'r'), isCompressed }
  } catch (error) {
    if (isCompressed || !existsSync(`${path}.gz`)) throw error
    return { fd: openSync(`${path}.gz`, 'r'), isCompressed: true }
  }
}

/**
 * Parses one line.
 * @throws TimelineError naming `where`.
 */
export function parseTimelineLine(line: string, where: string): WorldEvent {
  const json = parseJson(line)
  if (isHeadEvent(json)) return json
  const header = headerSchema.safeParse(json)
  if (header.success && header.data.version !== timelineVersion)
    throw new TimelineError(
      `${where}: expected a timeline of version ${timelineVersion}, found version ${header.data.version}; read it with the lockstep that wrote it`,
    )
  const envelope = lineSchema.safeParse(json)
  const fact = factSchema.safeParse(json)
  if (!envelope.success || !fact.success)
    throw new TimelineError(
      `${where}: expected a timeline event, found ${JSON.stringify(line.slice(0, 120))}`,
    )
  return { seq: envelope.data.seq, t: envelope.data.t, ...fact.data }
}

type HeadEvent = Extract<WorldEvent, { kind: 'head' }>

/** What the schema says of a head, without its copies: of a recording of a day a million lines are heads. */
function isHeadEvent(json: unknown): json is HeadEvent {
  if (typeof json !== 'object' || json === null) return false
  const { kind, seq, t, node, level, block, origin, ...others } = json as Record<string, unknown>
  return (
    kind === 'head' &&
    Number.isSafeInteger(seq) &&
    Number.isFinite(t) &&
    typeof node === 'string' &&
    headLevels.includes(level as HeadEvent['level']) &&
    isBlock(block, true) &&
    (origin === undefined || isBlock(origin, false)) &&
    Object.keys(others).length === 0
  )
}

function isBlock(json: unknown, isLinked: boolean): boolean {
  if (typeof json !== 'object' || json === null) return false
  const { number, hash, parent, ...others } = json as Record<string, unknown>
  return (
    Number.isSafeInteger(number) &&
    (number as number) >= 0 &&
    typeof hash === 'string' &&
    (parent === undefined || (isLinked && typeof parent === 'string')) &&
    Object.keys(others).length === 0
  )
}

/** Follows a timeline that is still being written: each call to `read` returns the events that are new since the last. */
export function followTimeline(path: string): { read(): Promise<readonly WorldEvent[]> } {
  let offset = 0
  let rest: Uint8Array = new Uint8Array()
  let line = 0
  let sealed = 0
  let last = -1

  /** What was sealed since: the file begins again behind it. */
  async function readSegments(): Promise<readonly WorldEvent[]> {
    const events: WorldEvent[] = []
    for (const { number, path: segment } of segmentsOf(path)) {
      if (number <= sealed) continue
      for await (const event of eventsOf(segment, last)) events.push(event)
      last = Math.max(last, events.at(-1)?.seq ?? -1)
      sealed = number
      offset = 0
      line = 0
      rest = new Uint8Array()
    }
    return events
  }

  return {
    async read() {
      const events = [...(await readSegments())]
      if (!existsSync(path) || statSync(path).size <= offset) return events
      const chunks: Uint8Array[] = [rest]
      for await (const chunk of createReadStream(path, { start: offset }) as AsyncIterable<Uint8Array>) {
        offset += chunk.byteLength
        chunks.push(chunk)
      }
      const bytes = Buffer.concat(chunks)
      const end = bytes.lastIndexOf(newline) + 1
      rest = bytes.subarray(end)
      const lines = bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1)
      const before = sealed === 0 ? -1 : last
      for (const text of lines) {
        const event = parseTimelineLine(text, `${path}:${++line}`)
        if (event.seq > before) events.push(event)
      }
      last = Math.max(last, events.at(-1)?.seq ?? -1)
      return events
    },
  }
}

const newline = 0x0a
