import { describe, expect, it } from 'vitest'
import { type ForkName, forkNames, forksActiveFrom } from '../../../node/config/forks.ts'
import { isActivationBlock } from './activation-block.ts'
import { alice, blockTime, bob, genesisTime, sign, TestChain } from './testing/test-chain.ts'

/** `fork` starts with the second block after genesis. */
const later = (fork: ForkName) => ({
  ...forksActiveFrom(forkNames[forkNames.indexOf(fork) - 1]!),
  [fork]: genesisTime + 2n * blockTime,
})
const start = (fork: ForkName) => TestChain.start({ forks: later(fork) })
const transfer = () => sign(alice, { nonce: 0, to: bob.address })

describe('isActivationBlock', () => {
  it.each<[string, bigint, bigint, boolean]>([
    ['the block before', 96n, 98n, false],
    ['at the time', 98n, 100n, true],
    ['a fork time between two blocks', 99n, 101n, true],
    ['after a pause of many blocks', 10n, 300n, true],
    ['the block after', 100n, 102n, false],
  ])('%s', (_name, parent, timestamp, expected) => {
    expect(isActivationBlock({ karst: 100n }, parent, timestamp)).toBe(expected)
    expect(isActivationBlock({ jovian: 100n }, parent, timestamp)).toBe(expected)
    expect(isActivationBlock({ isthmus: 100n }, parent, timestamp)).toBe(false)
  })
})

describe('the activation block of a fork from Jovian on takes deposits only', () => {
  it.each([
    ['isthmus', 2],
    ['jovian', 1],
    ['karst', 1],
  ] as const)('%s: the builder leaves the pool out, and keeps what is in it', async (fork, expected) => {
    const chain = await start(fork)
    await chain.next()
    const attributes = () => chain.attributes([], { noTxPool: false })
    const { block, rejected } = await chain.build(attributes(), [await transfer()])
    expect(block.transactions).toHaveLength(expected)
    expect(rejected).toEqual([])
    const next = await chain.build(attributes(), [await transfer()])
    expect(next.block.transactions.length + block.transactions.length).toBe(3)
  })

  it.each(['jovian', 'karst'] as const)('%s: attributes that ask for one are refused', async (fork) => {
    const chain = await start(fork)
    await chain.next()
    const build = chain.executor.build(chain.head.header, chain.attributes([await transfer()]), { pool: [] })
    await expect(build).rejects.toThrow('transaction 1: activation block')
    await chain.next()
    expect((await chain.next([await transfer()])).transactions).toHaveLength(2)
  })

  it('a payload with one is invalid, and with deposits alone it is not', async () => {
    // An engine that knows nothing of Karst builds the same blocks otherwise.
    const lax = await TestChain.start({ forks: forksActiveFrom('jovian') })
    const strict = await start('karst')
    await strict.accept(await lax.next())
    const { block } = await lax.executor.build(lax.head.header, lax.attributes([await transfer()]), {
      pool: [],
    })
    await expect(strict.accept(block)).rejects.toThrow('takes deposits only')
    await strict.accept(await lax.next())
  })
})
