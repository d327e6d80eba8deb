import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { localAccess, refuseWebRequest } from '../../node/json-rpc/web-access.ts'
import type { Traffic } from '../events/traffic.ts'
import type { Carrier, Fault } from '../faults/fault.ts'
import { createFaultStand, type FaultContext, type FaultStand } from '../faults/fault-stand.ts'
import { endToEndHeaders, forward, readAll } from './http-forward.ts'
import { judgeMessage, type Verdict } from './link-judge.ts'
import { type LinkMessage, readMessage, withoutCalls } from './link-message.ts'
import { breakRequest, changeResponse, type LinkResponse, sendResponse } from './link-responses.ts'
import { type ListenAt, listenAt, onLoopback } from './listen-at.ts'

/** A connection between a consumer and a provider that the harness owns. */
export interface Link {
  /** `consumer→provider`, for example `follower→reference`. */
  readonly name: string
  /** What the consumer is given. */
  readonly url: string
  /** Where the provider is. */
  readonly target: string
  /** The provider is elsewhere from now on: what is under way still goes to where it was. */
  retarget(target: string): void
  /** Where faults of its messages stand. */
  readonly point: FaultStand
  /** Calls back after each exchange, before the consumer has the answer; returns what ends it. */
  tap(observer: (traffic: Traffic) => void): () => void
  close(): Promise<void>
}

export interface StartLinkOptions extends FaultContext {
  readonly name: string
  readonly target: string
  /** What may stand on it. Default: faults of requests; those of L1 are carried out by L1 itself. */
  readonly carriers?: readonly Carrier[]
  /** Default: a free port of 127.0.0.1. */
  readonly at?: ListenAt
  /** Names by which consumers may call it beside addresses. Default: localhost. */
  readonly virtualHosts?: readonly string[]
}

const bodyBytesMax = 64 * 1024 * 1024
const connectionsMax = 256

const pass: Verdict = { transport: null, answers: new Map(), changes: new Map() }

/**
 * Starts a reverse proxy in front of a provider. Without faults and taps it streams responses; with them it looks at
 * whole messages. A provider that cannot be reached shows as a reset connection.
 */
