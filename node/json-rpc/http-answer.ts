/** One answer of an HTTP/1.1 server, whole. */
export interface HttpAnswer {
  readonly status: number
  /** By lower-case name; of a repeated one, all values with commas between. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
  /** The connection may carry the next request. */
  readonly staysOpen: boolean
}

export interface AnswerReader {
  /** Takes the next bytes, which it does not keep. @returns the answer once it is whole. @throws Error that says what is wrong. */
  push(bytes: Buffer): HttpAnswer | null
  /** The server has ended the connection. @throws Error when the answer is not whole by that. */
  end(): HttpAnswer
}

interface Head {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly staysOpen: boolean
}

/** What comes next; of a body, with the bytes that are left of it. */
type Stage =
  | { readonly kind: 'head' | 'chunk-size' | 'chunk-end' | 'trailer' | 'to-the-end' | 'done' }
  | { readonly kind: 'body' | 'chunk'; readonly left: number }

/** As in Node's own client. */
const headBytesMax = 16 * 1024
const chunkLineBytesMax = 1024
/** What the lines between chunks may take beyond as much as the chunks. */
const chunkLinesFreeBytes = 8 * 1024
const noBytes = Buffer.alloc(0)
const token = /^[!#$%&'*+.^_`|~\w-]+$/

/**
 * Reads one answer, however its bytes come. It takes what RFC 9112 lets a server send and no more: an answer that two
 * readers could take for different ones is refused, never guessed at.
 * @param bodyBytesMax a longer body is refused, as soon as that is known.
 */
export function createAnswerReader(bodyBytesMax: number): AnswerReader {
  let stage: Stage = { kind: 'head' }
  let head: Head | null = null
  let pending: Buffer = noBytes
  let trailerBytes = 0
  let chunkLineBytes = 0
  let bodyBytes = 0
  /** With room for more. One for each part would be a hundred bytes for every byte that comes alone. */
  let body: Buffer = noBytes

  const take = (bytes: Buffer) => {
    const grown = bodyBytes + bytes.length
    if (grown > bodyBytesMax) throw tooLong(bodyBytesMax)
    if (grown > body.length) {
      // The first part is mostly the only one.
      const larger = Buffer.allocUnsafeSlow(bodyBytes === 0 ? grown : Math.min(2 * grown, bodyBytesMax))
      body.copy(larger, 0, 0, bodyBytes)
      body = larger
    }
    // The bytes are the caller's.
    bytes.copy(body, bodyBytes)
    bodyBytes = grown
  }

  /** The next line without its end; null when it is not whole. */
  const line = (bytes: Buffer, bytesMax: number): string | null => {
    const end = bytes.indexOf('\r\n')
    if (end > bytesMax || (end < 0 && bytes.length > bytesMax))
      throw new Error(`expected a line of at most ${bytesMax} bytes in a chunked body`)
    return end < 0 ? null : bytes.toString('latin1', 0, end)
  }

  /** One step; the bytes that are left, or null when it needs more. */
  const step = (bytes: Buffer): Buffer | null => {
    switch (stage.kind) {
      case 'head': {
        const end = bytes.indexOf('\r\n\r\n')
        if (end > headBytesMax || (end < 0 && bytes.length > headBytesMax))
          throw new Error(`expected headers of at most ${headBytesMax} bytes`)
        if (end < 0) return null
        head = parseHead(bytes.toString('latin1', 0, end))
        // Interim answers, of which there may be any number, say nothing.
        if (head.status >= 200) stage = bodyStage(head, bodyBytesMax)
        return bytes.subarray(end + 4)
      }
      case 'body':
      case 'chunk': {
        if (bytes.length === 0 && stage.left > 0) return null
        const part = bytes.subarray(0, stage.left)
        take(part)
        const left = stage.left - part.length
        if (left > 0) stage = { kind: stage.kind, left }
        else stage = { kind: stage.kind === 'body' ? 'done' : 'chunk-end' }
        return bytes.subarray(part.length)
      }
      case 'chunk-end':
        if (bytes.length < 2) return null
        if (bytes[0] !== 0x0d || bytes[1] !== 0x0a) throw new Error('expected a line end after a chunk')
        stage = { kind: 'chunk-size' }
        return bytes.subarray(2)
      case 'chunk-size': {
        const text = line(bytes, chunkLineBytesMax)
        if (text === null) return null
        const digits = /^([\da-f]{1,8})[ \t]*(?:;.*)?$/i.exec(text)?.[1]
        if (digits === undefined) throw new Error(`expected the size of a chunk, found ${quote(text)}`)
        chunkLineBytes += text.length + 4
        if (chunkLineBytes > bodyBytes + chunkLinesFreeBytes)
          throw new Error('expected chunks of more than a few bytes each')
        const left = Number.parseInt(digits, 16)
        if (bodyBytes + left > bodyBytesMax) throw tooLong(bodyBytesMax)
        stage = left === 0 ? { kind: 'trailer' } : { kind: 'chunk', left }
        return bytes.subarray(text.length + 2)
      }
      case 'trailer': {
        const text = line(bytes, headBytesMax)
        if (text === null) return null
        trailerBytes += text.length + 2
        if (trailerBytes > headBytesMax) throw new Error(`expected trailers of at most ${headBytesMax} bytes`)
        if (text === '') stage = { kind: 'done' }
        return bytes.subarray(text.length + 2)
      }
      case 'to-the-end':
        if (bytes.length > 0) take(bytes)
        return null
      case 'done':
        return null
    }
  }

  const whole = (staysOpen: boolean): HttpAnswer => {
    if (head === null) throw new Error('expected an answer, found none')
    return { status: head.status, headers: head.headers, body: body.subarray(0, bodyBytes), staysOpen }
  }

  return {
    push(given) {
      let bytes = pending.length === 0 ? given : Buffer.concat([pending, given])
      pending = noBytes
      for (let next = step(bytes); next !== null; next = step(bytes)) bytes = next
      // Bytes that nobody asked for must not become the answer to the next request.
      if (stage.kind === 'done') return whole(head?.staysOpen === true && bytes.length === 0)
      if (stage.kind !== 'to-the-end') pending = Buffer.from(bytes)
      return null
    },
    end() {
      if (stage.kind === 'to-the-end') return whole(false)
      throw new Error(
        head === null && pending.length === 0
          ? 'the connection was closed before an answer came'
          : 'the connection was closed in the middle of the answer',
      )
    },
  }
}

const tooLong = (bytesMax: number) => new Error(`answer is longer than ${bytesMax} bytes`)
const quote = (text: string) => JSON.stringify(text.slice(0, 60))

/** RFC 9112, sections 4 and 5. */
function parseHead(text: string): Head {
  const [statusLine = '', ...lines] = text.split('\r\n')
  const [, minor, digits] = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: .*)?$/.exec(statusLine) ?? []
  if (digits === undefined) throw new Error(`expected an HTTP/1.1 status line, found ${quote(statusLine)}`)
  const status = Number(digits)
  // Nobody asks for another protocol.
  if (status === 101) throw new Error('expected an answer, found HTTP 101, another protocol')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase()
    if (!token.test(name)) throw new Error(`expected a header, found ${quote(line)}`)
    const value = line.slice(colon + 1).trim()
    const before = headers.get(name)
    headers.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  const connection =
    headers
      .get('connection')
      ?.toLowerCase()
      .split(/[ \t]*,[ \t]*/) ?? []
  const staysOpen = minor === '1' ? !connection.includes('close') : connection.includes('keep-alive')
  return { status, headers, staysOpen }
}

/** RFC 9112, section 6.3. Two lengths that differ, and a length beside a transfer coding, are how answers are smuggled. */
function bodyStage({ status, headers }: Head, bodyBytesMax: number): Stage {
  if (status === 204 || status === 304) return { kind: 'done' }
  const coding = headers.get('transfer-encoding')
  const length = headers.get('content-length')
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked' || length !== undefined)
      throw new Error(
        `expected a body in chunks or of a known length, found transfer-encoding ${quote(coding)}${length === undefined ? '' : ' and a length'}`,
      )
    return { kind: 'chunk-size' }
  }
  if (length === undefined) return { kind: 'to-the-end' }
  if (!/^\d{1,15}$/.test(length)) throw new Error(`expected a content-length, found ${quote(length)}`)
  if (Number(length) > bodyBytesMax) throw tooLong(bodyBytesMax)
  return { kind: 'body', left: Number(length) }
}
