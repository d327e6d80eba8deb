import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createPortAllocator, isFree } from './ports.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})
const listen = (port: number) =>
  new Promise<void>((resolve) => {
    servers.push(createServer().listen(port, '127.0.0.1', resolve))
  })

describe('createPortAllocator', () => {
  it('gives each port once and passes over what is taken', async () => {
    const probe = createPortAllocator({ slot: process.pid })
    const [first, second] = [await probe.next(), await probe.next()]
    await listen(first)
    expect([await isFree(first), await isFree(second)]).toEqual([false, true])
    const allocator = createPortAllocator({ slot: process.pid })
    const ports = [await allocator.next(), await allocator.next()]
    expect(ports[0]).toBe(second)
    expect(new Set(ports).size).toBe(2)
    expect(allocator.allocated).toEqual(ports)
  })

  it('keeps neighbouring runners apart', async () => {
    const [a, b] = [createPortAllocator({ slot: 4_000 }), createPortAllocator({ slot: 4_001 })]
    expect(Math.abs((await a.next()) - (await b.next()))).toBeGreaterThan(20)
  })
})
