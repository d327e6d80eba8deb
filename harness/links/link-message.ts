import { parseJson } from '../../node/json-rpc/json.ts'
import type { CallAnswer, RequestCall } from '../faults/effects.ts'

/** A request on its way: its calls, and what it takes to answer them one by one. */
export interface LinkMessage {
  readonly json: unknown
  /** Several JSON-RPC calls in one message. */
  readonly batch: boolean
  /** In order; a message that is no JSON-RPC is one REST call, by its path. */
  readonly calls: readonly LinkCall[]
}

export interface LinkCall extends RequestCall {
  /** Of JSON-RPC; undefined for a REST call and for a notification. */
  readonly id: unknown
  readonly rpc: boolean
}

type JsonObject = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function readMessage(path: string, body: Buffer): LinkMessage {
  const json = body.length === 0 ? undefined : parseJson(body.toString('utf8'))
  const batch = Array.isArray(json)
  const found = [json].flat().filter(isObject)
  const calls = found.flatMap((call): LinkCall[] =>
    typeof call['method'] === 'string'
      ? [{ method: call['method'], params: listOf(call['params']), id: call['id'], rpc: true }]
      : [],
  )
  const rest: LinkCall = { method: path, params: [], id: undefined, rpc: false }
  return { json, batch, calls: calls.length === 0 ? [rest] : calls }
}

const listOf = (params: unknown): readonly unknown[] => (Array.isArray(params) ? params : [params])

/** The same batch without some of its calls, as bytes. */
export function withoutCalls(message: LinkMessage, left: ReadonlySet<unknown>): Buffer {
  const rest = (message.json as readonly unknown[]).filter((call) => !left.has((call as JsonObject)['id']))
  return Buffer.from(JSON.stringify(rest))
}

/** What the provider said to a call; the whole body for a REST call. Undefined when it said nothing that can be read. */
export function answerTo(call: LinkCall, json: unknown): CallAnswer | undefined {
  if (!call.rpc) return json === undefined ? undefined : { result: json }
  const found = [json].flat().find((one) => isObject(one) && (!Array.isArray(json) || one['id'] === call.id))
  if (!isObject(found)) return undefined
  if (isObject(found['error'])) return { error: found['error'] as { code: number; message: string } }
  return 'result' in found ? { result: found['result'] } : undefined
}

/** The response of a provider with other answers to some of its calls. */
export function withAnswers(
  message: LinkMessage,
  json: unknown,
  answers: ReadonlyMap<LinkCall, CallAnswer>,
): unknown {
  const envelope = (call: LinkCall, answer: CallAnswer) => ({
    jsonrpc: '2.0',
    id: call.id ?? null,
    ...answer,
  })
  if (!message.batch) {
    const [call] = message.calls
    const answer = call === undefined ? undefined : answers.get(call)
    if (call === undefined || answer === undefined) return json
    return call.rpc ? envelope(call, answer) : 'result' in answer ? answer.result : answer
  }
  const given = Array.isArray(json) ? json.filter(isObject) : []
  return message.calls.flatMap((call) => {
    const answer = answers.get(call)
    if (answer !== undefined) return [envelope(call, answer)]
    return given.find((one) => one['id'] === call.id) ?? []
  })
}