export async function startLink(options: StartLinkOptions): Promise<Link> {
  const { name, clock, events, at = onLoopback } = options
  const access = { ...localAccess, virtualHosts: options.virtualHosts ?? localAccess.virtualHosts }
  const consumer = name.split('→', 1)[0] as string
  let target = new URL(options.target)
  let targetUrl = options.target
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax })
  const taps = new Set<(traffic: Traffic) => void>()
  const point = createFaultStand({
    ...options,
    point: name,
    carriers: options.carriers ?? ['request'],
    refuses: refusedHere,
    onInstall({ fault }) {
      // A connection that is kept alive was made before: the consumer has to make a new one.
      if (fault.effects.request?.kind === 'refuse') server.closeIdleConnections()
    },
  })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    // The provider sees another Host, so that a page that rebinds a name must be refused here.
    const refused = refuseWebRequest(request.headers, access)
    if (refused !== null) return void response.writeHead(403).end(`${refused}\n`)
    const received = await readAll(request, bodyBytesMax)
    if (received === null) return void response.writeHead(413).end(`longer than ${bodyBytesMax} bytes\n`)
    const ask = (body: Buffer) =>
      forward({
        agent,
        target,
        path: joinPath(target, request.url ?? '/'),
        method: request.method ?? 'GET',
        headers,
        body,
        signal: gone.signal,
      })
    const headers = endToEndHeaders(request.headers)
    if (point.faults.length === 0 && taps.size === 0) return stream(await ask(received), response)

    // The harness reads the answer, so the provider must not compress it.
    delete headers['accept-encoding']
    const tell = traffic(request, received, response)
    const ends = { request, response, clock, signal: gone.signal }
    if (point.faults.length === 0) {
      const given = await whole(await ask(received))
      if (given === null) return void response.destroy()
      tell(given)
      return sendResponse(pass, given, ends)
    }
    const message = readMessage(request.url ?? '/', received)
    const verdict = judgeMessage(point, consumer, clock.nowMs(), message)
    if (await breakRequest(verdict, ends)) return
    const given = await providerResponse(ask, received, message, verdict)
    if (given === null) return void response.destroy()
    if (verdict.transport?.effect.kind === 'hang') return
    const passed = changeResponse(verdict, message, given)
    tell(passed)
    await sendResponse(verdict, passed, ends)
  }

  /** Tells the taps once of each request: with its answer, or with none when the consumer's connection ends before. */
  function traffic(
    request: IncomingMessage,
    requestBody: Buffer,
    response: ServerResponse,
  ): (answer: LinkResponse) => void {
    const path = joinPath(target, request.url ?? '/')
    const startedMs = clock.nowMs()
    let told = false
    const tell = (status: number | null, responseBody: Buffer | null) => {
      if (told) return
      told = true
      const durationMs = clock.nowMs() - startedMs
      for (const tap of taps) tap({ link: name, path, requestBody, status, responseBody, durationMs })
    }
    response.on('close', () => tell(response.headersSent ? response.statusCode : null, null))
    return ({ status, body }) => tell(status, body)
  }

  /** What the provider says to the calls that no fault answers; null when it says too much. */
  async function providerResponse(
    ask: (body: Buffer) => Promise<IncomingMessage>,
    received: Buffer,
    message: LinkMessage,
    { answers }: Verdict,
  ): Promise<LinkResponse | null> {
    if (answers.size === message.calls.length)
      return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.alloc(0) }
    const body =
      answers.size === 0
        ? received
        : withoutCalls(message, new Set(Array.from(answers.keys(), ({ id }) => id)))
    return whole(await ask(body))
  }

  const server = createServer((request, response) => {
    // Whatever fails between the two, the consumer sees what it would see without the link: a broken connection.
    handle(request, response).catch(() => response.destroy())
  })
  server.on('connection', (socket) => {
    const occurrence = { consumer, method: null, nowMs: clock.nowMs() }
    const fault = point.decide(occurrence, ({ effects }) => effects.request?.kind === 'refuse')
    if (fault === null) return
    fault.strike()
    socket.resetAndDestroy()
  })
  server.maxConnections = connectionsMax
  // Consumers decide when an idle connection ends, as they would towards the provider itself.
  server.keepAliveTimeout = 60_000
  const url = `http://${at.host}:${await listenAt(server, at)}`
  const record = () => events.record({ kind: 'link', link: name, url, target: targetUrl })
  record()

  return {
    ...{ name, url, point },
    get target() {
      return targetUrl
    },
    retarget(to) {
      target = new URL(to)
      targetUrl = to
      record()
    },
    tap(observer) {
      taps.add(observer)
      return () => taps.delete(observer)
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      agent.destroy()
      await closed
    },
  }
}

function refusedHere({ effects, conditions }: Fault): string | null {
  const byCall = conditions.some((one) => 'to' in one)
  return effects.request?.kind === 'refuse' && byCall
    ? 'a connection is refused before anything is asked: leave out `to`, or use reset'
    : null
}

/** Null when it is too long. */
async function whole(answer: IncomingMessage): Promise<LinkResponse | null> {
  const body = await readAll(answer, bodyBytesMax)
  if (body === null) return null
  return { status: answer.statusCode ?? 502, headers: endToEndHeaders(answer.headers), body }
}

function stream(answer: IncomingMessage, response: ServerResponse): void {
  response.writeHead(answer.statusCode ?? 502, endToEndHeaders(answer.headers))
  answer.on('error', () => response.destroy())
  answer.pipe(response)
}

function joinPath(target: URL, path: string): string {
  return target.pathname === '/' ? path : `${target.pathname.replace(/\/$/, '')}${path === '/' ? '' : path}`
}
