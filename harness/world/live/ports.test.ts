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
    probe.close()
    await listen(first)
    expect([await isFree(first), await isFree(second)]).toEqual([false, true])
    const allocator = createPortAllocator({ slot: process.pid })
    const ports = [await allocator.next(), await allocator.next()]
    expect(ports[0]).toBe(second)
    expect(new Set(ports).size).toBe(2)
    expect(allocator.allocated).toEqual(ports)
  })

  it('gives nobody else a port of its slot, whether something listens on it or not', async () => {
    const [a, b] = [createPortAllocator({ slot: 5_000 }), createPortAllocator({ slot: 5_000 })]
    const ofA = [await a.next(), await a.next()]
    const ofB = await Promise.all(Array.from({ length: 4 }, () => b.next()))
    expect(ofB.every((port) => Math.abs(port - ofA[0]!) > 60)).toBe(true)
    a.close()
    const c = createPortAllocator({ slot: 5_000 })
    expect(await c.next()).toBe(ofA[0])
    for (const allocator of [b, c]) allocator.close()
  })

  it('goes on in another slot when one is used up', async () => {
    const allocator = createPortAllocator({ slot: 6_000 })
    const ports: number[] = []
    while (ports.length < 70) ports.push(await allocator.next())
    expect(new Set(ports).size).toBe(70)
    allocator.close()
  })

  it('keeps neighbouring runners apart', async () => {
    const [a, b] = [createPortAllocator({ slot: 4_000 }), createPortAllocator({ slot: 4_001 })]
    expect(Math.abs((await a.next()) - (await b.next()))).toBeGreaterThan(20)
  })
})
