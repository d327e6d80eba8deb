import { systemEventLoop } from '../adapters/system/system-event-loop.ts'
import type { Clock } from '../ports/clock.ts'
import { createJsonRpcClient, type JsonRpcClient, type JsonRpcClientOptions } from './client.ts'
import { createHttpExchange } from './http-exchange.ts'
import type { Transport } from './transport.ts'

export interface HttpTransportOptions {
  readonly url: string
  /** One call takes at most this long. */
  readonly timeoutMs: number
  /** A longer answer is refused, whatever its method may have. */
  readonly responseBytesMax?: number
  /** Extra headers, made for each request (a JWT is short-lived). */
  readonly headers?: () => Record<string, string>
  /** Of deadlines. Default: the machine's. */
  readonly clock?: Clock | undefined
}

export interface HttpRpcClientOptions extends HttpTransportOptions {
  readonly onCall?: JsonRpcClientOptions['onCall']
}

/** JSON-RPC 2.0 over HTTP, with a deadline for each call and a limit on the size of its answer. */
export function createHttpRpcClient({ onCall, ...options }: HttpRpcClientOptions): JsonRpcClient {
  return createJsonRpcClient({
    transport: createHttpTransport(options),
    nowMs: systemEventLoop.nowMs,
    ...(onCall === undefined ? {} : { onCall }),
  })
}

function createHttpTransport(options: HttpTransportOptions): Transport {
  const bytesMaxOfAll = options.responseBytesMax ?? Number.POSITIVE_INFINITY
  const exchange = createHttpExchange(options.url, options.clock)
  return {
    url: options.url,
    send: (body, bytesMax, signal) =>
      exchange({
        method: 'POST',
        headers: { 'content-type': 'application/json', ...options.headers?.() },
        body,
        timeoutMs: options.timeoutMs,
        bytesMax: Math.min(bytesMax, bytesMaxOfAll),
        signal,
      }),
  }
}
