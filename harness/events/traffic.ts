import { parseJson } from '../../node/json-rpc/json.ts'
import type { BlockId, L2BlockRef } from '../../node/protocol/refs.ts'
import { syncStatusFromJson } from '../../node/protocol/sync-status-json.ts'
import { headOf, methodsOf, rpcErrorCode, stringField, wholeBytesMax } from './body.ts'
import type { Fact } from './event.ts'
import type { TrafficRole } from './traffic-role.ts'

/** A request with what became of it, as the consumer saw it. */
export interface Traffic {
  readonly link: string
  /** Path and query of the request. */
  readonly path: string
  readonly requestBody: Buffer
  /** HTTP status; null when the consumer got no answer. */
  readonly status: number | null
  /** Null when there is none, or the consumer did not get all of it. */
  readonly responseBody: Buffer | null
  /** From the arrival of the request until its answer went out. */
  readonly durationMs: number
}

type EngineFact = Extract<Fact, { kind: 'engine' }>
type SourceFact = Extract<Fact, { kind: 'source' }>

/** An exchange as the event that it is. Bodies are in it only where they are wanted. */
export function trafficFact(role: TrafficRole, traffic: Traffic, keepsBodies = false): Fact {
  const { link, path, requestBody } = traffic
  const methods = methodsOf(requestBody)
  const ended = {
    outcome: outcomeOf(traffic),
    durationMs: Math.max(0, Math.round(traffic.durationMs)),
    ...(keepsBodies ? bodiesOf(traffic) : {}),
  }
  const [method] = methods
  if (method !== undefined && methods.length === 1) {
    if (role.kind === 'engine' && method.startsWith('engine_'))
      return { kind: 'engine', link, method, ...engineDetails(method, traffic), ...ended }
    if (role.kind === 'source' && method === 'optimism_syncStatus')
      return {
        ...{ kind: 'source', follower: role.follower, source: role.source, ...ended },
        ...(ended.outcome === 'ok' ? headsInAnswer(traffic) : {}),
      }
  }
  return {
    ...{ kind: 'rpc', link },
    methods: methods.length === 0 ? [path] : [...new Set(methods)],
    ...(methods.length > 1 ? { calls: methods.length } : {}),
    ...ended,
  }
}

function outcomeOf({ status, responseBody }: Traffic): string {
  const isSuccess = status !== null && status >= 200 && status < 300
  // An answer that was begun and not finished is none.
  if (status === null || (isSuccess && responseBody === null)) return 'unreachable'
  const code = responseBody === null ? undefined : rpcErrorCode(responseBody)
  if (code !== undefined) return `rpc_${code}`
  return isSuccess ? 'ok' : `http_${status}`
}

/** A forkchoice state holds nothing of an attributes object, and every client sends at least this one field. */
const attributesField = /"timestamp"\s*:/

function engineDetails(method: string, { requestBody, responseBody }: Traffic): Partial<EngineFact> {
  const request = headOf(requestBody)
  const response = responseBody === null ? '' : headOf(responseBody)
  const status = stringField(response, 'status')
  const ended = status === undefined ? {} : { status }
  if (method.startsWith('engine_forkchoiceUpdated')) {
    const [unsafe, safe, finalized] = ['headBlockHash', 'safeBlockHash', 'finalizedBlockHash'].map((field) =>
      stringField(request, field),
    )
    const heads =
      unsafe === undefined || safe === undefined || finalized === undefined
        ? {}
        : { heads: { unsafe, safe, finalized } }
    return { ...heads, attributes: attributesField.test(request), ...ended }
  }
  if (method.startsWith('engine_newPayload')) return { ...payloadBlock(request), ...ended }
  return method.startsWith('engine_getPayloadV') ? payloadBlock(response) : {}
}

function payloadBlock(head: string): Partial<EngineFact> {
  const number = stringField(head, 'blockNumber')
  const hash = stringField(head, 'blockHash')
  const parent = stringField(head, 'parentHash')
  const value = number === undefined ? Number.NaN : Number(number)
  if (hash === undefined || !Number.isSafeInteger(value)) return {}
  return { block: { number: value, hash, ...(parent === undefined ? {} : { parent }) } }
}

function headsInAnswer({ responseBody }: Traffic): Pick<SourceFact, 'heads'> {
  if (responseBody === null || responseBody.byteLength > wholeBytesMax) return {}
  const json = parseJson(responseBody.toString('utf8'))
  return typeof json === 'object' && json !== null && 'result' in json ? sourceHeads(json.result) : {}
}

/** The heads in a status as JSON; none when the follower cannot read it either. */
export function sourceHeads(json: unknown): Pick<SourceFact, 'heads'> {
  try {
    const status = syncStatusFromJson(json)
    return {
      heads: {
        unsafe: head(status.unsafeL2),
        localSafe: head(status.localSafeL2),
        crossSafe: head(status.safeL2),
        finalized: head(status.finalizedL2),
        currentL1: block(status.currentL1),
      },
    }
  } catch {
    return {}
  }
}

const block = ({ number, hash }: BlockId) => ({ number: Number(number), hash })
const head = (ref: L2BlockRef) => ({ ...block(ref), origin: block(ref.l1Origin) })

function bodiesOf({ requestBody, responseBody }: Traffic): { request?: unknown; response?: unknown } {
  return {
    request: keptBody(requestBody),
    ...(responseBody === null ? {} : { response: keptBody(responseBody) }),
  }
}

/** JSON as it is, anything else and what is long as the beginning of its text. */
function keptBody(body: Buffer): unknown {
  if (body.byteLength > wholeBytesMax)
    return `${body.toString('utf8', 0, wholeBytesMax)}… (${body.byteLength} bytes)`
  const text = body.toString('utf8')
  return parseJson(text) ?? text
}
