import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface RpcServer {
  readonly url: string
  close(): Promise<void>
}

/** JSON-RPC on loopback; an answer that throws becomes an error. */
// biome-ignore lint/suspicious/noExplicitAny: parameters as they come.
export async function startRpcServer(answer: (method: string, params: any[]) => unknown): Promise<RpcServer> {
  const reply = async (method: string, params: unknown[]) => {
    try {
      return { result: await answer(method, params) }
    } catch (error) {
      return { error: { code: -32603, message: String(error) } }
    }
  }
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const text of request.setEncoding('utf8')) body += text
    const { id, method, params } = JSON.parse(body)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...(await reply(method, params)) }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
