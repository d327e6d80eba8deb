import { statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { loadViewer } from './build-viewer.ts'
import { renderReport } from './render-report.ts'
import { readRun } from './write-report.ts'

const newsPath = '/news'

/** A report that is made anew for each reader. */
export interface ServedReport {
  readonly url: string
  close(): Promise<void>
}

/**
 * Serves the report of runs that may go on, on the loopback address. The page asks once a second whether a stream has
 * grown, and loads itself again then.
 */
export async function serveReport(timelines: readonly string[], port = 0): Promise<ServedReport> {
  const viewer = await loadViewer()
  const page = async () => {
    const runs = await Promise.all(timelines.map(async (path) => (await readRun(path)).packed))
    return renderReport({ viewer, runs, live: newsPath })
  }
  const server: Server = createServer((request, response) => {
    const own = `127.0.0.1:${(server.address() as AddressInfo).port}`
    // A name that resolves to this machine must not read it: its page would be of another origin.
    if (request.headers.host !== own && request.headers.host !== own.replace('127.0.0.1', 'localhost'))
      return void response.writeHead(403).end()
    if (request.method !== 'GET') return void response.writeHead(405).end()
    const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
    if (request.url === newsPath) {
      const sizes = timelines.map((path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0)
      return void response.writeHead(200, { ...headers, 'content-type': 'text/plain' }).end(sizes.join(' '))
    }
    if (request.url !== '/') return void response.writeHead(404).end()
    page().then(
      (html) => response.writeHead(200, { ...headers, 'content-type': 'text/html; charset=utf-8' }).end(html),
      (error: unknown) =>
        response
          .writeHead(500, { ...headers, 'content-type': 'text/plain; charset=utf-8' })
          .end(String(error)),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
