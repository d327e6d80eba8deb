import {
  createJsonRpcClient,
  type FinishedCall,
  failedOutcome,
  type JsonRpcClient,
} from '../../../node/json-rpc/client.ts'
import { dispatchRpc, dispatchValue } from '../../../node/json-rpc/dispatch.ts'
import { JsonRpcError, JsonRpcTransportError, rpcErrorCode } from '../../../node/json-rpc/errors.ts'
import type { HttpExchange } from '../../../node/json-rpc/http-exchange.ts'
import { redactUrl } from '../../../node/json-rpc/redact-url.ts'
import type { CarriedAnswer, Transport, TransportAnswer } from '../../../node/json-rpc/transport.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import type { CarriedCall } from '../../events/call-fact.ts'
import type { Traffic } from '../../events/traffic.ts'
import type { Carrier } from '../../faults/fault.ts'
import { createFaultStand, type FaultContext, type FaultStand } from '../../faults/fault-stand.ts'
import { judgeMessage, type Verdict } from '../../links/link-judge.ts'
import { type LinkMessage, readMessage, withoutCalls } from '../../links/link-message.ts'
import { changeResponse } from '../../links/link-responses.ts'
import type { Passage } from './passage.ts'
import type { Provider } from './provider.ts'
import { type Attempt, createTimeLimit, type TimeLimit } from './time-limit.ts'

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
  /**
   * Set: calls pass as they are while no fault stands, without text between the two, and this is told of them. The
   * consumer reads and checks every answer as it does with text.
   */
  readonly carries?: (call: CarriedCall) => void
}

type OnCall = (call: FinishedCall) => void

/** Brings a call across. */
export type Pass = <T>(passage: Passage<T>, signal: AbortSignal | undefined) => Promise<T>

/** A connection in a simulated world: what `harness/links` is over HTTP. */
export interface MemoryLink {
  readonly name: string
  readonly point: FaultStand
  /** A client whose calls take at most so long; its clock is the caller's. It is told of every finished call. */
  client(clock: Clock, timeoutMs: number, onCall?: OnCall): JsonRpcClient
  /** A client, and a way for calls that are no text, which is null on a link that carries text; both with one time limit. */
  connect(
    clock: Clock,
    timeoutMs: number,
    onCall?: OnCall,
  ): { readonly rpc: JsonRpcClient; readonly pass: Pass | null }
  /** Makes requests of a REST API; its clock is the caller's. */
  exchange(clock: Clock): HttpExchange
}

/** A call that is no text as long as no fault stands on its link. */
interface Crossing<T> {
  /** As JSON-RPC, as much as is told of it. */
  readonly message: unknown
  serve(provider: Provider): Promise<T>
  /** As JSON-RPC, as much as is told of it. */
  answer(given: T): unknown
  /** The rest of its way as text. */
  asText(send: (body: string) => Promise<TransportAnswer>): Promise<T>
}

/** What is asked over it as text: of JSON-RPC by its body, of a REST API by its path. */
interface Asked {
  readonly path: string
  readonly body: string
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown }

/** What a call comes to, as JSON-RPC knows it: a result, or an error with a code. */
async function outcomeOf<T>(work: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work }
  } catch (error) {
    if (error instanceof JsonRpcError) return { error }
    return {
      error: new JsonRpcError(rpcErrorCode.server, error instanceof Error ? error.message : String(error)),
    }
  }
}

const rpcOf = (body: string): Asked => ({ path: '/', body })
const urlOf = (name: string) => `memory://${name}`

