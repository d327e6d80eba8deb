import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { type HostedPorts, serveHost } from '../serve-host.ts'

/** A host whose programs do what a test wants: `node fake-host.ts`. */
const stopped = async ({ stop, write }: HostedPorts) => {
  write('up\n')
  if (!stop.aborted) await once(stop, 'abort')
  write('stopped in order\n')
}

await serveHost({
  good: (_, ports) => stopped(ports),
  async bad() {
    throw new Error('--l1: expected a URL')
  },
  async ends() {},
  throwsLater: (_, ports) => {
    setTimeout(() => {
      throw new Error('out of a timer')
    })
    return stopped(ports)
  },
  rejectsLater: (_, ports) => {
    void Promise.resolve().then(() => {
      throw new Error('out of a promise')
    })
    return stopped(ports)
  },
  /** Throws while it serves a request; it writes its port first. */
  async throwsInRequest(_, ports) {
    const server = createServer(() => {
      throw new Error('out of a request')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    ports.write(`port ${(server.address() as AddressInfo).port}.\n`)
    await stopped(ports)
    server.closeAllConnections()
    server.close()
  },
  /** Throws where nobody can tell whose code it is. */
  async throwsInSocket(_, ports) {
    const server = createTcpServer((socket) =>
      socket.on('data', () => {
        throw new Error('out of a socket')
      }),
    ).listen(0, '127.0.0.1')
    await once(server, 'listening')
    ports.write(`port ${(server.address() as AddressInfo).port}.\n`)
    await stopped(ports)
  },
})
process.exit(0)
