import { constants as bufferConstants } from 'node:buffer'
import { gunzip } from 'node:zlib'
import { createSystemClock } from '../adapters/system/system-clock.ts'
import type { Clock } from '../ports/clock.ts'
import type { HttpAnswer } from './http-answer.ts'
import { type HttpConnection, openHttpConnection } from './http-connection.ts'
import type { TransportAnswer } from './transport.ts'

export interface HttpRequest {
  /** Path and query; default: those of the server's URL. */
  readonly path?: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly timeoutMs: number
  /** A longer answer is refused. */
  readonly bytesMax: number
  readonly signal?: AbortSignal | undefined
}

/**
 * One HTTP request with a deadline and a limit on the size of the answer. It never retries: the caller decides.
 * @throws Error whose message says why there is no answer, without the URL; the signal's reason when that aborted.
 */
export type HttpExchange = (request: HttpRequest) => Promise<TransportAnswer>

interface IdleConnection {
  readonly connection: HttpConnection
  readonly untilMs: number
}

/** Servers that do not say how long they keep a connection mostly do for a minute or two. */
const idleMsDefault = 20_000
/** Taken off what a server says: it may end the connection while the next request is on its way. */
const idleMarginMs = 1_000

/**
 * Makes requests of one server, on connections that are kept open. It is its own HTTP/1.1 client: a node makes three or
 * four calls for each block, and on Node's, with its streams, they took half of the processor time of deriving; `fetch`
 * took more still.
 * @param server may hold a user name and a password, which become basic authentication.
 * @param clock of the deadlines, and of how long a connection is kept; default: the machine's.
 */
export function createHttpExchange(server: string, clock: Clock = createSystemClock()): HttpExchange {
  const url = new URL(server)
  const user = url.username === '' && url.password === '' ? '' : `authorization: ${basicOf(url)}\r\n`
  // What comes from far away is worth unpacking.
  const packed = url.protocol === 'https:' ? 'accept-encoding: gzip\r\n' : ''
  const own = `host: ${url.host}\r\n${user}${packed}`
  /** The newest last, which is used first. */
  const idle: IdleConnection[] = []

  const takeConnection = (): HttpConnection => {
    for (let kept = idle.pop(); kept !== undefined; kept = idle.pop()) {
      if (kept.connection.isFree && kept.untilMs > clock.nowMs()) return kept.connection
      kept.connection.destroy()
    }
    const opened = openHttpConnection(url, () => {
      const at = idle.findIndex(({ connection }) => connection === opened)
      if (at >= 0) idle.splice(at, 1)
    })
    return opened
  }

  const keep = (connection: HttpConnection, { headers }: HttpAnswer) => {
    const told = /(?:^|[ ,])timeout=(\d{1,6})(?:[ ,]|$)/.exec(headers.get('keep-alive') ?? '')?.[1]
    const idleMs = told === undefined ? idleMsDefault : Number(told) * 1000 - idleMarginMs
    if (connection.isFree && idleMs > 0) idle.push({ connection, untilMs: clock.nowMs() + idleMs })
    else connection.destroy()
  }

  const ask = (request: HttpRequest) =>
    new Promise<HttpAnswer>((resolve, reject) => {
      const { timeoutMs, signal } = request
      const text = requestText(request.path ?? url.pathname + url.search, own, request)
      const connection = takeConnection()
      const over = new AbortController()
      const settled = () => {
        over.abort(answered)
        signal?.removeEventListener('abort', onAbort)
      }
      const fail = (why: unknown) => {
        settled()
        connection.destroy()
        reject(why)
      }
      const onAbort = () => fail(signal?.reason)
      clock.sleep(timeoutMs, over.signal).then(
        () => fail(new Error(`no answer within ${timeoutMs} ms`)),
        () => {},
      )
      signal?.addEventListener('abort', onAbort, { once: true })
      connection.send(text, request.bytesMax, {
        done(answer) {
          settled()
          keep(connection, answer)
          resolve(answer)
        },
        fail: (error) => fail(new Error(describe(error), { cause: error })),
      })
    })

  return async (request) => {
    request.signal?.throwIfAborted()
    const { status, headers, body } = await ask(request)
    // Followed, it would hand the body, and what answers it, to a host that nobody named.
    if (status >= 300 && status < 400) throw new Error(`HTTP ${status}, a redirect, which is not followed`)
    const isPacked = headers.get('content-encoding')?.toLowerCase() === 'gzip'
    const text = isPacked ? await unpack(body, request.bytesMax) : body.toString('utf8')
    const retryAfterMs = retryAfter(headers)
    return { status, text, ...(retryAfterMs !== null && { retryAfterMs }) }
  }
}

/** Why a deadline is no more; made once, because an error takes its stack along. */
const answered = new Error('answered')

const token = /^[!#$%&'*+.^_`|~\w-]+$/
const printable = /^[\t\x20-\x7e]*$/
const target = /^\/[\x21-\x7e]*$/

/** @throws Error when something in it could end its line. */
function requestText(path: string, own: string, { method, headers, body }: HttpRequest): string {
  if (!target.test(path)) throw new Error('expected a path of printable ASCII characters')
  let head = `${method} ${path} HTTP/1.1\r\n${own}`
  for (const [name, value] of Object.entries(headers)) {
    if (!token.test(name) || !printable.test(value))
      throw new Error(`expected a header of printable ASCII characters: ${JSON.stringify(name)}`)
    head += `${name}: ${value}\r\n`
  }
  if (body === undefined) return `${head}\r\n`
  return `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

function basicOf({ username, password }: URL): string {
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return `Basic ${Buffer.from(user).toString('base64')}`
}

function unpack(body: Buffer, bytesMax: number): Promise<string> {
  return new Promise((resolve, reject) => {
    gunzip(body, { maxOutputLength: Math.min(bytesMax, bufferConstants.MAX_LENGTH) }, (error, unpacked) => {
      if (error === null) resolve(unpacked.toString('utf8'))
      else if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
        reject(new Error(`answer is longer than ${bytesMax} bytes`))
      else reject(new Error(`the answer cannot be unpacked: ${error.message}`, { cause: error }))
    })
  })
}

function retryAfter(headers: ReadonlyMap<string, string>): number | null {
  const seconds = /^\s*(\d{1,6})\s*$/.exec(headers.get('retry-after') ?? '')?.[1]
  return seconds === undefined ? null : Number(seconds) * 1000
}

/** A name with several addresses fails by several errors, and by none of their messages. */
function describe(error: Error): string {
  const one: unknown = error instanceof AggregateError ? error.errors[0] : error
  return one instanceof Error ? one.message || one.name : String(one)
}
