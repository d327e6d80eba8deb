import { expect, it } from 'vitest'
import { TransactionDecoder } from './decode-transaction.ts'
import { alice, bob, chainId, lower, sign } from './testing/test-chain.ts'
import type { SignedTransaction } from './transaction.ts'

function processorTimeOf<T>(work: () => T): { readonly result: T; readonly micros: number } {
  const before = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(before)
  return { result, micros: user + system }
}

it('finds who signed an authorization when execution asks, so that a flood of them costs the pool little', async () => {
  const good = await bob.signAuthorization({ contractAddress: alice.address, chainId, nonce: 5 })
  const raw = await sign(alice, {
    nonce: 0,
    type: 'eip7702',
    to: bob.address,
    authorizationList: Array(1_000).fill(good),
  } as never)
  const decoder = new TransactionDecoder(BigInt(chainId))
  // The sender is known then, as when a block has a transaction of the pool.
  decoder.decode(raw)
  const decoding = processorTimeOf(() => decoder.decode(raw) as SignedTransaction)
  const { authorizations = [] } = decoding.result
  const asking = processorTimeOf(() => authorizations.map(({ authority }) => authority))
  expect(new Set(asking.result)).toEqual(new Set([lower(bob.address)]))
  expect(asking.result).toHaveLength(1_000)
  expect(decoding.micros).toBeLessThan(asking.micros / 2)
  expect(processorTimeOf(() => authorizations.map(({ authority }) => authority)).micros).toBeLessThan(
    asking.micros / 2,
  )
})
