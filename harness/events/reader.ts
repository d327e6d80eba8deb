import { createReadStream, existsSync, openSync, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'
import { parseJson } from '../../node/json-rpc/json.ts'
import { factSchema, headLevels, timelineVersion, type WorldEvent } from './event.ts'
import { segmentsOf } from './segments.ts'
import { TimelineError } from './timeline-error.ts'

/** ECMA-262, "Time Values and Time Range": what is outside is no date. */
const timeMax = 8.64e15
const lineSchema = z.looseObject({
  ...{ seq: z.int().nonnegative(), t: z.number().min(-timeMax).max(timeMax), kind: z.string() },
})
const headerSchema = z.looseObject({ kind: z.literal('run'), version: z.number() })

/** What is read at once of a timeline: a day of the default devstack is less than half of it. */
const charactersMax = 1_000_000_000

/**
 * Reads a whole timeline. A last line without its newline is what a killed runner leaves, and is ignored.
 * @throws TimelineError naming the line that is not an event, the version that was found, or what is too long.
 */
export async function readTimeline(path: string): Promise<readonly WorldEvent[]> {
  const events: WorldEvent[] = []
  for await (const event of eachEvent(path, { charactersMax })) events.push(event)
  return events
}

/** A line that is longer is no event of ours: bodies are cut long before. */
const lineCharactersMax = 64 * 1024 * 1024
/** What writes segments seals them when they have 8 MB; some that unpack to more are made to fill the memory. */
const segmentCharactersMax = 1_000_000_000

/**
 * Reads a timeline event by event, in the memory of a few of them. A last line without its newline is ignored.
 * @param options.charactersMax when it is longer, nothing more is read. Default: any length.
 * @throws TimelineError naming the line that is not an event, the version that was found, a segment that is damaged, or
 * what is too long.
 */
export async function* eachEvent(
  path: string,
  { charactersMax: max = Number.POSITIVE_INFINITY }: { readonly charactersMax?: number } = {},
): AsyncGenerator<WorldEvent> {
  let last = -1
  let characters = 0
  const onCharacters = (count: number) => {
    characters += count
    if (characters > max)
      throw new TimelineError(
        `${path}: expected at most ${max} characters of events, found more: this needs all of them at once, which lockstep explain does not`,
      )
  }
  for (const segment of segmentsOf(path))
    for await (const event of eventsOf(segment.path, last, onCharacters)) {
      last = Math.max(last, event.seq)
      yield event
    }
  yield* eventsOf(path, last, onCharacters)
}

/** Events of one file with a number above `after`: what was killed while it sealed a segment left it in both. */
async function* eventsOf(
  path: string,
  after: number,
  onCharacters: (count: number) => void = () => {},
): AsyncGenerator<WorldEvent> {
  let line = 0
  for await (const text of linesOf(path, onCharacters)) {
    const event = parseTimelineLine(text, `${path}:${++line}`)
    if (event.seq > after) yield event
  }
}

/** The whole lines of a file, compressed or not. */
async function* linesOf(path: string, onCharacters: (count: number) => void): AsyncGenerator<string> {
  const { fd, isCompressed } = openEvents(path)
  const file: Readable = createReadStream(path, { fd, highWaterMark: 256 * 1024 })
  const stream = isCompressed ? file.pipe(createGunzip()) : file
  file.on('error', (error) => stream.destroy(error))
  stream.setEncoding('utf8')
  let characters = 0
  let line = 0
  /** The parts of a line whose end has not come. */
  let begun: string[] = []
  let begunLength = 0
  try {
    for await (const chunk of stream as AsyncIterable<string>) {
      onCharacters(chunk.length)
      characters += chunk.length
      if (isCompressed && characters > segmentCharactersMax)
        throw new TimelineError(
          `${path}: expected a segment of 8 MB, found one that unpacks to more than 1 GB`,
        )
      const [first = '', ...parts] = chunk.split('\n')
      begun.push(first)
      begunLength += first.length
      if (begunLength > lineCharactersMax)
        throw new TimelineError(`${path}:${line + 1}: expected a timeline event, found a line without an end`)
      const rest = parts.pop()
      if (rest === undefined) continue
      line += 1 + parts.length
      yield begun.join('')
      yield* parts
      begun = [rest]
      begunLength = rest.length
    }
  } catch (error) {
    if (error instanceof TimelineError) throw error
    throw unreadable(path, error)
  } finally {
    file.destroy()
    stream.destroy()
  }
}

function unreadable(path: string, error: unknown): TimelineError {
  const { code, message } = error as NodeJS.ErrnoException
  return new TimelineError(
    code?.startsWith('Z_')
      ? `${path}: expected a compressed timeline, found a damaged one: ${message}; without that file the others can be read`
      : `${path} cannot be read: ${message}`,
    { cause: error },
  )
}

/** A part of a run that goes on may have been compressed since it was looked for. */
function openEvents(path: string): { readonly fd: number; readonly isCompressed: boolean } {
  const isCompressed = path.endsWith('.gz')
  try {
    return { fd: openSync(path, 'r'), isCompressed }
  } catch (error) {
    if (isCompressed || !existsSync(`${path}.gz`)) throw unreadable(path, error)
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
    (seq as number) >= 0 &&
    typeof t === 'number' &&
    Math.abs(t) <= timeMax &&
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
