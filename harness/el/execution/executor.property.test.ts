import fc from 'fast-check'
import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { type ForkSchedule, forkNames } from '../../../node/config/forks.ts'
import { contractAlloc, contracts } from './testing/contracts.ts'
import {
  alice,
  blockTime,
  chainId,
  deposit,
  genesisTime,
  lower,
  sign,
  TestChain,
  users,
  word,
} from './testing/test-chain.ts'

/** One fork a block, from Bedrock on. */
const allForks: ForkSchedule = Object.fromEntries(
  forkNames.map((name, index) => [name, genesisTime + blockTime * BigInt(index + 2)]),
)
const blocksMax = forkNames.length + 3

type Step =
  | { readonly kind: 'transfer' | 'legacy'; readonly to: number; readonly value: bigint }
  | { readonly kind: 'store'; readonly slot: bigint; readonly value: bigint; readonly listed: boolean }
  | { readonly kind: 'revert' | 'log' | 'loop' | 'selfdestruct' | 'blockHash' }
  | { readonly kind: 'create'; readonly initCode: Hex; readonly nested: boolean }
  | { readonly kind: 'delegate'; readonly to: number; readonly nonceOffset: number }
  | {
      readonly kind: 'deposit'
      readonly mint: bigint
      readonly value: bigint
      readonly gas: bigint
      readonly to: number
    }
  | { readonly kind: 'depositCreate'; readonly initCode: Hex; readonly gas: bigint }

/** Returns one byte of code; reverts; creates nothing; is not valid code at all. */
const initCode = fc.constantFrom<Hex[]>(
  '0x600160005360016000f3',
  '0x60006000fd',
  '0x',
  '0xfe',
  '0x60ef60005360016000f3',
)
const who = fc.integer({ min: 0, max: users.length - 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('transfer' as const, 'legacy' as const),
    to: who,
    value: fc.bigInt(0n, 10n ** 18n),
  }),
  fc.record({
    kind: fc.constant('store' as const),
    slot: fc.bigInt(0n, 3n),
    value: fc.constantFrom(0n, 1n, 2n, 1n << 255n),
    listed: fc.boolean(),
  }),
  fc.record({
    kind: fc.constantFrom('revert' as const, 'log', 'loop', 'selfdestruct', 'blockHash'),
  }) as fc.Arbitrary<Step>,
  fc.record({ kind: fc.constant('create' as const), initCode, nested: fc.boolean() }),
  fc.record({ kind: fc.constant('delegate' as const), to: who, nonceOffset: fc.integer({ min: 0, max: 1 }) }),
  fc.record({
    kind: fc.constant('deposit' as const),
    mint: fc.constantFrom(0n, 5n, 10n ** 18n),
    value: fc.constantFrom(0n, 3n, 10n ** 24n),
    gas: fc.constantFrom(20_999n, 100_000n),
    to: who,
  }),
  fc.record({
    kind: fc.constant('depositCreate' as const),
    initCode,
    gas: fc.constantFrom(53_000n, 200_000n),
  }),
)

/** Raw transactions of a block: deposits apart, because they come first. */
async function encode(steps: readonly Step[], nonces: number[], isIsthmus: boolean) {
  const deposits: Hex[] = []
  const pool: Hex[] = []
  for (const [index, step] of steps.entries()) {
    const sender = index % users.length
    const account = users[sender]!
    if (step.kind === 'deposit' || step.kind === 'depositCreate') {
      const from = lower(account.address)
      // A deposit bumps the nonce of its sender too: one that no user has keeps the pool simple.
      const alias = `0x11${from.slice(4)}` as const
      deposits.push(
        step.kind === 'deposit'
          ? deposit({ ...step, from: alias, to: lower(users[step.to]!.address) })
          : deposit({ from: alias, to: null, data: step.initCode, gas: step.gas }),
      )
      continue
    }
    if (step.kind === 'delegate' && !isIsthmus) continue
    const nonce = nonces[sender]!++
    pool.push(await sign(account, { nonce, ...(await body(step, nonce)) }))
  }
  return { deposits, pool }
}

async function body(
  step: Exclude<Step, { kind: 'deposit' | 'depositCreate' }>,
  nonce: number,
): Promise<object> {
  switch (step.kind) {
    case 'transfer':
      return { to: users[step.to]!.address, value: step.value }
    case 'legacy':
      return {
        type: 'legacy',
        to: users[step.to]!.address,
        value: step.value,
        gasPrice: 10n ** 9n,
        maxFeePerGas: undefined,
        maxPriorityFeePerGas: undefined,
      }
    case 'store':
      return {
        to: contracts.store.address,
        data: `${word(step.slot)}${word(step.value).slice(2)}`,
        accessList: step.listed ? [{ address: contracts.store.address, storageKeys: [word(step.slot)] }] : [],
      }
    case 'create':
      return step.nested ? { to: contracts.create.address, data: step.initCode } : { data: step.initCode }
    case 'delegate': {
      const authority = users[step.to]!
      const authorization = await authority.signAuthorization({
        contractAddress: contracts.log.address,
        chainId,
        nonce: nonce + step.nonceOffset,
      })
      return { type: 'eip7702', to: authority.address, data: '0x1234', authorizationList: [authorization] }
    }
    default:
      return { to: contracts[step.kind].address, data: word(BigInt(nonce)), gas: 60_000n }
  }
}

/** Of some 30 blocks each. */
const runs = 12

describe('two executors', () => {
  it('agree on every block, built in one and executed in the other, across all forks', {
    timeout: runs * 20_000,
  }, async () => {
    const options = { forks: allForks, alloc: contractAlloc }
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { maxLength: 5 }), { minLength: blocksMax, maxLength: blocksMax }),
        async (blocks) => {
          const [builder, validator] = [await TestChain.start(options), await TestChain.start(options)]
          for (const steps of blocks) {
            const timestamp = builder.head.header.timestamp + blockTime
            const isIsthmus = timestamp >= allForks.isthmus!
            const nonces = await Promise.all(
              users.map(async ({ address }) => Number(await builder.view.nonce(lower(address)))),
            )
            const { deposits, pool } = await encode(steps, nonces, isIsthmus)
            const isJovianStart = timestamp === allForks.jovian
            const attributes = builder.attributes(deposits, { noTxPool: isJovianStart, timestamp })
            const parent = builder.head.header
            const { block } = await builder.build(attributes, pool)
            const executed = await validator.accept(block)
            expect(executed).toEqual(block)
            // The derived block is built from attributes that hold every transaction.
            const { transactions } = block.envelope.payload
            const rebuilt = await validator.executor.build(
              parent,
              { ...attributes, transactions, noTxPool: true },
              { pool: [] },
            )
            expect(rebuilt.block.hash).toBe(block.hash)
          }
          const address = lower(alice.address)
          expect(await validator.view.balance(address)).toBe(await builder.view.balance(address))
        },
      ),
      { numRuns: runs },
    )
  })
})
