import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { endWhenStalled, mayBeStill } from '../adapters/system/stalled-response.ts'
import { createSystemClock } from '../adapters/system/system-clock.ts'
import { systemEventLoop } from '../adapters/system/system-event-loop.ts'
import { createTurns } from '../concurrency/turns.ts'
import type { Clock } from '../ports/clock.ts'
import type { EventLoop } from '../ports/event-loop.ts'
import { dispatchRpcPieces, type RpcDispatchOptions, responseLengthMaxDefault } from './dispatch.ts'
import { HeldBytes } from './held-bytes.ts'
import { BodyError, RequestBodies } from './http-bodies.ts'
import { limitConnectionsPerAddress } from './http-connection-limit.ts'
import { closeServer, listen } from './http-listen.ts'
import { createReadPaces, endPaceOf, paceServerReads } from './http-paced-reads.ts'
import { Pipelines } from './http-pipeline.ts'
import { refuseUpgrade } from './http-upgrade.ts'
import {
  corsHeaders,
  isJsonType,
  localAccess,
  preflightHeaders,
  refuseWebRequest,
  type WebAccess,
} from './web-access.ts'

export interface JsonRpcServerOptions extends RpcDispatchOptions {
  readonly host: string
  /** 0 picks a free port. */
  readonly port: number
  /** Default: this machine's own names and no web page. The listen address is always a good Host. */
  readonly access?: WebAccess
  /** Other methods for requests to some paths, asked once for each request; undefined: `methods`. */
  readonly methodsAt?: (path: string) => RpcDispatchOptions['methods'] | undefined
  /** GET routes beside the RPC, by path. */
  readonly routes?: ReadonlyMap<
    string,
    () => { readonly status: number; readonly type: string; readonly body: string }
  >
  /** Refuses a request with 401 and this text when it returns one. */
  readonly authenticate?: (request: IncomingMessage) => string | null
  /** A longer request is refused with 413. Default 5 MiB. */
  readonly requestBytesMax?: number
  /** For all requests at one time that are not whole or not answered, beyond 64 KiB of each. Default 64 MiB. */
  readonly bodiesBytesMax?: number
  /**
   * Characters of all answers at one time that are not read, beyond 64 Ki of each: while half of it waits, long answers are
   * made one after the other, and who does not read loses the connection to the others. Default 32 Mi.
   */
  readonly answersLengthMax?: number
  /** What the reading of answers is timed by. Default: the machine's. */
  readonly clock?: Clock
  /** A connection ends whose client takes nothing of its answer for so long. Default 30 000. */
  readonly unreadMsMax?: number
  /** What calls are timed by and take turns of. Default: the machine's. How long a request may take is Node's to time. */
  readonly eventLoop?: EventLoop
  /** Takes over a connection that asks for another protocol (WebSocket). Without it, such a request is refused. */
  readonly onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
}

