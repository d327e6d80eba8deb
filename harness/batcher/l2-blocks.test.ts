import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeL2, type FakeL2 } from '../../node/derivation/pipeline/testing/fake-l2.ts'
import { sequence } from '../../node/derivation/pipeline/testing/sequence.ts'
import { testRollupConfig } from '../../node/derivation/pipeline/testing/test-config.ts'
import { createFakeL1 } from '../../node/ports/testing/fake-l1.ts'
import { loadBlocks } from './l2-blocks.ts'

const { signal } = new AbortController()
const l1 = createFakeL1({ genesisTime: 1000n })
const config = testRollupConfig('jovian', { l1Genesis: l1.head })
let l2: FakeL2

beforeEach(async () => {
  l2 = createFakeL2(config)
  await sequence({ config, l1, l2, until: 10n })
})

const load = (source: FakeL2, until: bigint, atOnce: number, blocksMax = 500) =>
  loadBlocks({ config, l2: source }, config.genesis.l2, until, { blocksMax, atOnce }, signal)

describe.each([1, 4, 16])('reading %i blocks at once', (atOnce) => {
  it('gives all of them in their order, up to the limit and to what the engine has', async () => {
    const numbers = async (until: bigint, blocksMax?: number) =>
      (await load(l2, until, atOnce, blocksMax)).blocks.map(({ ref }) => Number(ref.number))
    expect(await numbers(7n)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(await numbers(7n, 5)).toEqual([1, 2, 3, 4, 5])
    expect(await numbers(30n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('notices that the chain changed while it was read', async () => {
    const other = createFakeL2(config)
    await sequence({ config, l1, l2: other, until: 10n, transactions: () => ['0x02'] })
    const blockByNumber: FakeL2['blockByNumber'] = (number, abort) =>
      (number < 6n ? l2 : other).blockByNumber(number, abort)
    const { blocks, reorged } = await load({ ...l2, blockByNumber }, 10n, atOnce)
    expect(reorged).toBe(true)
    expect(blocks).toHaveLength(5)
  })

  it('has no more questions under way', async () => {
    let underWay = 0
    let most = 0
    const blockByNumber: FakeL2['blockByNumber'] = async (number, abort) => {
      most = Math.max(most, ++underWay)
      const block = await l2.blockByNumber(number, abort)
      underWay -= 1
      return block
    }
    await load({ ...l2, blockByNumber }, 10n, atOnce)
    expect(most).toBe(Math.min(10, atOnce))
  })
})
