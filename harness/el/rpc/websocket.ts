import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { createSystemClock } from '../../../node/adapters/system/system-clock.ts'
import { systemEventLoop } from '../../../node/adapters/system/system-event-loop.ts'
import { errorText } from '../../../node/concurrency/error-text.ts'
import type { Turn } from '../../../node/concurrency/turns.ts'
import type { RpcHandler } from '../../../node/json-rpc/dispatch.ts'
import { dispatchRpc } from '../../../node/json-rpc/dispatch.ts'
import { HeldBytes, type Hold } from '../../../node/json-rpc/held-bytes.ts'
import { createReadPaces, paceReads, type ReadPaces } from '../../../node/json-rpc/http-paced-reads.ts'
import { refuseUpgrade } from '../../../node/json-rpc/http-upgrade.ts'
import type { Logger } from '../../../node/ports/logger.ts'
import type { RpcBackend } from './backend.ts'
import { createSubscriptions } from './subscriptions.ts'

export interface WebSocketOptions {
  readonly backend: RpcBackend
  readonly methods: ReadonlyMap<string, RpcHandler>
  readonly turn: Turn
  /** Refuses a connection with 401 and this text when it returns one. */
  readonly authenticate?: (request: IncomingMessage) => string | null
  readonly requestBytesMax: number
  /** Characters of the answers to one message. Default: `responseLengthMaxDefault`. */
  readonly responseLengthMax?: number
  readonly logger: Logger
}

const connectionsMax = 128
/** Bytes that wait for a client that does not read; more ends the connection. */
const unsentBytesMax = 16 * 1024 * 1024
/** While this much waits, nothing more is answered. */
const unreadBytesMax = 1024 * 1024
/** Of all connections, what came of unfinished messages and what waits for clients that do not read, beyond 64 KiB of each. */
const heldBytesMax = 32 * 1024 * 1024
/** Of a ping or pong of a client, without its data (RFC 6455, section 5.2). */
const controlFrameBytes = 6
/** Characters: a longer answer takes milliseconds to send, and has a turn for it. */
const longAnswerMin = 64 * 1024
/** Calls of one connection that run at the same time. */
const callsMax = 8

/** JSON-RPC over WebSocket on the port of an HTTP server, with subscriptions. */
export interface WebSocketEndpoint {
  /** For the HTTP server's upgrade requests. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  close(): void
}

export function createWebSocketEndpoint(options: WebSocketOptions): WebSocketEndpoint {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: options.requestBytesMax,
    perMessageDeflate: false,
  })
  const held = new HeldBytes({
    clock: createSystemClock(),
    totalMax: Math.max(heldBytesMax, options.requestBytesMax + unsentBytesMax),
    freeBytes: 64 * 1024,
  })
  const paces = createReadPaces(systemEventLoop)
  return {
    upgrade(request, socket, head) {
      const refused = options.authenticate?.(request) ?? null
      if (refused !== null) refuseUpgrade(socket, '401 Unauthorized', refused)
      else if (server.clients.size >= connectionsMax)
        refuseUpgrade(socket, '503 Service Unavailable', `expected at most ${connectionsMax} connections`)
      else
        server.handleUpgrade(request, socket, head, (connection) => {
          const hold = held.hold(() => connection.terminate())
          serve(connection, { ...options, socket, hold, paces })
        })
    },
    close() {
      for (const connection of server.clients) connection.terminate()
      server.close()
    },
  }
}

interface Served extends WebSocketOptions {
  /** What the connection runs on. */
  readonly socket: Duplex
  readonly hold: Hold
  /** Of what all connections send. */
  readonly paces: ReadPaces
}

function serve(connection: WebSocket, options: Served): void {
  const { backend, methods, logger, socket, hold } = options
  paceReads(socket, options.paces, 'ws', () => !connection.isPaused)
  /** Bytes since the last whole message: the library keeps the parts of one until it is whole. */
  let unfinished = 0
  /** Characters of answers that are not whole. */
  let building = 0
  const count = () => {
    if (connection.readyState === connection.OPEN) hold.set(unfinished + building + connection.bufferedAmount)
  }
  const send = (text: string) => {
    if (connection.readyState !== connection.OPEN) return
    // The library would look through a text for its length, and the socket again for its bytes.
    connection.send(Buffer.from(text), { binary: false }, () => answerWaiting())
    if (connection.bufferedAmount > unsentBytesMax) connection.terminate()
  }
  const subscriptions = createSubscriptions(backend, (subscription, result) =>
    send(JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params: { subscription, result } })),
  )
  const get = (method: string) => subscriptions.methods.get(method) ?? methods.get(method)
  const gone = new AbortController()
  const turn: Turn = async (order) => {
    await hold.room(gone.signal)
    await options.turn(order)
  }
  const nowMs = () => backend.clock.nowMs()
  /** Messages of one chunk come together, even after a pause. */
  const waiting: Buffer[] = []
  let running = 0
  const answerWaiting = () => {
    while (running < callsMax && connection.bufferedAmount <= unreadBytesMax) {
      const message = waiting.shift()
      if (message === undefined) break
      running++
      let length = 0
      const onAnswer = (more: number) => {
        length += more
        building += more
        count()
      }
      const { responseLengthMax } = options
      // Who asks much at a time lets others go first.
      const usual: Parameters<Turn>[0] = running > 1 ? 'behind' : undefined
      const call = {
        ...{ methods: { get }, signal: gone.signal, nowMs, onAnswer },
        turn: (order = usual) => turn(order),
        ...(responseLengthMax === undefined ? {} : { responseLengthMax }),
      }
      void dispatchRpc(message.toString('utf8'), call).then(async (answer) => {
        if (length > longAnswerMin) await options.turn('behind')
        running--
        building -= length
        if (answer !== null) send(answer)
        answerWaiting()
      })
    }
    count()
    if (waiting.length > 0) connection.pause()
    else connection.resume()
  }
  socket.on('data', (bytes: Buffer) => {
    unfinished += bytes.length
    count()
  })
  // They may come between the parts of a message, and are kept by nobody.
  for (const control of ['ping', 'pong'] as const)
    connection.on(control, (data: Buffer) => {
      unfinished -= data.length + controlFrameBytes
    })
  connection.on('message', (data: Buffer) => {
    unfinished = 0
    waiting.push(data)
    answerWaiting()
  })
  connection.on('error', (error) => logger.debug('websocket connection', { error: errorText(error) }))
  connection.on('close', () => {
    hold.set(0)
    gone.abort(new Error('the client has gone'))
    subscriptions.close()
  })
}
