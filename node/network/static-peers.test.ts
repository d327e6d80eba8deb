import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../ports/testing/fake-clock.ts'
import { createFakeRandom } from '../ports/testing/fake-random.ts'
import { createSilentLogger } from '../ports/testing/silent-logger.ts'
import { keepStaticPeers, peerIdOf } from './static-peers.ts'

const address = '/ip4/127.0.0.1/tcp/9/p2p/peerA'

function keep(byte = 0) {
  const clock = createFakeClock()
  const stop = new AbortController()
  const dialledAtMs: number[] = []
  let drop = () => {}
  const world = { reachable: true, wanted: true, connected: false }
  const keeping = keepStaticPeers(
    {
      addresses: [address],
      clock,
      random: createFakeRandom(byte),
      logger: createSilentLogger(),
      async dial() {
        dialledAtMs.push(clock.nowMs())
        if (!world.reachable) throw new Error('connection refused')
        world.connected = true
      },
      isConnected: (peer) => peer === 'peerA' && world.connected,
      disconnected: (_, signal) =>
        new Promise((resolve, reject) => {
          drop = () => {
            world.connected = false
            resolve()
          }
          signal.addEventListener('abort', () => reject(signal.reason), { once: true })
        }),
      isWanted: () => world.wanted,
    },
    stop.signal,
  )
  return {
    clock,
    world,
    dialledAtMs,
    drop: () => drop(),
    end: async () => {
      stop.abort(new Error('test ends'))
      await keeping
    },
  }
}

describe('static peers', () => {
  it('are named by the end of their address', () => {
    expect(peerIdOf(address)).toBe('peerA')
  })

  it('are dialled at once and left alone while they are connected', async () => {
    const { clock, dialledAtMs, end } = keep()
    await clock.advance(60_000)
    expect(dialledAtMs).toEqual([0])
    await end()
  })

  it('are dialled 250 ms after they are lost, then ever less often, and fresh after the next connection', async () => {
    const { clock, world, dialledAtMs, drop, end } = keep()
    await clock.settle()
    world.reachable = false
    drop()
    await clock.advance(36_000)
    expect(dialledAtMs).toEqual([0, 250, 750, 1_750, 3_750, 7_750, 15_750, 25_750, 35_750])
    world.reachable = true
    await clock.advance(10_000)
    expect(world.connected).toBe(true)
    drop()
    const lostAtMs = clock.nowMs()
    await clock.advance(250)
    expect(dialledAtMs.at(-1)).toBe(lostAtMs + 250)
    await end()
  })

  it('are dialled a little earlier by chance, at most by a quarter', async () => {
    const { clock, world, dialledAtMs, drop, end } = keep(255)
    await clock.settle()
    world.reachable = false
    drop()
    await clock.advance(36_000)
    const delays = dialledAtMs.slice(1).map((at, index) => at - (dialledAtMs[index] as number))
    const exact = [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000]
    for (const [index, ms] of exact.entries()) {
      expect(delays[index]).toBeLessThan(ms)
      expect(delays[index]).toBeGreaterThan(ms * 0.75)
    }
    await end()
  })

  it('are not dialled while the operator keeps them away, and soon after that ends', async () => {
    const { clock, world, dialledAtMs, drop, end } = keep()
    await clock.settle()
    world.wanted = false
    drop()
    await clock.advance(60_000)
    expect(dialledAtMs).toEqual([0])
    world.wanted = true
    await clock.advance(250)
    expect(dialledAtMs).toHaveLength(2)
    await end()
  })

  it('are given up when the node stops', async () => {
    const { clock, world, dialledAtMs, drop, end } = keep()
    await clock.settle()
    world.reachable = false
    drop()
    await clock.advance(1_000)
    await end()
    const dials = dialledAtMs.length
    await clock.advance(60_000)
    expect(dialledAtMs).toHaveLength(dials)
    expect(clock.sleeping).toBe(0)
  })
})
