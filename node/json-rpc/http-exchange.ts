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
 * @throws Error whose message says why there is no answer, without the URL; the signal's reason when that aborted.
 */
export async function exchange(options: HttpExchange): Promise<TransportAnswer> {
  const { signal, timeoutMs, body } = options
  const target = withoutCredentials(options.url)
  const deadline = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(target.url, {
      method: options.method,
      headers: { ...target.headers, ...options.headers },
      ...(body === undefined ? {} : { body }),
      // A redirect would hand the body, and what answers it, to a host that nobody named.
      redirect: 'error',
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    })
    const text = await readLimited(response, options.bytesMax)
    const seconds = /^\s*(\d{1,6})\s*$/.exec(response.headers.get('retry-after') ?? '')?.[1]
    return { status: response.status, text, ...(seconds && { retryAfterMs: Number(seconds) * 1000 }) }
  } catch (error) {
    signal?.throwIfAborted()
    const why = deadline.aborted ? `no answer within ${timeoutMs} ms` : describeFetchError(error)
    throw new Error(why, { cause: error })
  }
}

/** fetch refuses a URL with a user name; what it means is basic authentication. */
function withoutCredentials(text: string): {
  readonly url: string
  readonly headers: Record<string, string>
} {
  if (!URL.canParse(text)) return { url: text, headers: {} }
  const url = new URL(text)
  if (url.username === '' && url.password === '') return { url: text, headers: {} }
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = ''
  url.password = ''
  return { url: url.href, headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } }
}

async function readLimited(response: Response, bytesMax: number): Promise<string> {
  const decoder = new TextDecoder()
  let bytes = 0
  let text = ''
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > bytesMax) throw new Error(`answer is longer than ${bytesMax} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

function describeFetchError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause
  return cause instanceof Error ? cause.message || cause.name : error.message
}