/** As the client of JSON-RPC tells it. */
function unreachable(method: string, name: string, error: unknown): JsonRpcTransportError {
  const why = error instanceof Error ? error.message : String(error)
  return new JsonRpcTransportError(`${method} at ${redactUrl(urlOf(name))}: ${why}`, { cause: error })
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
    asked: Asked,
    message: LinkMessage,
    { answers }: Verdict,
    attempt: Attempt,
  ): Promise<TransportAnswer> {
    if (answers.size > 0 && answers.size === message.calls.length) return { status: 200, text: '' }
    const rest = () => withoutCalls(message, new Set(Array.from(answers.keys(), ({ id }) => id)))
    return answerOf(answers.size === 0 ? asked : { ...asked, body: rest().toString('utf8') }, attempt)
  }

  async function served<T>(attempt: Attempt, serve: (provider: Provider) => Promise<T>): Promise<T> {
    const provider = options.provider()
    if (provider === null) throw new Error(`connect ECONNREFUSED ${name}`)
    await provider.paused()
    attempt.throwIfOver()
    const answer = await serve(provider)
    // Whoever was killed meanwhile sends nothing; one that was paused sends it later.
    await provider.paused()
    if (options.provider() !== provider) throw new Error('read ECONNRESET')
    return answer
  }

  const answerOf = ({ path, body }: Asked, attempt: Attempt): Promise<TransportAnswer> =>
    served(attempt, async ({ dispatch, get }) =>
      get === undefined ? { status: 200, text: (await dispatchRpc(body, dispatch())) ?? '' } : get(path),
    )

  /** Whoever gives up meanwhile has been told so by the deadline, and what is under way arrives nowhere. */
  async function travel(attempt: Attempt): Promise<void> {
    const ms = latencyMs()
    if (ms > 0) await clock.sleep(ms)
    attempt.throwIfOver()
  }

  /** Reaches the provider, whose faults may refuse that. */
  async function reach(attempt: Attempt): Promise<void> {
    const connecting = { consumer, method: null, nowMs: clock.nowMs() }
    const refusing = point.decide(connecting, ({ effects }) => effects.request?.kind === 'refuse')
    if (refusing !== null) {
      refusing.strike()
      throw new Error(`connect ECONNREFUSED ${name}`)
    }
    await travel(attempt)
  }

  async function exchange(asked: Asked, attempt: Attempt): Promise<TransportAnswer> {
    await reach(attempt)
    return point.faults.length === 0 ? undisturbed(asked, attempt) : disturbed(asked, attempt)
  }

  async function undisturbed(asked: Asked, attempt: Attempt): Promise<TransportAnswer> {
    const answer = await answerOf(asked, attempt)
    await travel(attempt)
    return answer
  }

  async function disturbed(asked: Asked, attempt: Attempt): Promise<TransportAnswer> {
    const message = readMessage(asked.path, Buffer.from(asked.body))
    const verdict = judgeMessage(point, consumer, clock.nowMs(), message)
    const { transport } = verdict
    // In a batch, `reordered` strikes when it has reordered something.
    if (transport !== null && transport.effect.kind !== 'reordered') transport.fault.strike()
    switch (transport?.effect.kind) {
      case 'slow':
        await clock.sleep(
          transport.effect.ms + transport.fault.random() * transport.effect.jitterMs,
          attempt.signal,
        )
        break
      case 'drop':
        return never(attempt.signal)
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
    const { status, text } = await ask(asked, message, verdict, attempt)
    if (transport?.effect.kind === 'hang') return never(attempt.signal)
    const changed = changeResponse(verdict, message, { status, headers: {}, body: Buffer.from(text) })
    await travel(attempt)
    switch (transport?.effect.kind) {
      case 'garbage':
        return { status: 200, text: garbage }
      case 'truncated':
        throw new Error('aborted')
      case 'bandwidth':
        await clock.sleep((changed.body.byteLength * 1000) / transport.effect.bytesPerSecond, attempt.signal)
    }
    return { status: changed.status, text: changed.body.toString('utf8') }
  }

  /** Brings a call across that is no text while no fault stands, and tells of it as if it had been. */
  async function cross<T>(
    { message, serve, answer, asText }: Crossing<T>,
    attempt: Attempt,
    carries: (call: CarriedCall) => void,
  ): Promise<T> {
    const startedMs = clock.nowMs()
    const tell = (given: unknown) =>
      carries({ link: name, message, answer: given, durationMs: clock.nowMs() - startedMs })
    let given: { readonly value: T } | null = null
    try {
      await reach(attempt)
      if (point.faults.length === 0) {
        given = { value: await served(attempt, serve) }
        await travel(attempt)
      }
    } catch (error) {
      tell(undefined)
      throw error
    }
    if (given === null)
      return asText((body) => told(rpcOf(body), () => disturbed(rpcOf(body), attempt), startedMs))
    tell(answer(given.value))
    return given.value
  }

  const carrier =
    (limit: TimeLimit, carries: (call: CarriedCall) => void): NonNullable<Transport['carry']> =>
    async (message, bytesMax, signal) => {
      const crossing: Crossing<TransportAnswer | CarriedAnswer> = {
        message,
        serve: async ({ dispatch }) => ({ status: 200, json: await dispatchValue(message, dispatch()) }),
        answer: (given) => ('json' in given ? given.json : undefined),
        asText: (send) => send(JSON.stringify(message)),
      }
      const given = await limit.run(signal, (attempt) => cross(crossing, attempt, carries))
      if ('text' in given && given.text.length > bytesMax)
        throw new Error(`an answer of more than ${bytesMax} bytes`)
      return given
    }

  async function pass<T>(
    own: Clock,
    limit: TimeLimit,
    { method, params, work, result, over }: Passage<T>,
    signal: AbortSignal | undefined,
    carries: (call: CarriedCall) => void,
  ): Promise<T> {
    const crossing: Crossing<Outcome<T>> = {
      message: { method, params },
      serve: (provider) => outcomeOf(work(provider)),
      answer: (given) => ('error' in given ? { error: given.error } : { result: result(given.value) }),
      asText: async (send) => {
        const transport = { url: urlOf(name), send }
        const client = createJsonRpcClient({ transport, nowMs: () => own.nowMs() })
        // What it throws was made of an answer, or of its absence, as with a client.
        return over(client).then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        )
      },
    }
    const given = await limit
      .run(signal, (attempt) => cross(crossing, attempt, carries))
      .catch((error: unknown) => {
        signal?.throwIfAborted()
        throw unreachable(method, name, error)
      })
    if ('error' in given) throw given.error
    return given.value
  }

  async function told(
    { path, body }: Asked,
    work: () => Promise<TransportAnswer>,
    startedMs = clock.nowMs(),
  ): Promise<TransportAnswer> {
    const { tap } = options
    if (tap === undefined) return work()
    const tell = (status: number | null, text: string | null) =>
      tap({
        ...{ link: name, path, requestBody: Buffer.from(body), status },
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

  const { carries } = options
  const connect: MemoryLink['connect'] = (own, timeoutMs, onCall) => {
    const limit = createTimeLimit(own, timeoutMs)
    const rpc = createJsonRpcClient({
      nowMs: () => own.nowMs(),
      ...(onCall === undefined ? {} : { onCall }),
      transport: {
        url: urlOf(name),
        async send(body, bytesMax, signal) {
          const answer = await limit.run(signal, (attempt) =>
            told(rpcOf(body), () => exchange(rpcOf(body), attempt)),
          )
          if (answer.text.length > bytesMax) throw new Error(`an answer of more than ${bytesMax} bytes`)
          return answer
        },
        ...(carries === undefined ? {} : { carry: carrier(limit, carries) }),
      },
    })
    if (carries === undefined) return { rpc, pass: null }
    const viaValues: Pass = async (passage, signal) => {
      const startedMs = own.nowMs()
      const tell = (outcome: string) =>
        onCall?.({ method: passage.method, outcome, seconds: (own.nowMs() - startedMs) / 1000 })
      try {
        const value = await pass(own, limit, passage, signal, carries)
        tell('ok')
        return value
      } catch (error) {
        tell(failedOutcome(error))
        throw error
      }
    }
    return { rpc, pass: viaValues }
  }
  return {
    ...{ name, point, connect },
    client: (own, timeoutMs, onCall) => connect(own, timeoutMs, onCall).rpc,
    exchange:
      (own) =>
      async ({ path = '/', body = '', timeoutMs, bytesMax, signal }) => {
        const asked = { path, body }
        const answer = await createTimeLimit(own, timeoutMs).run(signal, (attempt) =>
          told(asked, () => exchange(asked, attempt)),
        )
        if (answer.text.length > bytesMax) throw new Error(`an answer of more than ${bytesMax} bytes`)
        return answer
      },
  }
}
