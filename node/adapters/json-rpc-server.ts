import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { z } from 'zod'
import { closeServer, listen } from './http-listen.ts'
import { JsonRpcError } from './json-rpc-client.ts'

/** JSON-RPC 2.0 error codes. */
export const rpcErrorCode = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  server: -32000,
} as const

export type RpcHandler = (params: readonly unknown[]) => unknown

export interface JsonRpcServerOptions {
  readonly host: string
  /** 0 picks a free port. */
  readonly port: number
  /** By full method name, for example `optimism_syncStatus`. A handler may throw JsonRpcError to choose the code. */
  readonly methods: { get(method: string): RpcHandler | undefined }
  /** GET routes beside the RPC, by path. */
  readonly routes?: ReadonlyMap<
    string,
    () => { readonly status: number; readonly type: string; readonly body: string }
  >
  /** Refuses a request with 401 and this text when it returns one. */
  readonly authenticate?: (request: IncomingMessage) => string | null
  /** A longer request is refused with 413. Default 5 MiB. */
  readonly requestBytesMax?: number
  /** More calls in one batch are refused. Default 100. */
  readonly batchMax?: number
  /** Called for every finished call, for metrics and logs. */
  readonly onCall?: (call: {
    readonly method: string
    readonly outcome: 'ok' | 'error'
    readonly code?: number
  }) => void
}

export interface JsonRpcServer {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

const callSchema = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  method: z.string(),
  params: z.array(z.unknown()).default([]),
})

/**
 * Starts a JSON-RPC 2.0 server over HTTP.
 * @throws the listen error (EADDRINUSE and others), unchanged.
 */
export async function startJsonRpcServer(options: JsonRpcServerOptions): Promise<JsonRpcServer> {
  const bytesMax = options.requestBytesMax ?? 5 * 1024 * 1024
  const batchMax = options.batchMax ?? 100

  async function call(value: unknown): Promise<object | null> {
    const parsed = callSchema.safeParse(value)
    if (!parsed.success) {
      options.onCall?.({ method: '(invalid)', outcome: 'error', code: rpcErrorCode.invalidRequest })
      return failure(null, rpcErrorCode.invalidRequest, 'invalid request')
    }
    const { id, method, params } = parsed.data
    const handler = options.methods.get(method)
    if (handler === undefined) {
      options.onCall?.({ method: '(unknown)', outcome: 'error', code: rpcErrorCode.methodNotFound })
      return failure(id, rpcErrorCode.methodNotFound, `the method ${method} does not exist/is not available`)
    }
    try {
      const result = await handler(params)
      options.onCall?.({ method, outcome: 'ok' })
      return id === undefined ? null : { jsonrpc: '2.0', id, result: result ?? null }
    } catch (error) {
      const code = error instanceof JsonRpcError ? error.code : rpcErrorCode.server
      options.onCall?.({ method, outcome: 'error', code })
      const data = error instanceof JsonRpcError ? error.data : undefined
      return failure(id, code, error instanceof Error ? error.message : String(error), data)
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') {
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
    const value = parse(body)
    let result: unknown
    if (value === undefined) {
      options.onCall?.({ method: '(unparsable)', outcome: 'error', code: rpcErrorCode.parse })
      result = failure(null, rpcErrorCode.parse, 'parse error: the body is not JSON')
    } else if (!Array.isArray(value)) {
      result = await call(value)
    } else if (value.length === 0 || value.length > batchMax) {
      result = failure(
        null,
        rpcErrorCode.invalidRequest,
        `expected a batch of 1 to ${batchMax} calls, got ${value.length}`,
      )
    } else {
      const results: object[] = []
      for (const item of value) {
        const one = await call(item)
        if (one !== null) results.push(one)
      }
      result = results.length === 0 ? null : results
    }
    if (result === null) return send(response, 204, 'application/json', '')
    send(response, 200, 'application/json', JSON.stringify(result))
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!response.headersSent)
        send(response, 500, 'text/plain', `${error instanceof Error ? error.message : error}\n`)
      else response.destroy()
    })
  })
  server.requestTimeout = 30_000
  server.headersTimeout = 10_000
  server.maxConnections = 1_000
  const { url, port } = await listen(server, options.host, options.port)
  return { url, port, close: () => closeServer(server) }
}

function failure(
  id: string | number | null | undefined,
  code: number,
  message: string,
  data?: unknown,
): object {
  return {
    jsonrpc: '2.0',
    id: id ?? null,
    error: data === undefined ? { code, message } : { code, message, data },
  }
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

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
