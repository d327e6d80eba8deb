import { DeadlineError, withDeadline } from '../../../node/concurrency/deadline.ts'
import { createJsonRpcClient, type JsonRpcClient } from '../../../node/json-rpc/client.ts'
import { dispatchRpc, type RpcDispatchOptions } from '../../../node/json-rpc/dispatch.ts'
import type { TransportAnswer } from '../../../node/json-rpc/transport.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import type { Traffic } from '../../events/traffic.ts'
import type { Carrier } from '../../faults/fault.ts'
import { createFaultStand, type FaultContext, type FaultStand } from '../../faults/fault-stand.ts'
import { judgeMessage, type Verdict } from '../../links/link-judge.ts'
import { type LinkMessage, readMessage, withoutCalls } from '../../links/link-message.ts'
import { changeResponse } from '../../links/link-responses.ts'

/** Who answers at the other end of a link while it runs. */
export interface Provider {
  /** Found anew for each message. */
  readonly dispatch: () => RpcDispatchOptions
  /** Resolves at once unless it is paused. */
  readonly awake: () => Promise<void>
}

export interface MemoryLinkOptions extends FaultContext {
  /** `consumer→provider`. */
  readonly name: string
  /** Default: faults of requests. */
  readonly carriers?: readonly Carrier[]
  /** Null while nobody listens there. */
  readonly provider: () => Provider | null
  /** How long a message takes one way, asked for each. */
  readonly latencyMs: () => number
  readonly tap?: (traffic: Traffic) => void
}

/** A connection for JSON-RPC in a simulated world: what `harness/links` is over HTTP. */
export interface MemoryLink {
  readonly name: string
  readonly point: FaultStand
  /** A client whose calls take at most so long; its clock is the caller's. */
  client(clock: Clock, timeoutMs: number): JsonRpcClient
}

const garbage = '{"\ufffd<html>'
const never = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

export function createMemoryLink(options: MemoryLinkOptions): MemoryLink {
  const { name, clock, latencyMs } = options
  const consumer = name.split('→', 1)[0] as string
  const point = createFaultStand({ ...options, point: name, carriers: options.carriers ?? ['request'] })

  /** What the provider says to the calls that no fault answers. */
  async function ask(
    body: string,
    message: LinkMessage,
    { answers }: Verdict,
    signal: AbortSignal,
  ): Promise<string> {
    if (answers.size > 0 && answers.size === message.calls.length) return ''
    const asked =
      answers.size === 0
        ? body
        : withoutCalls(message, new Set(Array.from(answers.keys(), ({ id }) => id))).toString('utf8')
    return answerOf(asked, signal)
  }

  async function answerOf(asked: string, signal: AbortSignal): Promise<string> {
    const provider = options.provider()
    if (provider === null) throw new Error(`connect ECONNREFUSED ${name}`)
    await provider.awake()
    signal.throwIfAborted()
    const text = (await dispatchRpc(asked, provider.dispatch())) ?? ''
    // Whoever was killed meanwhile sends nothing; one that was paused sends it later.
    await provider.awake()
    if (options.provider() !== provider) throw new Error('read ECONNRESET')
    return text
  }

  async function travel(signal: AbortSignal): Promise<void> {
    const ms = latencyMs()
    if (ms > 0) await clock.sleep(ms, signal)
  }

  async function exchange(body: string, signal: AbortSignal): Promise<TransportAnswer> {
    const connecting = { consumer, method: null, nowMs: clock.nowMs() }
    const refusing = point.decide(connecting, ({ effects }) => effects.request?.kind === 'refuse')
    if (refusing !== null) {
      refusing.strike()
      throw new Error(`connect ECONNREFUSED ${name}`)
    }
    await travel(signal)
    if (point.faults.length === 0) {
      const text = await answerOf(body, signal)
      await travel(signal)
      return { status: 200, text }
    }
    const message = readMessage('/', Buffer.from(body))
    const verdict = judgeMessage(point, consumer, clock.nowMs(), message)
    const { transport } = verdict
    // In a batch, `reordered` strikes when it has reordered something.
    if (transport !== null && transport.effect.kind !== 'reordered') transport.fault.strike()
    switch (transport?.effect.kind) {
      case 'slow':
        await clock.sleep(transport.effect.ms + transport.fault.random() * transport.effect.jitterMs, signal)
        break
      case 'drop':
        return never(signal)
      case 'refuse':
      case 'reset':
        throw new Error('read ECONNRESET')
      case 'halfClose':
        throw new Error('socket hang up')
      case 'status':
        return {
          status: transport.effect.code,
          text: `status ${transport.effect.code} by a fault of the harness\n`,
        }
    }
    const given = await ask(body, message, verdict, signal)
    if (transport?.effect.kind === 'hang') return never(signal)
    const changed = changeResponse(verdict, message, { status: 200, headers: {}, body: Buffer.from(given) })
    await travel(signal)
    switch (transport?.effect.kind) {
      case 'garbage':
        return { status: 200, text: garbage }
      case 'truncated':
        throw new Error('aborted')
      case 'bandwidth':
        await clock.sleep((changed.body.byteLength * 1000) / transport.effect.bytesPerSecond, signal)
    }
    return { status: changed.status, text: changed.body.toString('utf8') }
  }

  async function told(body: string, work: () => Promise<TransportAnswer>): Promise<TransportAnswer> {
    const { tap } = options
    if (tap === undefined) return work()
    const startedMs = clock.nowMs()
    const tell = (status: number | null, text: string | null) =>
      tap({
        ...{ link: name, path: '/', requestBody: Buffer.from(body), status },
        responseBody: text === null ? null : Buffer.from(text),
        durationMs: clock.nowMs() - startedMs,
      })
    try {
      const answer = await work()
      tell(answer.status, answer.text)
      return answer
    } catch (error) {
      tell(null, null)
      throw error
    }
  }

  return {
    name,
    point,
    client: (own, timeoutMs) =>
      createJsonRpcClient({
        nowMs: () => own.nowMs(),
        transport: {
          url: `memory://${name}`,
          async send(body, bytesMax, signal = new AbortController().signal) {
            const answer = await withDeadline(name, timeoutMs, own, signal, (inner) =>
              told(body, () => exchange(body, inner)),
            ).catch((error: unknown) => {
              throw error instanceof DeadlineError ? new Error(`no answer within ${timeoutMs} ms`) : error
            })
            if (answer.text.length > bytesMax) throw new Error(`an answer of more than ${bytesMax} bytes`)
            return answer
          },
        },
      }),
  }
}
