import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseJson } from '../../node/json-rpc/json.ts'
import { localAccess, refuseWebRequest } from '../../node/json-rpc/web-access.ts'
import type { Clock } from '../../node/ports/clock.ts'
import type { EventStream } from '../events/stream.ts'
import type { Traffic } from '../events/traffic.ts'
import type { Fault, InstalledFault, LinkMessage, Verdict } from './fault.ts'
import { endToEndHeaders, forward, readAll } from './http-forward.ts'

/** A connection between a consumer and a provider that the harness owns. */
export interface Link {
  /** `consumer→provider`, for example `follower→reference`. */
  readonly name: string
  /** What the consumer is given. */
  readonly url: string
  readonly target: string
  /** Puts a fault on the link. With several, the first verdict other than `pass` counts. */
  install(name: string, fault: Fault): InstalledFault
  readonly faults: readonly InstalledFault[]
  /** Calls back after each exchange, before the consumer has the answer; returns what ends it. */
  tap(observer: (traffic: Traffic) => void): () => void
  close(): Promise<void>
}

export interface StartLinkOptions {
  readonly name: string
  readonly target: string
  readonly clock: Clock
  readonly events: EventStream
}

const bodyBytesMax = 64 * 1024 * 1024
const connectionsMax = 256
const faultsMax = 16

/**
 * Starts a reverse proxy in front of a provider. Without faults and taps it streams responses; with them it looks at
 * whole messages. A provider that cannot be reached shows as a reset connection.
 */
export async function startLink(options: StartLinkOptions): Promise<Link> {
  const { name, clock, events } = options
  const target = new URL(options.target)
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax })
  const faults: (InstalledFault & { readonly fault: Fault; hits: number })[] = []
  const taps = new Set<(traffic: Traffic) => void>()
  let nextFaultId = 1

  function judge(message: LinkMessage): Verdict {
    for (const installed of faults) {
      const verdict = installed.fault(message)
      if (verdict.kind === 'pass') continue
      installed.hits++
      return verdict
    }
    return { kind: 'pass' }
  }

  /** Applies the faults to one message. Null: it goes no further. */
  async function applyFaults(
    message: LinkMessage,
    body: Buffer,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<Buffer | null> {
    const verdict = judge(message)
    switch (verdict.kind) {
      case 'pass':
        return body
      case 'delay':
        await clock.sleep(verdict.ms, signal)
        return body
      case 'drop':
        return null
      case 'replace':
        return Buffer.from(JSON.stringify(verdict.json))
      case 'error':
        if (verdict.error === 'reset') response.destroy()
        else
          response.writeHead(verdict.error.status, { 'content-type': 'text/plain' }).end(verdict.error.text)
        return null
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    // The provider sees another Host, so that a page that rebinds a name must be refused here.
    const refused = refuseWebRequest(request.headers, localAccess)
    if (refused !== null) return void response.writeHead(403).end(`${refused}\n`)
    const received = await readAll(request, bodyBytesMax)
    if (received === null) return void response.writeHead(413).end(`longer than ${bodyBytesMax} bytes\n`)
    const path = joinPath(target, request.url ?? '/')
    const headers = endToEndHeaders(request.headers)
    const inspected = faults.length > 0 || taps.size > 0
    const startedMs = clock.nowMs()
    let told = false
    /** Once for each request: with its answer, or with none when the consumer's connection ends before. */
    const tell = (answer: Pick<Traffic, 'status' | 'responseBody'>) => {
      if (told || taps.size === 0) return
      told = true
      const durationMs = clock.nowMs() - startedMs
      const traffic: Traffic = { link: name, path, requestBody: body ?? received, ...answer, durationMs }
      for (const tap of taps) tap(traffic)
    }
    response.on('close', () =>
      tell({ status: response.headersSent ? response.statusCode : null, responseBody: null }),
    )
    let body: Buffer | null = received
    let rpcMethods: readonly string[] = []
    // The harness reads the answer, so the provider must not compress it.
    if (inspected) delete headers['accept-encoding']
    const judged = faults.length > 0
    if (judged) {
      const json = parseJson(received.toString('utf8'))
      rpcMethods = methodsOf(json)
      body = await applyFaults(
        { link: name, phase: 'request', path, rpcMethods, json },
        body,
        response,
        gone.signal,
      )
      if (body === null) return
    }
    const method = request.method ?? 'GET'
    const answer = await forward({ agent, target, path, method, headers, body, signal: gone.signal })
    const status = answer.statusCode ?? 502
    if (!inspected) {
      response.writeHead(status, endToEndHeaders(answer.headers))
      answer.on('error', () => response.destroy())
      answer.pipe(response)
      return
    }
    const whole = await readAll(answer, bodyBytesMax)
    if (whole === null) return void response.destroy()
    let passed: Buffer | null = whole
    if (judged) {
      const json = parseJson(whole.toString('utf8'))
      const message: LinkMessage = { link: name, phase: 'response', path, rpcMethods, json, status }
      passed = await applyFaults(message, whole, response, gone.signal)
      if (passed === null) return
    }
    tell({ status, responseBody: passed })
    const answerHeaders = { ...endToEndHeaders(answer.headers), 'content-length': String(passed.byteLength) }
    response.writeHead(status, answerHeaders).end(passed)
  }

  const server = createServer((request, response) => {
    // Whatever fails between the two, the consumer sees what it would see without the link: a broken connection.
    handle(request, response).catch(() => response.destroy())
  })
  server.maxConnections = connectionsMax
  // Consumers decide when an idle connection ends, as they would towards the provider itself.
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  events.record({ kind: 'link', link: name, url, target: options.target })

  return {
    name,
    url,
    target: options.target,
    faults,
    install(faultName, fault) {
      if (faults.length >= faultsMax)
        throw new Error(`${name} has ${faultsMax} faults already; remove some first`)
      const id = nextFaultId++
      const installed = {
        name: faultName,
        fault,
        hits: 0,
        remove() {
          const index = faults.indexOf(installed)
          if (index < 0) return
          faults.splice(index, 1)
          events.record({
            kind: 'fault',
            id,
            point: name,
            fault: faultName,
            action: 'remove',
            hits: installed.hits,
          })
        },
      }
      faults.push(installed)
      events.record({ kind: 'fault', id, point: name, fault: faultName, action: 'install' })
      return installed
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

function joinPath(target: URL, path: string): string {
  return target.pathname === '/' ? path : `${target.pathname.replace(/\/$/, '')}${path === '/' ? '' : path}`
}

function methodsOf(json: unknown): readonly string[] {
  return [json].flat().flatMap((call: unknown) => {
    const method =
      typeof call === 'object' && call !== null ? (call as { method?: unknown }).method : undefined
    return typeof method === 'string' ? [method] : []
  })
}
