import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { dispatchRpc, type RpcDispatchOptions } from './dispatch.ts'
import { closeServer, listen } from './http-listen.ts'

export interface JsonRpcServerOptions extends RpcDispatchOptions {
  readonly host: string
  /** 0 picks a free port. */
  readonly port: number
  /** GET routes beside the RPC, by path. */
  readonly routes?: ReadonlyMap<
    string,
    () => { readonly status: number; readonly type: string; readonly body: string }
  >
  /** Refuses a request with 401 and this text when it returns one. */
  readonly authenticate?: (request: IncomingMessage) => string | null
  /** A longer request is refused with 413. Default 5 MiB. */
  readonly requestBytesMax?: number
  /** Takes over a connection that asks for another protocol (WebSocket). Without it, such a request is refused. */
  readonly onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
}

export interface JsonRpcServer {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/**
 * Starts a JSON-RPC 2.0 server over HTTP.
 * @throws the listen error (EADDRINUSE and others), unchanged.
 */
export async function startJsonRpcServer(options: JsonRpcServerOptions): Promise<JsonRpcServer> {
  const dispatch = { nowMs: () => performance.now(), ...options }
  const bytesMax = options.requestBytesMax ?? 5 * 1024 * 1024

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') {
      // Load balancers ask the root whether anybody is there.
      if (request.url === '/') return send(response, 200, 'application/json', '')
      const route = options.routes?.get(new URL(request.url ?? '/', 'http://localhost').pathname)
      if (route === undefined) return send(response, 404, 'text/plain', 'not found\n')
      const { status, type, body } = route()
      return send(response, status, type, body)
    }
    if (request.method !== 'POST') return send(response, 405, 'text/plain', 'expected POST\n')
    const refused = options.authenticate?.(request) ?? null
    if (refused !== null) return send(response, 401, 'text/plain', `${refused}\n`)
    const body = await readBody(request, bytesMax)
    if (body === null) return send(response, 413, 'text/plain', `request is longer than ${bytesMax} bytes\n`)
    // Nothing to answer is 200 and nothing, as of every server that is built on geth's.
    send(response, 200, 'application/json', (await dispatchRpc(body, dispatch)) ?? '')
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!response.headersSent)
        send(response, 500, 'text/plain', `${error instanceof Error ? error.message : error}\n`)
      else response.destroy()
    })
  })
  if (options.onUpgrade !== undefined) server.on('upgrade', options.onUpgrade)
  server.requestTimeout = 30_000
  server.headersTimeout = 10_000
  server.maxConnections = 1_000
  const { url, port } = await listen(server, options.host, options.port)
  return { url, port, close: () => closeServer(server) }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type })
  response.end(body)
}

async function readBody(request: IncomingMessage, bytesMax: number): Promise<string | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength
    if (bytes > bytesMax) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
