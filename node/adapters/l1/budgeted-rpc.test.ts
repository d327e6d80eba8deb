import { describe, expect, it } from 'vitest'
import { createCallBudget } from '../../concurrency/call-budget.ts'
import { createJsonRpcClient, type RpcCall } from '../../json-rpc/client.ts'
import { JsonRpcError } from '../../json-rpc/errors.ts'
import { createMemoryTransport } from '../../json-rpc/memory-transport.ts'
import { createFakeClock } from '../../ports/testing/fake-clock.ts'
import { createFakeRandom } from '../../ports/testing/fake-random.ts'
import { withBudget } from './budgeted-rpc.ts'

/** An L1 that counts the calls of each second, however many messages bring them, and may refuse some. */
function setup(limit: number | null, serves: (call: number, nowMs: number) => boolean = () => true) {
  const clock = createFakeClock()
  const perSecond: number[] = []
  const lowered: number[] = []
  let calls = 0
  const server = createMemoryTransport('l1', {
    methods: {
      get:
        () =>
        ([value]) => {
          const second = Math.floor(clock.nowMs() / 1000)
          perSecond[second] = (perSecond[second] ?? 0) + 1
          if (!serves(++calls, clock.nowMs())) throw new JsonRpcError(-32005, 'limit exceeded')
          return value
        },
    },
  })
  const budget = createCallBudget({
    clock,
    random: createFakeRandom(),
    limit,
    onLowered: (rate) => lowered.push(rate),
  })
  const rpc = withBudget(createJsonRpcClient({ transport: server }), { budget, clock, priority: 'next' })
  return { clock, perSecond, lowered, rpc, calls: () => calls }
}
const some = (count: number): RpcCall[] =>
  Array.from({ length: count }, (_, value) => ({ method: 'm', params: [value] }))
const values = (count: number) =>
  Array.from({ length: count }, (_, value) => ({ status: 'fulfilled', value }))

describe('a client with a budget', () => {
  it('counts every call of a batch', async () => {
    const { clock, rpc, perSecond } = setup(10)
    const asked = Promise.all([rpc.requestAll(some(20)), rpc.requestAll(some(20)), rpc.request('m', [7])])
    await clock.advance(6_000)
    expect(await asked).toEqual([values(20), values(20), 7])
    // A batch goes when its last call may go: 20 calls each two seconds, never before their time.
    const total = (seconds: number) =>
      perSecond.slice(0, seconds).reduce((sum, calls) => sum + (calls ?? 0), 0)
    for (let second = 1; second <= 6; second++) expect(total(second)).toBeLessThanOrEqual(second * 10 + 1)
    expect(total(6)).toBe(41)
  })

  it('makes those calls of a batch again that were refused for their number, and learns from it once', async () => {
    const { clock, rpc, lowered, calls } = setup(null, (call) => call <= 15 || call > 20)
    const asked = rpc.requestAll(some(20))
    await clock.advance(10_000)
    expect(await asked).toEqual(values(20))
    expect(calls()).toBe(25)
    expect(lowered).toEqual([15 * 0.8])
  })

  it('gives up on calls that are refused again and again, without the others of their batch', async () => {
    const { clock, rpc, calls } = setup(null, (call) => call <= 3)
    const asked = rpc.requestAll(some(4))
    await clock.advance(120_000)
    const outcomes = await asked
    expect(outcomes.slice(0, 3)).toEqual(values(3))
    expect(outcomes[3]).toMatchObject({ status: 'rejected', reason: { code: -32005 } })
    expect(calls()).toBe(3 + 5)
  })
})
