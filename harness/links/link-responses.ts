import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseJson } from '../../node/json-rpc/json.ts'
import type { Clock } from '../../node/ports/clock.ts'
import type { CallAnswer } from '../faults/effects.ts'
import type { Verdict } from './link-judge.ts'
import { answerTo, type LinkCall, type LinkMessage, withAnswers } from './link-message.ts'

/** A whole response. */
export interface LinkResponse {
  readonly status: number
  readonly headers: Record<string, string | string[]>
  readonly body: Buffer
}

/** Ends a request before the provider sees it; false when the fault does nothing of that kind. */
export async function breakRequest(
  { transport }: Verdict,
  { request, response, clock, signal }: RequestEnds,
): Promise<boolean> {
  if (transport === null) return false
  const { fault, effect } = transport
  switch (effect.kind) {
    case 'slow':
      fault.strike()
      await clock.sleep(effect.ms + fault.random() * effect.jitterMs, signal)
      return false
    case 'hang':
    case 'bandwidth':
    case 'garbage':
    case 'truncated':
      fault.strike()
      return false
    case 'drop':
      fault.strike()
      return true
    case 'refuse':
    case 'reset':
      fault.strike()
      request.socket.resetAndDestroy()
      return true
    case 'halfClose':
      fault.strike()
      request.socket.end()
      return true
    case 'status':
      fault.strike()
      response
        .writeHead(effect.code, { 'content-type': 'text/plain', ...effect.headers })
        .end(`status ${effect.code} by a fault of the harness\n`)
      return true
    default:
      return false
  }
}

interface RequestEnds {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly clock: Clock
  /** Aborts when the consumer has gone. */
  readonly signal: AbortSignal
}

/** The response after the faults that change answers. */
export function changeResponse(verdict: Verdict, message: LinkMessage, given: LinkResponse): LinkResponse {
  const { answers, changes, transport } = verdict
  const reorders = transport?.effect.kind === 'reordered'
  if (answers.size === 0 && changes.size === 0 && !reorders) return given
  const json = parseJson(given.body.toString('utf8'))
  const other = new Map<LinkCall, CallAnswer>(answers)
  for (const [call, change] of changes) {
    const answer = answerTo(call, json)
    if (answer === undefined) continue
    const changed = change(answer)
    if (changed !== answer) other.set(call, changed)
  }
  if (other.size === 0 && !reorders) return given
  let body = withAnswers(message, json, other)
  if (reorders && Array.isArray(body) && body.length > 1) {
    transport?.fault.strike()
    body = body.toReversed()
  }
  // A REST call may have been told by its status that there is nothing; a changed answer is one.
  return { ...given, body: Buffer.from(JSON.stringify(body)) }
}

const garbage = Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x00, 0x3c, 0x68, 0x74, 0x6d, 0x6c, 0x3e])
/** How often a slow answer goes on. */
const pacePeriodMs = 50

/** Sends a response, as the faults of the whole message let it. */
export async function sendResponse(
  { transport }: Verdict,
  { status, headers, body }: LinkResponse,
  { request, response, clock, signal }: RequestEnds,
): Promise<void> {
  const length = { 'content-length': String(body.byteLength) }
  switch (transport?.effect.kind) {
    case 'garbage':
      response.writeHead(status, { ...headers, 'content-length': String(garbage.byteLength) }).end(garbage)
      return
    case 'truncated':
      response.writeHead(status, { ...headers, ...length })
      response.write(body.subarray(0, body.byteLength >> 1), () => request.socket.destroy())
      return
    case 'bandwidth': {
      response.writeHead(status, { ...headers, ...length })
      const step = Math.max(1, Math.floor((transport.effect.bytesPerSecond * pacePeriodMs) / 1000))
      const stepMs = (step * 1000) / transport.effect.bytesPerSecond
      for (let at = 0; at < body.byteLength; at += step) {
        await clock.sleep(stepMs, signal)
        response.write(body.subarray(at, at + step))
      }
      response.end()
      return
    }
    default:
      response.writeHead(status, { ...headers, ...length }).end(body)
  }
}
