import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { twoVerifiersFollowing } from '../topologies.ts'
import { startSimWorld } from '../world/sim/sim-world.ts'
import type { World } from '../world/world.ts'
import { deposit } from './deposit.ts'
import { wrongOfL1 } from './l1-in-l2.ts'

type Json = Readonly<Record<string, unknown>>

describe('what L2 blocks say of L1', () => {
  let world: World
  beforeAll(async () => {
    world = await startSimWorld({
      ...{ name: 'l1-in-l2', seed: 'l1-in-l2', topology: twoVerifiersFollowing, engine: 'model' },
    })
    await world.within(async () => {
      await deposit(world, 1)
      await world.clock.sleep(40_000, world.failed)
    })
  })
  afterAll(() => world.stop())

  /** With an L1 that says something else. */
  const judged = (method: string, change: (answer: never) => unknown): Promise<string | null> =>
    world.within(async () => {
      const node = world.cls.get('reference')!
      const request = async (asked: string, parameters: readonly unknown[]) => {
        const answer = await world.l1.rpc.request(asked, [...parameters], world.failed)
        return asked === method ? change(answer as never) : answer
      }
      const rpc = { ...world.l1.rpc, request } as World['l1']['rpc']
      return wrongOfL1({ ...world, l1: { rpc } }, node, 1n, node.status.latest!.status.localSafeL2.number)
    })

  it('is what L1 says', async () => {
    expect(await judged('none', (answer) => answer)).toBeNull()
  })

  it.each([
    ['origin', { hash: '0x1' }, /^block 1 has the origin 0x.*, and its L1 origin \d+ has 0x1$/],
    ['randomness', { mixHash: '0x2' }, /^block 1 has the randomness 0x/],
    ['beacon root', { parentBeaconBlockRoot: '0x3' }, /^block 1 has the beacon root 0x/],
  ])('differs in the %s', async (_, change, expected) => {
    const wrong = await judged('eth_getBlockByNumber', (block: Json) => ({ ...block, ...change }))
    expect(wrong).toMatch(expected)
  })

  it('has deposits that L1 has not', async () => {
    expect(await judged('eth_getBlockReceipts', () => [])).toMatch(
      /^block \d+ has 2 deposits, expected 1: it is the first of L1 block \d+$/,
    )
  })

  it('lacks deposits that L1 has', async () => {
    const twice = (receipts: readonly Json[]) => [...receipts, ...receipts]
    expect(await judged('eth_getBlockReceipts', twice)).toMatch(
      /^block \d+ has 2 deposits, expected 3: it is the first of L1 block \d+$/,
    )
  })
})
