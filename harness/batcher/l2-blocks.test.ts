import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeL2, type FakeL2 } from '../../node/derivation/pipeline/testing/fake-l2.ts'
import { sequence } from '../../node/derivation/pipeline/testing/sequence.ts'
import { testRollupConfig } from '../../node/derivation/pipeline/testing/test-config.ts'
import { createFakeL1 } from '../../node/ports/testing/fake-l1.ts'
import { loadBlocks, readAtOnce } from './l2-blocks.ts'

const { signal } = new AbortController()
const l1 = createFakeL1({ genesisTime: 1000n })
const config = testRollupConfig('jovian', { l1Genesis: l1.head })
let l2: FakeL2

beforeEach(async () => {
  l2 = createFakeL2(config)
  await sequence({ config, l1, l2, until: 40n })
})

const load = (source: FakeL2, until: bigint, blocksMax = 500) =>
  loadBlocks({ config, l2: source }, config.genesis.l2, until, blocksMax, signal)

describe('reading blocks, some at once', () => {
  it('gives all of them in their order, up to the limit and to what the engine has', async () => {
    const numbers = async (until: bigint, blocksMax?: number) =>
      (await load(l2, until, blocksMax)).blocks.map(({ ref }) => Number(ref.number))
    const upTo = (number: number) => Array.from({ length: number }, (_, index) => index + 1)
    expect(await numbers(7n)).toEqual(upTo(7))
    expect(await numbers(37n)).toEqual(upTo(37))
    expect(await numbers(37n, 5)).toEqual(upTo(5))
    expect(await numbers(37n, 20)).toEqual(upTo(20))
    expect(await numbers(60n)).toEqual(upTo(40))
  })

  it('notices that the chain changed while it was read', async () => {
    const other = createFakeL2(config)
    await sequence({ config, l1, l2: other, until: 40n, transactions: () => ['0x02'] })
    const blockByNumber: FakeL2['blockByNumber'] = (number, abort) =>
      (number < 26n ? l2 : other).blockByNumber(number, abort)
    const { blocks, reorged } = await load({ ...l2, blockByNumber }, 40n)
    expect(reorged).toBe(true)
    expect(blocks).toHaveLength(25)
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
    await load({ ...l2, blockByNumber }, 40n)
    expect(most).toBe(readAtOnce)
  })
})
