import type { Turn } from '../concurrency/turns.ts'
import { JsonRpcError, rpcErrorCode } from './errors.ts'
import { jsonDepthMax, parseJson } from './json.ts'

/** What a method may know of the message that its call came in. */
export interface RpcCallContext {
  /** Aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignal
}

export type RpcHandler = (params: readonly unknown[], context?: RpcCallContext) => unknown

/** How the calls in one message are found, limited and reported. */
export interface RpcDispatchOptions {
  /** By full method name, for example `optimism_syncStatus`. A handler may throw JsonRpcError to choose the code. */
  readonly methods: { get(method: string): RpcHandler | undefined }
  /** More calls in one batch are refused. Default 1000, as in geth. */
  readonly batchMax?: number
  /** A longer answer, counted in characters over a whole batch, becomes an error. Default: `responseLengthMaxDefault`. */
  readonly responseLengthMax?: number
  /** Told how many characters each answer adds to what the message gets. */
  readonly onAnswer?: (length: number) => void
  /** Called for every finished call, for metrics and logs. */
  readonly onCall?: (call: {
    readonly method: string
    readonly outcome: 'ok' | 'error'
    readonly code?: number
    /** Absent when no method ran, or without a clock. */
    readonly seconds?: number
  }) => void
  /** A clock in milliseconds, for `onCall` and `batchMsMax`. */
  readonly nowMs?: () => number
  /** Aborts when nobody waits for the answer any more: no further call of a batch begins then. */
  readonly signal?: AbortSignal
  /** Awaited before each call, so that neither one message nor many together keep everything else from its turn. */
  readonly turn?: Turn
  /** Calls of a batch that would begin later are refused. Default 30 000, as long as geth takes for a message. */
  readonly batchMsMax?: number
}

/**
 * In one message. The longest that anybody sends are a payload, which has an item for each transaction, of which 200 000
 * need 4 billion gas, and a batch of proofs with a thousand slots each.
 */
const valuesMax = 200_000

/** Characters of the answers to one message: as geth's `--rpc.batch-response-max-size`. */
export const responseLengthMaxDefault = 25_000_000

/** Characters that are sent at once; a longer answer is a piece of its own. */
const pieceLength = 64 * 1024

/** Characters; they come back in the answer. */
const idLengthMax = 1_024
const methodLengthMax = 256

/** Any scalar, as geth and op-node take it. */
type Id = string | number | boolean | null

interface Call {
  /** Undefined in a notification. */
  readonly id: Id | undefined
  readonly method: string
  readonly params: unknown
}

/** How answers are written: as text for a wire, or as they are for a caller in the same process. */
interface AnswerForm<T> {
  /** @throws JsonRpcError when the result cannot be written so. */
  success(id: Id, result: unknown): T
  failure(id: Id, code: number, message: string, data?: unknown): T
}

/**
 * Answers one message, whatever carries it: a call or a batch as JSON text. Gives JSON text, or `null` when there is
 * nothing to answer (notifications, which get no answer even when they fail). Never throws.
 *
 * Source: the JSON-RPC 2.0 specification; where it leaves a choice, geth's package `rpc`, which op-node uses too.
 */
export async function dispatchRpc(text: string, options: RpcDispatchOptions): Promise<string | null> {
  const pieces = await dispatchRpcPieces(text, options)
  return pieces.length === 0 ? null : pieces.join('')
}

/**
 * As {@link dispatchRpc}, in pieces, for a server that gives them to its client one by one: to join the answers of a batch
 * that has megabytes of them stalls a process, and doubles what they take. None when there is nothing to answer.
 */
export async function dispatchRpcPieces(
  text: string,
  options: RpcDispatchOptions,
): Promise<readonly string[]> {
  const value = parseJson(text, valuesMax)
  if (value === undefined) {
    options.onCall?.({ method: '(unparsable)', outcome: 'error', code: rpcErrorCode.parse })
    return [
      textFailure(
        null,
        rpcErrorCode.parse,
        `parse error: the body is not JSON, is nested deeper than ${jsonDepthMax}, or has more than ${valuesMax} values`,
      ),
    ]
  }
  const form = textForm(options.responseLengthMax ?? responseLengthMaxDefault, options.onAnswer)
  const answer = await dispatchAs(form, value, options)
  if (answer === null) return []
  return Array.isArray(answer) ? batchPieces(answer) : [answer]
}

/** A list of answers, the short ones joined. */
function batchPieces(answers: readonly string[]): readonly string[] {
  const pieces: string[] = []
  let piece = '['
  for (const [index, answer] of answers.entries()) {
    if (index > 0) piece += ','
    if (piece.length + answer.length > pieceLength) {
      pieces.push(piece)
      piece = ''
    }
    piece += answer
  }
  return [...pieces, `${piece}]`]
}

/**
 * As {@link dispatchRpc}, of a message that was never text: for a caller in the same process, which must change nothing in
 * what it gets.
 */
export function dispatchValue(value: unknown, options: RpcDispatchOptions): Promise<unknown> {
  return dispatchAs(valueForm, value, options)
}

async function dispatchAs<T>(
  form: AnswerForm<T>,
  value: unknown,
  options: RpcDispatchOptions,
): Promise<T | T[] | null> {
  const batchMax = options.batchMax ?? 1000
  if (!Array.isArray(value)) return call(form, value, options)
  if (value.length === 0) return form.failure(null, rpcErrorCode.invalidRequest, 'empty batch')
  if (value.length > batchMax) {
    // As geth does it: one error for all, under the id of the first call.
    const id = firstReadableId(value.slice(0, batchMax))
    const message = `batch too large: expected at most ${batchMax} calls, got ${value.length}`
    return [form.failure(id, rpcErrorCode.invalidRequest, message)]
  }
  const answers: T[] = []
  const beganMs = options.nowMs?.() ?? 0
  const batchMsMax = options.batchMsMax ?? 30_000
  for (const item of value) {
    if (options.signal?.aborted === true) break
    const isLate = (options.nowMs?.() ?? 0) - beganMs > batchMsMax
    const answer = isLate ? late(form, item, options) : await call(form, item, options)
    if (answer === null) continue
    answers.push(answer)
  }
  return answers.length === 0 ? null : answers
}

async function call<T>(form: AnswerForm<T>, value: unknown, options: RpcDispatchOptions): Promise<T | null> {
  const { onCall, turn } = options
  if (turn !== undefined) await turn()
  const read = readCall(value)
  if (read === null) {
    onCall?.({ method: '(invalid)', outcome: 'error', code: rpcErrorCode.invalidRequest })
    return form.failure(readableId(value), rpcErrorCode.invalidRequest, 'invalid request')
  }
  const { id, method, params } = read
  const answerError = (code: number, message: string, data?: unknown) =>
    id === undefined ? null : form.failure(id, code, message, data)
  const handler = options.methods.get(method)
  if (handler === undefined) {
    onCall?.({ method: '(unknown)', outcome: 'error', code: rpcErrorCode.methodNotFound })
    return answerError(rpcErrorCode.methodNotFound, `the method ${method} does not exist/is not available`)
  }
  if (!Array.isArray(params)) {
    onCall?.({ method, outcome: 'error', code: rpcErrorCode.invalidParams })
    return answerError(rpcErrorCode.invalidParams, 'non-array args: expected positional parameters')
  }
  const startMs = options.nowMs?.()
  const seconds = () =>
    startMs === undefined || options.nowMs === undefined
      ? {}
      : { seconds: (options.nowMs() - startMs) / 1000 }
  try {
    const { signal } = options
    const result = await handler(params, signal === undefined ? {} : { signal })
    // To write it takes as long as it took to make.
    if (turn !== undefined && isLongText(result)) await turn('behind')
    const answer = id === undefined ? null : form.success(id, result)
    onCall?.({ method, outcome: 'ok', ...seconds() })
    return answer
  } catch (error) {
    const code = error instanceof JsonRpcError ? error.code : rpcErrorCode.server
    onCall?.({ method, outcome: 'error', code, ...seconds() })
    const data = error instanceof JsonRpcError ? error.data : undefined
    return answerError(code, error instanceof Error ? error.message : String(error), data)
  }
}

/** Source: geth, which answers so what is left of a message when its time is over. */
function late<T>(form: AnswerForm<T>, item: unknown, { onCall }: RpcDispatchOptions): T {
  onCall?.({ method: '(late)', outcome: 'error', code: rpcErrorCode.timeout })
  return form.failure(readableId(item), rpcErrorCode.timeout, 'request timed out')
}

function firstReadableId(calls: readonly unknown[]): Id {
  for (const call of calls) {
    const id = readableId(call)
    if (id !== null) return id
  }
  return null
}

/** Null when it is no call. By hand, because whatever anybody asks of a node comes through here. */
function readCall(value: unknown): Call | null {
  if (!isObject(value)) return null
  const { jsonrpc, id, method, params } = value
  if (jsonrpc !== '2.0' || !(id === undefined || isId(id))) return null
  if (typeof method !== 'string' || method === '' || method.length > methodLengthMax) return null
  return { id, method, params: params ?? [] }
}

/** Of a request that may be anything else wrong. */
const readableId = (value: unknown): Id => (isObject(value) && isId(value['id']) ? value['id'] : null)

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function isId(value: unknown): value is Id {
  if (typeof value === 'string') return value.length <= idLengthMax
  return typeof value === 'number' ? Number.isFinite(value) : typeof value === 'boolean' || value === null
}

/** @param lengthMax characters of all answers to one message; a longer one becomes an error. */
function textForm(lengthMax: number, onAnswer: RpcDispatchOptions['onAnswer']): AnswerForm<string> {
  let left = lengthMax
  const counted = (answer: string) => {
    left -= answer.length
    onAnswer?.(answer.length)
    return answer
  }
  return {
    success(id, result) {
      const answer = textSuccess(id, result)
      if (answer.length > left)
        throw new JsonRpcError(rpcErrorCode.responseTooLarge, 'response too large: ask for less at a time')
      return counted(answer)
    },
    failure: (id, code, message, data) => counted(textFailure(id, code, message, data)),
  }
}

const valueForm: AnswerForm<unknown> = {
  success: (id, result) => ({ jsonrpc: '2.0', id, result: result ?? null }),
  failure: failureValue,
}

/** From this many characters on, `JSON.stringify`, which looks at each for what must be escaped, takes several times as long. */
const isLongText = (value: unknown): value is string => typeof value === 'string' && value.length >= 10_000

/** Hex, as the longest texts are: JSON has it as it is. */
const isPlain = (text: string) => /^\w*$/.test(text)

/** @throws JsonRpcError −32603 when the result has no JSON form. */
function textSuccess(id: Id, result: unknown): string {
  if (isLongText(result) && isPlain(result))
    return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":"${result}"}`
  try {
    return JSON.stringify({ jsonrpc: '2.0', id, result: result ?? null })
  } catch (error) {
    throw new JsonRpcError(rpcErrorCode.internal, `the answer has no JSON form: ${error}`)
  }
}

function textFailure(id: Id, code: number, message: string, data?: unknown): string {
  return JSON.stringify(failureValue(id, code, message, data))
}

function failureValue(id: Id, code: number, message: string, data?: unknown): unknown {
  return {
    jsonrpc: '2.0',
    id,
    error: data === undefined ? { code, message } : { code, message, data },
  }
}
