import { z } from 'zod'
import { exchange, type HttpAnswer, parseJson, redactUrl } from './http-exchange.ts'

/** The other side answered with a JSON-RPC error object. */
export class JsonRpcError extends Error {
  override readonly name = 'JsonRpcError'
  readonly code: number
  readonly data: unknown
  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** The other side could not be asked, or its answer is not JSON-RPC. Temporary by nature. */
export class JsonRpcTransportError extends Error {
  override readonly name = 'JsonRpcTransportError'
  /** HTTP status of an answer that is not JSON-RPC; absent when there was no answer. */
  readonly status: number | undefined
  /** Milliseconds that the other side wants to be left alone (`Retry-After`); absent when it says nothing of it. */
  readonly retryAfterMs: number | undefined
  constructor(
    message: string,
    options?: ErrorOptions & {
      readonly status?: number | undefined
      readonly retryAfterMs?: number | undefined
    },
  ) {
    super(message, options)
    this.status = options?.status
    this.retryAfterMs = options?.retryAfterMs
  }
}

export interface JsonRpcClientOptions {
  readonly url: string
  /** One call takes at most this long. */
  readonly timeoutMs: number
  /** A longer answer is refused. Default 64 MiB. */
  readonly responseBytesMax?: number
  /** Extra headers, made for each request (a JWT is short-lived). */
  readonly headers?: () => Record<string, string>
  /** Called for every finished call, for metrics. */
  readonly onCall?: (call: FinishedCall) => void
}

export interface FinishedCall {
  readonly method: string
  /** `ok`, `rpc_<code>`, `http_<status>`, or `unreachable` when there was no answer that could be read. */
  readonly outcome: string
  readonly seconds: number
}

export interface JsonRpcClient {
  readonly url: string
  /** @throws JsonRpcError or JsonRpcTransportError. */
  request(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<unknown>
}

const answerSchema = z.union([
  z.object({ error: z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() }) }),
  z.object({ result: z.unknown() }),
])

/** JSON-RPC 2.0 over HTTP with a deadline and a limit on the size of the answer. It never retries: the caller decides. */
export function createJsonRpcClient(options: JsonRpcClientOptions): JsonRpcClient {
  const bytesMax = options.responseBytesMax ?? 64 * 1024 * 1024
  let nextId = 1

  async function call(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    let received: HttpAnswer
    try {
      received = await exchange({
        url: options.url,
        method: 'POST',
        headers: { 'content-type': 'application/json', ...options.headers?.() },
        body: JSON.stringify({ jsonrpc: '2.0', id: nextId++, method, params }),
        timeoutMs: options.timeoutMs,
        bytesMax,
        signal,
      })
    } catch (error) {
      signal?.throwIfAborted()
      const why = error instanceof Error ? error.message : String(error)
      throw new JsonRpcTransportError(`${method} at ${redactUrl(options.url)}: ${why}`, { cause: error })
    }
    const { status, text, retryAfterMs } = received
    const answer = answerSchema.safeParse(parseJson(text))
    // Whatever a server writes into the body of a 429, it says the same: later.
    if (!answer.success || status === 429)
      throw new JsonRpcTransportError(
        `${method} at ${redactUrl(options.url)}: expected a JSON-RPC answer, got HTTP ${status} ${JSON.stringify(text.slice(0, 120))}`,
        { status, retryAfterMs },
      )
    if ('error' in answer.data)
      throw new JsonRpcError(answer.data.error.code, answer.data.error.message, answer.data.error.data)
    return answer.data.result
  }

  return {
    url: options.url,
    async request(method, params, signal) {
      const startMs = performance.now()
      const finished = (outcome: string) =>
        options.onCall?.({ method, outcome, seconds: (performance.now() - startMs) / 1000 })
      try {
        const result = await call(method, params, signal)
        finished('ok')
        return result
      } catch (error) {
        finished(failedOutcome(error))
        throw error
      }
    },
  }
}

/** The codes that JSON-RPC, the Engine API and execution clients use; a server must not make endless label values. */
const isKnownCode = (code: number) => code === 3 || (code >= -38_999 && code <= -32_000)

function failedOutcome(error: unknown): string {
  if (error instanceof JsonRpcError) return isKnownCode(error.code) ? `rpc_${error.code}` : 'rpc_other'
  const status = error instanceof JsonRpcTransportError ? error.status : undefined
  return status === undefined || status < 400 ? 'unreachable' : `http_${status}`
}
