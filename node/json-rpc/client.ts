import { z } from 'zod'
import { answerBytesMax } from './answer-limits.ts'
import { JsonRpcError, JsonRpcTransportError } from './errors.ts'
import { parseJson } from './json.ts'
import { redactUrl } from './redact-url.ts'
import type { Transport, TransportAnswer } from './transport.ts'

export interface JsonRpcClientOptions {
  readonly transport: Transport
  /** Called for every finished call, for metrics. */
  readonly onCall?: (call: FinishedCall) => void
  /** A clock in milliseconds for `FinishedCall.seconds`; without it, calls take no time. */
  readonly nowMs?: () => number
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

/** A JSON-RPC 2.0 client, whatever carries its calls. It never retries: the caller decides. */
export function createJsonRpcClient({ transport, onCall, nowMs }: JsonRpcClientOptions): JsonRpcClient {
  const now = nowMs ?? (() => 0)
  let nextId = 1

  async function call(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    let received: TransportAnswer
    try {
      received = await transport.send(
        JSON.stringify({ jsonrpc: '2.0', id: nextId++, method, params }),
        answerBytesMax(method, params),
        signal,
      )
    } catch (error) {
      signal?.throwIfAborted()
      const why = error instanceof Error ? error.message : String(error)
      throw new JsonRpcTransportError(`${method} at ${redactUrl(transport.url)}: ${why}`, { cause: error })
    }
    const { status, text, retryAfterMs } = received
    const answer = answerSchema.safeParse(parseJson(text))
    // Whatever a server writes into the body of a 429, it says the same: later.
    if (!answer.success || status === 429)
      throw new JsonRpcTransportError(
        `${method} at ${redactUrl(transport.url)}: expected a JSON-RPC answer, got HTTP ${status} ${JSON.stringify(text.slice(0, 120))}`,
        { status, retryAfterMs },
      )
    if ('error' in answer.data)
      throw new JsonRpcError(answer.data.error.code, answer.data.error.message, answer.data.error.data)
    return answer.data.result
  }

  return {
    url: transport.url,
    async request(method, params, signal) {
      const startMs = now()
      const finished = (outcome: string) => onCall?.({ method, outcome, seconds: (now() - startMs) / 1000 })
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
