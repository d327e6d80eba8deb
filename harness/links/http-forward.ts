import { type Agent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'

/** Headers that belong to one connection and are not passed on (RFC 9110, 7.6.1). */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

export function endToEndHeaders(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string | string[]] => entry[1] !== undefined && !hopByHop.has(entry[0]),
    ),
  )
}

/** The body, or null when it is longer than allowed. */
export async function readAll(message: IncomingMessage, bytesMax: number): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength
    if (bytes > bytesMax) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

export interface ForwardOptions {
  readonly agent: Agent
  readonly target: URL
  readonly path: string
  readonly method: string
  readonly headers: Record<string, string | string[]>
  readonly body: Buffer
  readonly signal: AbortSignal
}

/**
 * Sends the request to the provider and resolves with the head of its response. A kept-alive connection that the
 * provider closed at the same moment is replaced by a new one, once.
 * @throws the connection's error.
 */
export async function forward(options: ForwardOptions): Promise<IncomingMessage> {
  try {
    return await send(options)
  } catch (error) {
    if (error instanceof StaleConnectionError) return await send(options)
    throw error
  }
}

class StaleConnectionError extends Error {}

function send(options: ForwardOptions): Promise<IncomingMessage> {
  const { target, agent, method, signal, body } = options
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        agent,
        host: target.hostname,
        port: target.port,
        method,
        path: options.path,
        headers: { ...options.headers, host: target.host, 'content-length': String(body.byteLength) },
        signal,
      },
      resolve,
    )
    request.on('error', (error: NodeJS.ErrnoException) =>
      reject(request.reusedSocket && error.code === 'ECONNRESET' ? new StaleConnectionError() : error),
    )
    request.end(body)
  })
}
