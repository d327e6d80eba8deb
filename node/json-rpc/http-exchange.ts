import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { TransportAnswer } from './transport.ts'

export interface HttpExchange {
  /** May hold a user name and a password, which become basic authentication. */
  readonly url: string
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
 *
 * On Node's own client, whose agent keeps connections open: a node makes four calls for each block, and `fetch` with its
 * streams and signals took most of the processor time that deriving took.
 * @throws Error whose message says why there is no answer, without the URL; the signal's reason when that aborted.
 */
export async function exchange(options: HttpExchange): Promise<TransportAnswer> {
  const { body, timeoutMs, signal } = options
  signal?.throwIfAborted()
  const url = new URL(options.url)
  const isSecure = url.protocol === 'https:'
  const request = (isSecure ? httpsRequest : httpRequest)(url, {
    method: options.method,
    headers: {
      ...options.headers,
      ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
      // What comes from far away is worth unpacking.
      ...(isSecure && { 'accept-encoding': 'gzip' }),
    },
  })
  return await new Promise<TransportAnswer>((resolve, reject) => {
    const settled = () => {
      clearTimeout(deadline)
      signal?.removeEventListener('abort', onAbort)
    }
    const fail = (why: unknown) => {
      settled()
      reject(why)
      request.destroy()
    }
    const onAbort = () => fail(signal?.reason)
    const deadline = setTimeout(() => fail(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    signal?.addEventListener('abort', onAbort, { once: true })
    const onError = (error: Error) => fail(new Error(describe(error), { cause: error }))
    request.on('error', onError)
    request.on('response', (response) => {
      const { statusCode = 0 } = response
      // Followed, it would hand the body, and what answers it, to a host that nobody named.
      if (statusCode >= 300 && statusCode < 400)
        return fail(new Error(`HTTP ${statusCode}, a redirect, which is not followed`))
      const unpacked = unpack(response)
      response.on('error', onError)
      unpacked.on('error', onError)
      readLimited(unpacked, options.bytesMax, fail, (text) => {
        settled()
        const retryAfterMs = retryAfter(response)
        resolve({ status: response.statusCode ?? 0, text, ...(retryAfterMs !== null && { retryAfterMs }) })
      })
    })
    request.end(body)
  })
}

function unpack(response: IncomingMessage): Readable {
  return response.headers['content-encoding'] === 'gzip' ? response.pipe(createGunzip()) : response
}

function readLimited(
  stream: Readable,
  bytesMax: number,
  fail: (why: Error) => void,
  done: (text: string) => void,
): void {
  const chunks: Buffer[] = []
  let bytes = 0
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > bytesMax) fail(new Error(`answer is longer than ${bytesMax} bytes`))
    else chunks.push(chunk)
  })
  stream.on('end', () => done(Buffer.concat(chunks, bytes).toString('utf8')))
}

function retryAfter({ headers }: IncomingMessage): number | null {
  const seconds = /^\s*(\d{1,6})\s*$/.exec(headers['retry-after'] ?? '')?.[1]
  return seconds === undefined ? null : Number(seconds) * 1000
}

/** A name with several addresses fails by several errors, and by none of their messages. */
function describe(error: Error): string {
  const one: unknown = error instanceof AggregateError ? error.errors[0] : error
  return one instanceof Error ? one.message || one.name : String(one)
}
