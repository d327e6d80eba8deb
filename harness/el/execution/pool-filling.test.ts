import { concat, type Hex, keccak256, numberToHex, toRlp } from 'viem'
import { sign as signHash } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { forksActiveFrom } from '../../../node/config/forks.ts'
import { contractAlloc, contracts } from './testing/contracts.ts'
import {
  alice,
  bob,
  carol,
  chainId,
  deposit,
  lower,
  sign,
  TestChain,
  type TestChainOptions,
} from './testing/test-chain.ts'
import type { DaLimits } from './types.ts'

const forks = forksActiveFrom('isthmus')

async function fill(
  pool: readonly Hex[],
  options: Partial<TestChainOptions> = {},
  shouldStop?: () => boolean,
) {
  const chain = await TestChain.start({ forks, alloc: contractAlloc, ...options })
  const attributes = chain.attributes([], { noTxPool: false })
  const { block, rejected } = await chain.executor.build(chain.head.header, attributes, {
    pool,
    ...(shouldStop === undefined ? {} : { shouldStop }),
  })
  return {
    chain,
    block,
    included: block.transactions.slice(1).map(({ raw }) => raw),
    rejected: rejected.map(({ reason }) => reason.split(':')[0]),
  }
}

const transfer = (account: typeof alice, nonce: number, more: object = {}) =>
  sign(account, { nonce, to: bob.address, value: 1n, gas: 21_000n, ...more })

/** `data` that FastLZ cannot shorten. */
const incompressible = (bytes: number): Hex =>
  concat(Array.from({ length: Math.ceil(bytes / 32) }, (_, index) => keccak256(numberToHex(index))))

describe('a block whose batch data is limited', () => {
  const fillWithin = async (daLimits: DaLimits, pool: readonly Hex[]) => {
    const chain = await TestChain.start({ forks, alloc: contractAlloc })
    const attributes = chain.attributes([], { noTxPool: false })
    const { block, rejected } = await chain.executor.build(chain.head.header, attributes, { pool, daLimits })
    expect(rejected).toEqual([])
    return block.transactions.slice(1).map(({ raw }) => raw)
  }
  const big = { gas: 1_000_000n, data: incompressible(2_000) }

  it('passes over what is too big, and what its sender has after it, and keeps them for later', async () => {
    const pool = [await transfer(alice, 0, big), await transfer(alice, 1), await transfer(bob, 0)]
    expect(await fillWithin({ transactionMax: 1_000n, blockMax: null }, pool)).toEqual([pool[2]])
    expect(await fillWithin({ transactionMax: null, blockMax: null }, pool)).toEqual(pool)
  })

  it('takes no more than the block may bring, whatever comes first', async () => {
    const pool = [await transfer(alice, 0, big), await transfer(bob, 0, big), await transfer(carol, 0)]
    expect(await fillWithin({ transactionMax: null, blockMax: 2_500n }, pool)).toEqual([pool[0], pool[2]])
    expect(await fillWithin({ transactionMax: null, blockMax: 1n }, pool)).toEqual([])
  })
})