export interface JsonRpcServer {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** What clients may take of the server. A link of the harness has up to 256 connections from one address. */
const limits = {
  connectionsMax: 1_000,
  connectionsPerAddressMax: 256,
  headersMs: 5_000,
  requestMs: 30_000,
  checkEveryMs: 1_000,
}

/** Each answer may be so long, in characters, whatever the others are. */
const freeAnswerLength = 64 * 1024
/** Of a long answer, so many bytes are written at once. */
const writeBytes = 256 * 1024

/**
 * Starts a JSON-RPC 2.0 server over HTTP.
 * @throws the listen error (EADDRINUSE and others), unchanged.
 */
export async function startJsonRpcServer(options: JsonRpcServerOptions): Promise<JsonRpcServer> {
  const eventLoop = options.eventLoop ?? systemEventLoop
  const dispatch = { nowMs: eventLoop.nowMs, turn: createTurns(eventLoop), ...options }
  const requestBytesMax = options.requestBytesMax ?? 5 * 1024 * 1024
  const bodies = new RequestBodies({
    requestBytesMax,
    totalBytesMax: Math.max(options.bodiesBytesMax ?? 64 * 1024 * 1024, requestBytesMax),
  })
  const answers = new HeldBytes({
    clock: options.clock ?? createSystemClock(),
    totalMax: Math.max(
      options.answersLengthMax ?? 32 * 1024 * 1024,
      options.responseLengthMax ?? responseLengthMaxDefault,
    ),
    freeBytes: freeAnswerLength,
  })
  const unreadMsMax = options.unreadMsMax ?? 30_000
  const given = options.access ?? localAccess
  const access = { ...given, virtualHosts: [...given.virtualHosts, options.host.toLowerCase()] }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refused = refuseWebRequest(request.headers, access)
    if (refused !== null) return send(response, 403, 'text/plain', `${refused}\n`)
    for (const [name, value] of Object.entries(corsHeaders(request.headers, access)))
      response.setHeader(name, value)
    if (request.method === 'GET') return get(request.url ?? '/', response)
    if (request.method === 'OPTIONS' && request.headers.origin !== undefined)
      return void response.writeHead(204, preflightHeaders).end()
    if (request.method !== 'POST') return send(response, 405, 'text/plain', 'expected POST\n')
    const unknown = options.authenticate?.(request) ?? null
    if (unknown !== null) return send(response, 401, 'text/plain', `${unknown}\n`)
    if (!isJsonType(request.headers['content-type']))
      return send(response, 415, 'text/plain', 'expected content-type: application/json\n')
    await bodies.with(request, async (body) => {
      // Nothing to answer is 200 and nothing, as of every server that is built on geth's.
      const methods = options.methodsAt?.(request.url ?? '/') ?? options.methods
      const gone = new AbortController()
      const unread = answers.hold(() => {
        gone.abort(new Error('others wait for room, and this client does not read'))
        response.destroy()
      })
      response.once('close', () => {
        gone.abort(new Error('the client has gone'))
        unread.set(0)
      })
      let length = 0
      const pieces = await dispatchRpcPieces(body, {
        ...{ ...dispatch, methods, signal: gone.signal },
        async turn(order) {
          await unread.room(gone.signal)
          await dispatch.turn(order)
        },
        onAnswer(more) {
          length += more
          if (!gone.signal.aborted) unread.set(length)
        },
      })
      if (gone.signal.aborted) return
      // Also after a call at the end that has no answer: from now on its client is waited for.
      unread.set(length)
      endWhenStalled(response, unreadMsMax)
      if (length <= freeAnswerLength) send(response, 200, 'application/json', pieces.join(''))
      else await sendPieces(response, pieces, unread.reads)
    })
  }

  function get(url: string, response: ServerResponse): void {
    // Load balancers ask the root whether anybody is there.
    const root = { status: 200, type: 'application/json', body: '' }
    const missing = { status: 404, type: 'text/plain', body: 'not found\n' }
    const path = url.split('?', 1)[0] as string
    const { status, type, body } = url === '/' ? root : (options.routes?.get(path)?.() ?? missing)
    send(response, status, type, body)
  }

  const timeouts = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkEveryMs,
  }
  const pipelines = new Pipelines()
  const server = createServer(timeouts, (request, response) => {
    void pipelines.answerInTurn(request.socket, async () => {
      const closed = new Promise<void>((resolve) => response.once('close', () => resolve()))
      mayBeStill(request.socket)
      await dispatch.turn()
      await answer(request, response).catch((error: unknown) => {
        const text = `${error instanceof Error ? error.message : error}\n`
        if (response.headersSent) response.destroy()
        else send(response, error instanceof BodyError ? error.status : 500, 'text/plain', text)
      })
      await closed
    })
  })
  const { onUpgrade } = options
  if (onUpgrade !== undefined)
    server.on('upgrade', (request, socket, head) => {
      endPaceOf(socket)
      // The HTTP server has let go of the socket: without this, a client that resets it ends the process.
      socket.on('error', () => socket.destroy())
      const refused = refuseWebRequest(request.headers, access)
      if (refused === null) onUpgrade(request, socket, head)
      else refuseUpgrade(socket, '403 Forbidden', refused)
    })
  paceServerReads(server, createReadPaces(eventLoop))
  server.maxConnections = limits.connectionsMax
  limitConnectionsPerAddress(server, limits.connectionsPerAddressMax)
  const { url, port } = await listen(server, options.host, options.port)
  return { url, port, close: () => closeServer(server) }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type })
  response.end(body)
}

/**
 * One after the other, as its client takes them.
 * @param onTaken called whenever it has.
 */
async function sendPieces(
  response: ServerResponse,
  pieces: readonly string[],
  onTaken: () => void,
): Promise<void> {
  const closed = new Promise<void>((resolve) => response.once('close', resolve))
  response.writeHead(200, { 'content-type': 'application/json' })
  for (const piece of pieces) {
    const bytes = Buffer.from(piece)
    for (let at = 0; at < bytes.length; at += writeBytes) {
      if (response.destroyed) return
      const next = bytes.subarray(at, at + writeBytes)
      if (!response.write(next))
        await Promise.race([closed, new Promise<void>((resolve) => response.once('drain', resolve))])
      onTaken()
    }
  }
  response.end()
}
