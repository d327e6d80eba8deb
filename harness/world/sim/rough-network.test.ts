import { describe, expect, it } from 'vitest'
import { createRandomStreams } from '../random-streams.ts'
import { drawNetwork, evenNetwork } from './rough-network.ts'

const networkOf = (seed: string) => drawNetwork(createRandomStreams(seed))
const delays = (seed: string, connection: string) => {
  const network = networkOf(seed)
  return Array.from({ length: 200 }, () => network.delayMs(connection))
}

describe('a drawn network', () => {
  it('is the same for the same seed, whatever else travels, and another for another', () => {
    const network = networkOf('3')
    const among = Array.from({ length: 200 }, () => {
      network.delayMs('c→d')
      return network.delayMs('a→b')
    })
    expect(among).toEqual(delays('3', 'a→b'))
    expect(delays('4', 'a→b')).not.toEqual(among)
    expect(delays('3', 'c→d')).not.toEqual(among)
  })

  it('has latency, jitter and loss, each of them in bounds', () => {
    const seeds = Array.from({ length: 40 }, (_, index) => String(index))
    const all = seeds.map((seed) => delays(seed, 'a→b'))
    for (const one of all) for (const ms of one) expect(ms).toBeLessThanOrEqual(120 + 240 + 200 * 15)
    expect(all.some((one) => Math.max(...one) - Math.min(...one) > 20)).toBe(true)
    expect(all.some((one) => one.some((ms, at) => at > 0 && ms < (one[at - 1] ?? 0)))).toBe(true)
    const losses = seeds.map((seed) => {
      const network = networkOf(seed)
      return Array.from({ length: 500 }, () => network.loses('a→b')).filter(Boolean).length
    })
    expect(losses.some((count) => count === 0)).toBe(true)
    expect(losses.some((count) => count > 0)).toBe(true)
    expect(Math.max(...losses)).toBeLessThan(75)
  })

  it('leaves a node and its engine as near to each other as they are', () => {
    const network = networkOf('3')
    const link = 'follower→follower-el(engine)'
    expect(new Set(Array.from({ length: 200 }, () => network.delayMs(link)))).toEqual(new Set([1]))
  })

  it('is not the even one, which loses nothing', () => {
    expect([evenNetwork.delayMs('a→b'), evenNetwork.loses('a→b')]).toEqual([1, false])
  })
})
