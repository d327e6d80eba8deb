import { beforeEach, describe, expect, it } from 'vitest'
import { forksActiveFrom } from '../../../node/config/forks.ts'
import type { PayloadAttributes } from '../../../node/protocol/payload.ts'
import type { BlockHeader } from '../../el/chain/header.ts'
import { createMemoryStore } from '../../el/execution/memory-store.ts'
import { alice, bob, lower, sign, TestChain, testGenesis } from '../../el/execution/testing/test-chain.ts'
import { type ExecutedBlock, type Executor, InvalidBlockError } from '../../el/execution/types.ts'
import { createSharedExecution } from './shared-execution.ts'
import { executionOf } from './sim-execution.ts'

const options = { forks: forksActiveFrom('karst') }
const genesis = testGenesis(options)

/** An engine's executor, and how often it read its store. */
function engine(executorOf: ReturnType<typeof createSharedExecution>) {
  const store = createMemoryStore()
  let reads = 0
  const headers = new Map<string, BlockHeader>()
  const executor = executorOf({
    config: genesis.config,
    header: (hash) => headers.get(hash),
    store: {
      node(hash) {
        reads++
        return store.node(hash)
      },
      code: (hash) => store.code(hash),
      write: (batch) => store.write(batch),
    },
  })
  const keep = (block: ExecutedBlock) => {
    headers.set(block.hash, block.header)
    return block
  }
  return {
    executor,
    keep,
    async readsOf<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
      const before = reads
      const given = await work()
      return [given, reads - before]
    },
  }
}

describe('execution that the engines of a world share', () => {
  let alone: TestChain
  let first: ReturnType<typeof engine>
  let second: ReturnType<typeof engine>
  let attributes: PayloadAttributes
  let transfer: `0x${string}`
  const balanceOfBob = (executor: Executor, { header }: ExecutedBlock) =>
    executor.view(header).balance(lower(bob.address))

  beforeEach(async () => {
    alone = await TestChain.start(options)
    const executorOf = createSharedExecution(await executionOf.real(genesis))
    first = engine(executorOf)
    second = engine(executorOf)
    for (const { executor, keep } of [first, second])
      expect(keep(await executor.initGenesis(genesis)).hash).toBe(alone.head.hash)
    transfer = await sign(alice, { nonce: 0, to: bob.address, value: 5n })
    attributes = { ...alone.attributes(), noTxPool: false }
  })

  it('gives each what it would have got alone: a block that was built, heard of or derived', async () => {
    const { header } = alone.head
    const [built, reads] = await first.readsOf(() =>
      first.executor.build(header, attributes, { pool: [transfer] }),
    )
    const expected = await alone.build(attributes, [transfer])
    expect(built.block).toEqual(expected.block)
    expect(reads).toBeGreaterThan(3)

    const { envelope } = built.block
    const [heard, hearing] = await second.readsOf(() => second.executor.execute(header, envelope))
    expect(heard).toEqual(expected.block)
    expect(hearing).toBeLessThan(reads / 2)
    expect(await balanceOfBob(second.executor, heard)).toBe(
      await balanceOfBob(alone.executor, expected.block),
    )

    const derived = { ...attributes, transactions: envelope.payload.transactions, noTxPool: true }
    const [derivation, deriving] = await second.readsOf(() =>
      second.executor.build(header, derived, { pool: [] }),
    )
    expect(derivation).toEqual({ block: expected.block, rejected: [] })
    expect(deriving).toBeLessThan(reads / 2)
  })

  it('builds again for other attributes, and from a pool', async () => {
    const { header } = alone.head
    const empty = await first.executor.build(header, { ...attributes, noTxPool: true }, { pool: [] })
    const later = { ...attributes, noTxPool: true, timestamp: attributes.timestamp + 2n }
    expect((await second.executor.build(header, later, { pool: [] })).block.hash).not.toBe(empty.block.hash)
    const pooled = await second.executor.build(header, attributes, { pool: [transfer] })
    expect(pooled.block.transactions).toHaveLength(2)
  })

  it('refuses a payload that bears the hash of a known block and differs from it', async () => {
    const { header } = alone.head
    const { block } = await first.executor.build(header, attributes, { pool: [transfer] })
    const { payload } = block.envelope
    for (const forged of [
      { ...payload, gasUsed: payload.gasUsed + 1n },
      { ...payload, transactions: payload.transactions.slice(0, 1) },
      {
        ...payload,
        withdrawals: [{ index: 0n, validatorIndex: 0n, address: lower(bob.address), amount: 1n }],
      },
    ])
      await expect(
        second.executor.execute(header, { ...block.envelope, payload: forged }),
      ).rejects.toBeInstanceOf(InvalidBlockError)
  })

  it('takes nothing over on a parent that the engine does not have', async () => {
    const { header } = alone.head
    const { block } = await first.executor.build(header, attributes, { pool: [] })
    const next = await first.executor.build(
      first.keep(block).header,
      { ...attributes, timestamp: attributes.timestamp + 2n },
      { pool: [] },
    )
    await expect(second.executor.execute(block.header, next.block.envelope)).rejects.toThrow(
      /expected the state/,
    )
  })
})
