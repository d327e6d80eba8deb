import { createServer } from 'node:http'
import { closeServer, listen } from '../../json-rpc/http-listen.ts'
import type { PrometheusMetrics } from './prometheus-metrics.ts'

export interface MetricsServer {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/**
 * Serves GET `/metrics` on its own port, so that scraping can be opened without opening the RPC.
 * @throws the listen error (EADDRINUSE and others), unchanged.
 */
export async function startMetricsServer(options: {
  readonly host: string
  /** 0 picks a free port. */
  readonly port: number
  readonly metrics: PrometheusMetrics
}): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0]
    if (request.method !== 'GET' || path !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found: GET /metrics\n')
      return
    }
    options.metrics.exposition().then(
      (text) => response.writeHead(200, { 'content-type': options.metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    )
  })
  server.requestTimeout = 10_000
  server.headersTimeout = 10_000
  server.maxConnections = 100
  const { url, port } = await listen(server, options.host, options.port)
  return { url, port, close: () => closeServer(server) }
}
