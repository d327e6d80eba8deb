import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createFakeClock } from '../../node/ports/testing/fake-clock.ts'
import { testFaultContext } from '../faults/testing/fault-context.ts'
import { faults } from '../faults/vocabulary.ts'
import { gatewayConfigSchema } from './gateway-config.ts'
import { startGateways } from './gateways.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A peer that says its name to whoever dials. */
async function startPeer(name: string) {
  const server = createServer((socket) => socket.on('error', () => {}).end(name)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => new Promise((resolve) => server.close(resolve)))
  return { name, host: 'localhost', port: (server.address() as AddressInfo).port }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function hear(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port })
  socket.on('error', () => {})
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  await new Promise((resolve) => socket.on('close', resolve))
  return text
}

it('leads each peer to the other, by host and port, and cuts a group of them', async () => {
  const [a, b, c] = [await startPeer('a'), await startPeer('b'), await startPeer('c')]
  const at = [await freePort(), await freePort(), await freePort(), await freePort()] as const
  const gateways = await startGateways({
    ...testFaultContext(createFakeClock()),
    ...{ host: '127.0.0.1', virtualHosts: ['gateway'] },
    config: {
      links: [],
      peers: [
        {
          carrier: 'gossip',
          between: [
            { ...a, listen: at[0] },
            { ...b, listen: at[1] },
          ],
        },
        {
          carrier: 'el-peers',
          between: [
            { ...b, listen: at[2] },
            { ...c, listen: at[3] },
          ],
        },
      ],
    },
  })
  closers.push(() => gateways.close())
  expect(gateways.points.names).toEqual(['a↔b', 'b↔c'])
  expect(await Promise.all(at.map(hear))).toEqual(['a', 'b', 'b', 'c'])
  const cut = await gateways.points.get('gossip').install(faults.partition([['a'], ['b']]))
  expect(await Promise.all(at.map(hear))).toEqual(['', '', 'b', 'c'])
  await cut.remove()
  expect(await hear(at[0])).toBe('a')
})

it('answers to its own name, not to that of a page', async () => {
  const gateways = await startGateways({
    ...testFaultContext(createFakeClock()),
    ...{ host: '127.0.0.1', virtualHosts: ['gateway'] },
    config: { links: [{ name: 'a→b', listen: 0, target: 'http://127.0.0.1:1' }], peers: [] },
  })
  closers.push(() => gateways.close())
  const { port } = new URL(gateways.urlOf('a→b'))
  const ask = async (host: string) => {
    const socket = connect({ host: '127.0.0.1', port: Number(port) })
    socket.on('error', () => {})
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    await new Promise((resolve) => socket.on('close', resolve))
    return text.split('\r\n', 1)[0]
  }
  expect(await ask('evil.example')).toBe('HTTP/1.1 403 Forbidden')
  // Nobody is behind it: what the consumer would see without the gateway.
  expect(await ask('gateway:10000')).toBe('')
})

it('takes the configuration that docs/clients.md shows', () => {
  const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8')
  const [, json = ''] = /^```json\n(.*?)^```/ms.exec(page) ?? []
  expect(gatewayConfigSchema.parse(JSON.parse(json)).peers).toHaveLength(1)
})
