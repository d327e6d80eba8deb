import { type Hex, parseTransaction } from 'viem'
import { describe, expect, it } from 'vitest'
import { JsonRpcError } from '../../node/json-rpc/errors.ts'
import { createFakeWorld } from '../dsl/testing/fake-world.ts'
import { startTransfers } from './transfers.ts'

function engine() {
  const taken: { nonce: number }[] = []
  const fake = {
    taken,
    down: false,
    asked: 0,
    async request(method: string, params: readonly unknown[]) {
      if (fake.down) throw new JsonRpcError(-32000, 'the pool is full')
      if (method === 'eth_getTransactionCount') {
        fake.asked++
        return '0x5'
      }
      const { nonce = 0, gas } = parseTransaction(params[0] as Hex)
      expect(gas).toBe(21_000n)
      taken.push({ nonce })
      return `0x${'0'.repeat(64)}`
    },
    requestAll: async () => [],
  }
  return fake
}

describe('a load of transfers', () => {
  it('sends at its rate, each sender with its own nonces in order', async () => {
    const world = createFakeWorld()
    const rpc = engine()
    const transfers = startTransfers({ world, rpc, perSecond: 20 })
    for (let step = 0; step < 50; step++) await world.clock.advance(100)
    await transfers.stop()
    expect(transfers.sent).toBeGreaterThanOrEqual(98)
    expect(transfers.sent).toBeLessThanOrEqual(101)
    const users = world.accounts.users.length
    expect(rpc.asked).toBe(users)
    const firstSender = rpc.taken.filter((_, index) => index % users === 0).map(({ nonce }) => nonce)
    expect(firstSender).toEqual(firstSender.map((_, index) => 5 + index))
    await world.stop()
  })

  it('goes on when the engine refuses, asks for the nonce again, and makes up for a second at most', async () => {
    const world = createFakeWorld()
    const rpc = engine()
    rpc.down = true
    const transfers = startTransfers({ world, rpc, perSecond: 10 })
    for (let step = 0; step < 100; step++) await world.clock.advance(100)
    expect(transfers.sent).toBe(0)
    expect(transfers.lastRefusal).toBe('the pool is full')
    rpc.down = false
    for (let step = 0; step < 10; step++) await world.clock.advance(100)
    await transfers.stop()
    expect(transfers.sent).toBeGreaterThanOrEqual(9)
    expect(transfers.sent).toBeLessThanOrEqual(21)
    await world.stop()
  })
})