describe('a block from the pool', () => {
  it('takes transactions in the given order', async () => {
    const pool = [await transfer(bob, 0), await transfer(alice, 0), await transfer(alice, 1)]
    expect((await fill(pool)).included).toEqual(pool)
  })

  it.each([
    ['nonce too low', { nonce: -1 }, 'nonce too low'],
    ['insufficient funds', { value: 10n ** 24n }, 'insufficient funds'],
    ['intrinsic gas too low', { gas: 20_999n }, 'intrinsic gas too low'],
    ['calldata below the floor', { gas: 23_000n, data: `0x${'ff'.repeat(100)}` }, 'gas below calldata floor'],
    [
      'a priority fee above the cap',
      { maxFeePerGas: 5000n, maxPriorityFeePerGas: 5001n },
      'priority fee above fee cap',
    ],
    ['another chain', { chainId: 5 }, 'wrong chain id'],
  ])('drops for good: %s', async (_case, values, problem) => {
    const { nonce = 0, ...more } = values as { readonly nonce?: number }
    const pool =
      nonce === -1
        ? [await transfer(alice, 0), await transfer(alice, 0, { value: 2n }), await transfer(bob, 0)]
        : [await signUnchecked(more), await transfer(bob, 0)]
    const { included, rejected } = await fill(pool)
    expect(rejected).toEqual([problem])
    expect(included.at(-1)).toBe(pool.at(-1))
  })

  it.each([
    ['a nonce that is not reached yet', async () => [await transfer(alice, 3)]],
    ['a fee cap below the base fee', async () => [await transfer(alice, 0, { maxFeePerGas: 5n })]],
    ['more gas than the block has left', async () => [await transfer(alice, 0, { gas: 29_999_999n })]],
  ])('leaves in the pool, with what follows it: %s', async (_case, make) => {
    const pool = [...(await make()), await transfer(alice, 0), await transfer(carol, 0)]
    const { included, rejected } = await fill(pool)
    expect(rejected).toEqual([])
    expect(included).toEqual([pool.at(-1)])
  })

  it('drops deposits, blob transactions and garbage', async () => {
    const pool: Hex[] = [deposit({ from: lower(alice.address), mint: 10n ** 30n }), '0x03c0', '0x1234', '0x']
    const { included, rejected } = await fill(pool)
    expect(rejected).toEqual(['unsupported type', 'unsupported type', 'unsupported type', 'unsupported type'])
    expect(included).toEqual([])
  })

  it('does not read the pool when the attributes say so, nor for a full block', async () => {
    const pool = {
      [Symbol.iterator](): Iterator<Hex> {
        throw new Error('the pool was read')
      },
    }
    const chain = await TestChain.start({ forks })
    const { block } = await chain.build(chain.attributes(), pool)
    expect(block.transactions).toHaveLength(1)
  })

  it('stops when it is told to', async () => {
    const pool = [await transfer(alice, 0), await transfer(alice, 1), await transfer(alice, 2)]
    let asked = 0
    const { included } = await fill(pool, {}, () => ++asked > 2)
    expect(included).toEqual(pool.slice(0, 2))
  })

  it('never exceeds the gas limit, and fills it', async () => {
    const pool = await Promise.all(Array.from({ length: 10 }, (_, nonce) => transfer(alice, nonce)))
    const { block, included } = await fill(pool, { gasLimit: 1_100_000n })
    expect(included).toHaveLength(10)
    expect(block.header.gasUsed).toBeLessThanOrEqual(block.header.gasLimit)
    const loops = await Promise.all(
      Array.from({ length: 5 }, (_, nonce) =>
        sign(alice, { nonce, to: contracts.loop.address, gas: 400_000n }),
      ),
    )
    const full = await fill(loops, { gasLimit: 1_100_000n })
    expect(full.included).toHaveLength(2)
    expect(full.rejected).toEqual([])
  })

  it('refuses a sender that is a contract (EIP-3607), but not one with a delegation', async () => {
    const code = (code: Hex) => ({ [lower(alice.address)]: { code, nonce: 0n, balance: 10n ** 20n } })
    const pool = [await transfer(alice, 0)]
    expect((await fill(pool, { alloc: code('0x00') })).rejected).toEqual(['sender is a contract'])
    const delegated: Hex = `0xef0100${'00'.repeat(19)}a3`
    expect((await fill(pool, { alloc: code(delegated) })).included).toEqual(pool)
  })

  it('is what a validator gets from its payload', async () => {
    const pool = [
      await sign(alice, { nonce: 0, to: contracts.revert.address }),
      await transfer(alice, 1),
      await sign(bob, { nonce: 0, to: contracts.loop.address }),
    ]
    const { block } = await fill(pool)
    const validator = await TestChain.start({ forks, alloc: contractAlloc })
    expect(await validator.accept(block)).toEqual(block)
  })
})

/** Signs with a priority fee above the cap too, which viem's account does not. */
async function signUnchecked(values: {
  readonly maxPriorityFeePerGas?: bigint
  readonly maxFeePerGas?: bigint
}): Promise<Hex> {
  const { maxPriorityFeePerGas, maxFeePerGas } = values
  if (maxPriorityFeePerGas === undefined || maxFeePerGas === undefined) return transfer(alice, 0, values)
  const prices = [numberToHex(maxPriorityFeePerGas), numberToHex(maxFeePerGas)]
  const body = [
    numberToHex(chainId),
    '0x',
    ...prices,
    numberToHex(21_000),
    lower(bob.address),
    '0x01',
    '0x',
    [],
  ]
  const hash = keccak256(concat(['0x02', toRlp(body as never)]))
  const { r, s, yParity } = await signHash({ hash, privateKey: `0x${'1'.repeat(64)}` })
  return concat(['0x02', toRlp([...body, yParity === 0 ? '0x' : '0x01', r, s] as never)])
}

describe('a transaction that runs for too long', () => {
  /** JUMPDEST, PUSH1 0, JUMP: it ends when its gas does. */
  const loop: Hex = '0x5b600056'

  it('leaves the block and the pool, and keeps nothing else from either', async () => {
    const chain = await TestChain.start({ forks, alloc: contractAlloc })
    const attributes = chain.attributes([], { noTxPool: false })
    const pool = [
      await sign(alice, { nonce: 0, data: loop, gas: 20_000_000n }),
      await transfer(alice, 1),
      await transfer(bob, 0),
    ]
    // A clock that goes on by a millisecond whenever it is looked at.
    let nowMs = 0
    const { block, rejected } = await chain.executor.build(chain.head.header, attributes, {
      ...{ pool, transactionLimit: { ms: 50, nowMs: () => nowMs++ } },
    })
    expect(block.transactions.slice(1).map(({ raw }) => raw)).toEqual([pool[2]])
    expect(rejected.map(({ reason }) => reason)).toEqual(['it ran for more than 50 ms'])
    // Nothing of it is in the state: the block is valid for a node that never saw it.
    const other = await TestChain.start({ forks, alloc: contractAlloc })
    await expect(other.executor.execute(other.head.header, block.envelope)).resolves.toMatchObject({
      hash: block.hash,
    })
  })

  it('gives everything else in the process its turns meanwhile, also in a block of others', async () => {
    const chain = await TestChain.start({ forks, alloc: contractAlloc })
    const builder = await TestChain.start({ forks, alloc: contractAlloc })
    const attributes = builder.attributes([], { noTxPool: false })
    const pool = [await sign(alice, { nonce: 0, data: loop, gas: 5_000_000n })]
    const { block } = await builder.executor.build(builder.head.header, attributes, { pool })
    expect(block.transactions).toHaveLength(2)
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    await chain.executor.execute(chain.head.header, block.envelope)
    clearInterval(timer)
    expect(turns).toBeGreaterThan(3)
  })
})
