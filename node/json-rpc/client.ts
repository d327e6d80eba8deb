import { answerBytesMax, batchBytesMax } from './answer-limits.ts'
import { BatchRefusedError, matchAnswers, readAnswer } from './batch-answer.ts'
import { JsonRpcError, JsonRpcTransportError } from './errors.ts'
import { parseAnswerJson } from './json.ts'
import { rateLimitOf } from './rate-limit.ts'
import { redactUrl } from './redact-url.ts'
import type { CarriedAnswer, Transport, TransportAnswer } from './transport.ts'

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

export interface RpcCall {
  readonly method: string
  readonly params: readonly unknown[]
}

/** What became of one call among several; the reason is a JsonRpcError or a JsonRpcTransportError. */
export type RpcOutcome = PromiseSettledResult<unknown>

export interface JsonRpcClient {
  readonly url: string
  /** @throws JsonRpcError or JsonRpcTransportError. */
  request(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<unknown>
  /**
   * Makes several calls in one message, or one by one of a server that takes no batches: found out once. How many are
   * too many for one message is for the caller to know; all of them may be under way at once.
   * @returns the outcomes in the order of the calls.
   * @throws the signal's reason, and nothing else.
   */
  requestAll(calls: readonly RpcCall[], signal?: AbortSignal): Promise<readonly RpcOutcome[]>
}

/** A JSON-RPC 2.0 client, whatever carries its calls. It never retries: the caller decides. */
export function createJsonRpcClient({ transport, onCall, nowMs }: JsonRpcClientOptions): JsonRpcClient {
  const now = nowMs ?? (() => 0)
  let nextId = 1
  let takesBatches = true

  /** @returns the answer as JSON; undefined when it is none. @throws JsonRpcTransportError when there is no answer. */
  async function send(message: unknown, what: string, bytesMax: number, signal?: AbortSignal) {
    let received: TransportAnswer | CarriedAnswer
    try {
      received = await (transport.carry?.(message, bytesMax, signal) ??
        transport.send(JSON.stringify(message), bytesMax, signal))
    } catch (error) {
      signal?.throwIfAborted()
      const why = error instanceof Error ? error.message : String(error)
      throw new JsonRpcTransportError(`${what} at ${redactUrl(transport.url)}: ${why}`, { cause: error })
    }
    const { status } = received
    const retryAfterMs = 'json' in received ? undefined : received.retryAfterMs
    const unusable = (expected: string) =>
      new JsonRpcTransportError(
        `${what} at ${redactUrl(transport.url)}: expected ${expected}, got HTTP ${status} ${JSON.stringify(textOf(received).slice(0, 120))}`,
        { status, retryAfterMs },
      )
    // Whatever a server writes into the body of a 429, it says the same: later.
    const json =
      'json' in received ? received.json : status === 429 ? undefined : parseAnswerJson(received.text)
    return { json, status, unusable }
  }

  async function call({ method, params }: RpcCall, signal?: AbortSignal): Promise<unknown> {
    const message = { jsonrpc: '2.0', id: nextId++, method, params }
    const { json, unusable } = await send(message, method, answerBytesMax(method, params), signal)
    const answer = readAnswer(json)
    if (answer === null) throw unusable('a JSON-RPC answer')
    if ('error' in answer) throw answer.error
    return answer.result
  }

  /** @throws BatchRefusedError; what befell all of the calls. */
  async function batch(calls: readonly RpcCall[], signal?: AbortSignal): Promise<readonly RpcOutcome[]> {
    const messages = calls.map(({ method, params }) => ({ jsonrpc: '2.0', id: nextId++, method, params }))
    const what = `${calls[0]?.method} and ${calls.length - 1} more calls`
    const { json, status, unusable } = await send(messages, what, batchBytesMax(calls), signal)
    if (Array.isArray(json) && json.length <= calls.length)
      return matchAnswers(
        json,
        messages.map(({ id }) => id),
        (why) => unusable(`an answer to each call (${why})`),
      )
    const answer = readAnswer(json)
    const error =
      answer !== null && 'error' in answer
        ? answer.error
        : unusable(`an array of at most ${calls.length} JSON-RPC answers`)
    const isRefusal = answer !== null || (status >= 400 && status < 500)
    throw isRefusal && rateLimitOf(error) === null ? new BatchRefusedError(error.message) : error
  }

  async function request(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    const startMs = now()
    const finished = (outcome: string) => onCall?.({ method, outcome, seconds: (now() - startMs) / 1000 })
    try {
      const result = await call({ method, params }, signal)
      finished('ok')
      return result
    } catch (error) {
      finished(failedOutcome(error))
      throw error
    }
  }

  async function requestAll(calls: readonly RpcCall[], signal?: AbortSignal): Promise<readonly RpcOutcome[]> {
    if (!takesBatches || calls.length < 2) return requestEach(request, calls, signal)
    const startMs = now()
    let outcomes: readonly RpcOutcome[]
    try {
      outcomes = await batch(calls, signal)
    } catch (reason) {
      signal?.throwIfAborted()
      if (reason instanceof BatchRefusedError) {
        const alone = await requestEach(request, calls, signal)
        // Believed when it does better with the same calls alone: a server may also refuse whatever is asked.
        takesBatches = !alone.some(({ status }) => status === 'fulfilled')
        return alone
      }
      outcomes = calls.map(() => ({ status: 'rejected', reason }))
    }
    const seconds = (now() - startMs) / 1000
    for (const [index, one] of outcomes.entries()) {
      const outcome = one.status === 'fulfilled' ? 'ok' : failedOutcome(one.reason)
      onCall?.({ method: calls[index]!.method, outcome, seconds })
    }
    return outcomes
  }

  return { url: transport.url, request, requestAll }
}

const textOf = (answer: TransportAnswer | CarriedAnswer) =>
  'json' in answer ? (JSON.stringify(answer.json) ?? '') : answer.text

/** The calls at once, each in a message of its own. @throws the signal's reason. */
export async function requestEach(
  request: JsonRpcClient['request'],
  calls: readonly RpcCall[],
  signal?: AbortSignal,
): Promise<readonly RpcOutcome[]> {
  const outcomes = await Promise.allSettled(
    calls.map(({ method, params }) => request(method, params, signal)),
  )
  signal?.throwIfAborted()
  return outcomes
}

/** The codes that JSON-RPC, the Engine API and execution clients use; a server must not make endless label values. */
const isKnownCode = (code: number) => code === 3 || (code >= -38_999 && code <= -32_000)

/** What became of a call that failed, in one word. */
export function failedOutcome(error: unknown): string {
  if (error instanceof JsonRpcError) return isKnownCode(error.code) ? `rpc_${error.code}` : 'rpc_other'
  const status = error instanceof JsonRpcTransportError ? error.status : undefined
  return status === undefined || status < 400 ? 'unreachable' : `http_${status}`
}
