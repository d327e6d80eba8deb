import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer, json } from 'node:stream/consumers'
import Docker from 'dockerode'

interface FakeContainer {
  readonly id: string
  readonly name: string
  readonly body: Readonly<Record<string, unknown>>
  readonly labels: Readonly<Record<string, string>>
  archive: Buffer | null
  running: boolean
  status: number
  readonly waiting: Set<ServerResponse>
  readonly logs: Set<ServerResponse>
}

/** Docker's HTTP API, as far as the driver uses it, with the ways in which a real one is unkind. */
export interface FakeEngine {
  readonly docker: Docker
  /** Where it serves, on 127.0.0.1. */
  readonly port: number
  readonly containers: Map<string, FakeContainer>
  readonly networks: Map<string, { readonly Labels: Record<string, string> }>
  /** Jobs of its swarm by their names. An engine that manages none refuses to list them. */
  readonly swarm: { manages: boolean; readonly services: Map<string, Record<string, string>> }
  /** The gateway of every network: an address of the machine that the engine runs on. */
  gateway: string
  /** Requests so far, such as `POST /containers/create`. */
  readonly requests: string[]
  /** The next requests that match are refused with this status and these words. */
  refuse(match: RegExp, status: number, message: string, times?: number): void
  /** Breaks the connections on which something is waited for or followed. */
  cut(which: 'waiting' | 'logs'): void
  /** The container says something, on standard output (1) or error (2). */
  say(name: string, text: string, stream?: 1 | 2): void
  /** The container ends by itself. */
  end(name: string, status: number): void
  close(): Promise<void>
}

export async function startFakeEngine(): Promise<FakeEngine> {
  const containers = new Map<string, FakeContainer>()
  const networks: FakeEngine['networks'] = new Map()
  const swarm: FakeEngine['swarm'] = { manages: false, services: new Map() }
  const requests: string[] = []
  let refusals: { match: RegExp; status: number; message: string; times: number }[] = []
  let ids = 0

  const answer = (response: ServerResponse, status: number, body?: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(body === undefined ? undefined : JSON.stringify(body))
  }

  function finish(container: FakeContainer, status: number): void {
    container.running = false
    container.status = status
    for (const response of container.waiting) answer(response, 200, { StatusCode: status })
    for (const response of container.logs) response.end()
    container.waiting.clear()
    container.logs.clear()
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://engine')
    const what = `${request.method} ${url.pathname}`
    requests.push(what)
    const refusal = refusals.find(({ match, times }) => times > 0 && match.test(what))
    if (refusal !== undefined) {
      refusal.times--
      request.resume()
      return answer(response, refusal.status, { message: refusal.message })
    }
    if (what === 'GET /version') return answer(response, 200, { Os: 'linux', Version: 'fake' })
    if (what === 'POST /containers/create') {
      const body = (await json(request)) as Record<string, unknown>
      const id = `id${++ids}`
      const labels = (body['Labels'] ?? {}) as Record<string, string>
      const name = url.searchParams.get('name') ?? id
      containers.set(id, {
        ...{ id, name, body, labels, archive: null, running: false, status: 0 },
        waiting: new Set(),
        logs: new Set(),
      })
      return answer(response, 201, { Id: id, Warnings: [] })
    }
    const labelled = (labels: Readonly<Record<string, string>>) => {
      const filters = JSON.parse(url.searchParams.get('filters') ?? '{}') as { label?: string[] }
      return (filters.label ?? []).every((filter) => {
        const [key = '', value] = filter.split('=')
        return value === undefined ? key in labels : labels[key] === value
      })
    }
    if (what === 'GET /containers/json')
      return answer(
        response,
        200,
        [...containers.values()]
          .filter(({ labels }) => labelled(labels))
          .map(({ id, name, labels }) => ({ Id: id, Names: [`/${name}`], Labels: labels })),
      )
    if (url.pathname.startsWith('/services') && !swarm.manages)
      return answer(response, 503, { message: 'This node is not a swarm manager.' })
    if (what === 'GET /services')
      return answer(
        response,
        200,
        [...swarm.services]
          .filter(([, labels]) => labelled(labels))
          .map(([Name, Labels]) => ({ ID: Name, Spec: { Name, Labels } })),
      )
    if (what.startsWith('DELETE /services/')) {
      const found = swarm.services.delete(url.pathname.slice('/services/'.length))
      return answer(response, found ? 200 : 404, found ? undefined : { message: 'service not found' })
    }
    if (what === 'GET /networks')
      return answer(
        response,
        200,
        [...networks].filter(([, { Labels }]) => labelled(Labels)).map(([Id, all]) => ({ Id, ...all })),
      )
    if (what === 'POST /networks/create') {
      const { Labels } = (await json(request)) as { readonly Labels: Record<string, string> }
      const id = `net${++ids}`
      networks.set(id, { Labels })
      return answer(response, 201, { Id: id })
    }
    const [, kind, id = '', action] = url.pathname.split('/')
    if (kind === 'networks' && request.method === 'GET')
      return answer(response, 200, { Id: id, IPAM: { Config: [{ Gateway: engine.gateway }] } })
    if (kind === 'networks' && request.method === 'DELETE')
      return networks.delete(id)
        ? answer(response, 204)
        : answer(response, 404, { message: 'no such network' })
    const container = containers.get(id)
    if (container === undefined) return answer(response, 404, { message: `No such container: ${id}` })
    switch (`${request.method} ${action ?? ''}`) {
      case 'PUT archive':
        container.archive = await buffer(request)
        return answer(response, 200)
      case 'POST start':
        if (container.running) return answer(response, 304)
        container.running = true
        return answer(response, 204)
      case 'GET json':
        return answer(response, 200, {
          State: { Running: container.running },
          NetworkSettings: { Networks: { net: { IPAddress: container.running ? '127.0.0.9' : '' } } },
        })
      case 'GET logs':
        response.writeHead(200, { 'content-type': 'application/vnd.docker.raw-stream' })
        response.flushHeaders()
        if (container.running) container.logs.add(response)
        else response.end()
        return
      case 'POST wait':
        if (!container.running) return answer(response, 200, { StatusCode: container.status })
        container.waiting.add(response)
        return
      case 'POST stop':
        if (!container.running) return answer(response, 304)
        finish(container, 143)
        return answer(response, 204)
      case 'POST kill':
        if (!container.running) return answer(response, 409, { message: 'is not running' })
        finish(container, 137)
        return answer(response, 204)
      case 'DELETE ':
        finish(container, 137)
        containers.delete(id)
        return answer(response, 204)
      default:
        return answer(response, 204)
    }
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const byName = (name: string): FakeContainer => {
    const found = [...containers.values()].find((container) => container.name.endsWith(name))
    if (found === undefined) throw new Error(`the fake engine has no container ${name}`)
    return found
  }
  const engine: FakeEngine = {
    docker: new Docker({ protocol: 'http', host: '127.0.0.1', port }),
    ...{ port, containers, networks, swarm, requests, gateway: '127.0.0.1' },
    refuse(match, status, message, times = 1) {
      refusals = [...refusals, { match, status, message, times }]
    },
    cut(which) {
      for (const container of containers.values()) {
        for (const response of container[which]) response.destroy()
        container[which].clear()
      }
    },
    say(name, text, stream = 1) {
      const head = Buffer.alloc(8)
      head[0] = stream
      head.writeUInt32BE(Buffer.byteLength(text), 4)
      for (const response of byName(name).logs) response.write(Buffer.concat([head, Buffer.from(text)]))
    },
    end: (name, status) => finish(byName(name), status),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return engine
}
