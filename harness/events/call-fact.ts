import { readAnswer } from '../../node/json-rpc/batch-answer.ts'
import type { Fact } from './event.ts'
import { sourceHeads } from './traffic.ts'
import type { TrafficRole } from './traffic-role.ts'

/** A request that was never text, with what became of it, as the consumer saw it. */
export interface CarriedCall {
  readonly link: string
  /** A JSON-RPC call, or a list of them. */
  readonly message: unknown
  /** Its answer, or the list of them; undefined when the consumer got none. */
  readonly answer: unknown
  readonly durationMs: number
}

type EngineFact = Extract<Fact, { kind: 'engine' }>
type Fields = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null
const textIn = (value: unknown, field: string): string | undefined => {
  const found = isObject(value) ? value[field] : undefined
  return typeof found === 'string' ? found : undefined
}

/** The event that `trafficFact` makes of the same exchange as text. */
export function callFact(role: TrafficRole, { link, message, answer, durationMs }: CarriedCall): Fact {
  const calls = Array.isArray(message) ? message : [message]
  const methods = calls.map((call) => textIn(call, 'method') ?? '')
  const ended = { outcome: outcomeOf(answer), durationMs: Math.max(0, Math.round(durationMs)) }
  const [method] = methods
  if (method !== undefined && methods.length === 1) {
    const { params } = calls[0] as { readonly params?: unknown }
    const given = Array.isArray(params) ? params : []
    const result = isObject(answer) ? answer['result'] : undefined
    if (role.kind === 'engine' && method.startsWith('engine_'))
      return { kind: 'engine', link, method, ...engineDetails(method, given, result), ...ended }
    if (role.kind === 'source' && method === 'optimism_syncStatus')
      return {
        ...{ kind: 'source', follower: role.follower, source: role.source, ...ended },
        ...(ended.outcome === 'ok' ? sourceHeads(result) : {}),
      }
  }
  return {
    ...{ kind: 'rpc', link },
    methods: [...new Set(methods)],
    ...(methods.length > 1 ? { calls: methods.length } : {}),
    ...ended,
  }
}

function outcomeOf(answer: unknown): string {
  if (answer === undefined) return 'unreachable'
  if (Array.isArray(answer)) return 'ok'
  const read = readAnswer(answer)
  return read !== null && 'error' in read ? `rpc_${read.error.code}` : 'ok'
}

function engineDetails(method: string, params: readonly unknown[], result: unknown): Partial<EngineFact> {
  const [first, attributes] = params
  if (method.startsWith('engine_forkchoiceUpdated')) {
    const [unsafe, safe, finalized] = ['headBlockHash', 'safeBlockHash', 'finalizedBlockHash'].map((field) =>
      textIn(first, field),
    )
    const heads =
      unsafe === undefined || safe === undefined || finalized === undefined
        ? {}
        : { heads: { unsafe, safe, finalized } }
    const status = isObject(result) ? textIn(result['payloadStatus'], 'status') : undefined
    return { ...heads, attributes: isObject(attributes), ...(status === undefined ? {} : { status }) }
  }
  if (method.startsWith('engine_newPayload')) {
    const status = textIn(result, 'status')
    return { ...payloadBlock(first), ...(status === undefined ? {} : { status }) }
  }
  if (!method.startsWith('engine_getPayloadV')) return {}
  return payloadBlock(isObject(result) ? (result['executionPayload'] ?? result) : undefined)
}

function payloadBlock(payload: unknown): Partial<EngineFact> {
  const [number, hash, parent] = ['blockNumber', 'blockHash', 'parentHash'].map((field) =>
    textIn(payload, field),
  )
  const value = number === undefined ? Number.NaN : Number(number)
  if (hash === undefined || !Number.isSafeInteger(value)) return {}
  return { block: { number: value, hash, ...(parent === undefined ? {} : { parent }) } }
}
