import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { type ForkName, type ForkSchedule, forksActiveFrom } from '../../../node/config/forks.ts'
import { payloadBlockHash } from '../../../node/protocol/block-hash.ts'
import type { ExecutionPayload, PayloadEnvelope } from '../../../node/protocol/payload.ts'
import { beaconRootsContract, historyStorageContract } from '../../genesis/system-contracts.ts'
import { contractAlloc } from './testing/contracts.ts'
import { alice, blockTime, bob, deposit, genesisTime, sign, TestChain, word } from './testing/test-chain.ts'
import { InvalidBlockError } from './types.ts'

const other = word(0xbadn)
const systemAlloc = Object.fromEntries(
  [beaconRootsContract, historyStorageContract].map(({ address, code }) => [address, { code, nonce: 1n }]),
)

/** A builder's block with a user transaction, and a validator on the same parent. */
async function setUp(forks: ForkSchedule) {
  const options = { forks, alloc: { ...contractAlloc, ...systemAlloc } }
  const [builder, validator] = [await TestChain.start(options), await TestChain.start(options)]
  await validator.accept({ ...(await builder.next()) })
  const raw = await sign(alice, { nonce: 0, to: bob.address, value: 1n })
  const attributes = builder.attributes([], { noTxPool: false })
  const { block } = await builder.executor.build(builder.head.header, attributes, { pool: [raw] })
  return { validator, envelope: block.envelope, raw }
}

type Change = (envelope: PayloadEnvelope) => PayloadEnvelope
const payload =
  (change: (payload: ExecutionPayload) => Partial<ExecutionPayload>): Change =>
  (envelope) => ({ ...envelope, payload: { ...envelope.payload, ...change(envelope.payload) } })
const without =
  (field: keyof ExecutionPayload): Change =>
  (envelope) => {
    const { [field]: _, ...rest } = envelope.payload
    return { ...envelope, payload: rest as ExecutionPayload }
  }
const transactions = (change: (list: readonly Hex[]) => readonly Hex[]) =>
  payload(({ transactions }) => ({ transactions: change(transactions) }))

const blob: Hex = `0x03${'c0'}`
const legacyOfAnotherChain = () =>
  alice.signTransaction({
    type: 'legacy',
    chainId: 5,
    nonce: 0,
    gas: 21_000n,
    gasPrice: 10n ** 9n,
    to: bob.address,
  })

/** What is changed in a valid payload, and what the error says. */
const cases: readonly (readonly [string, ForkName, Change, string])[] = [
  ['another parent', 'isthmus', payload(() => ({ parentHash: other })), 'parentHash'],
  [
    'a number that does not follow',
    'isthmus',
    payload(({ blockNumber }) => ({ blockNumber: blockNumber + 1n })),
    'blockNumber',
  ],
  [
    "its parent's timestamp",
    'isthmus',
    payload(({ timestamp }) => ({ timestamp: timestamp - blockTime })),
    'timestamp',
  ],
  ['too much gas used', 'isthmus', payload(({ gasUsed }) => ({ gasUsed: gasUsed + 1n })), 'gasUsed'],
  [
    'more gas used than its limit',
    'isthmus',
    payload(({ gasLimit }) => ({ gasUsed: gasLimit + 1n })),
    'gasUsed',
  ],
  ['a gas limit above 2^63', 'isthmus', payload(() => ({ gasLimit: 1n << 63n })), 'gasLimit'],
  [
    'a gas limit below its transactions',
    'isthmus',
    payload(() => ({ gasLimit: 50_000n, gasUsed: 0n })),
    'block gas limit reached',
  ],
  [
    'another base fee',
    'isthmus',
    payload(({ baseFeePerGas }) => ({ baseFeePerGas: baseFeePerGas + 1n })),
    'baseFeePerGas',
  ],
  ['extraData before Holocene', 'granite', payload(() => ({ extraData: '0x00' })), 'extraData'],
  ['no extraData from Holocene on', 'holocene', payload(() => ({ extraData: '0x' })), 'extraData'],
  [
    'extraData of another version',
    'holocene',
    payload(() => ({ extraData: '0x01000000fa00000006' })),
    'extraData',
  ],
  [
    'extraData with a zero denominator',
    'holocene',
    payload(() => ({ extraData: '0x000000000000000006' })),
    'extraData',
  ],
  [
    'extraData with a zero elasticity',
    'holocene',
    payload(() => ({ extraData: '0x00000000fa00000000' })),
    'extraData',
  ],
  [
    "Holocene's extraData in Jovian",
    'jovian',
    payload(() => ({ extraData: '0x00000000fa00000006' })),
    'extraData',
  ],
  ['blob gas before Jovian', 'isthmus', payload(() => ({ blobGasUsed: 131_072n })), 'blobGasUsed'],
  [
    'another DA footprint in Jovian',
    'jovian',
    payload(({ blobGasUsed }) => ({ blobGasUsed: blobGasUsed! + 1n })),
    'blobGasUsed',
  ],
  ['excess blob gas', 'isthmus', payload(() => ({ excessBlobGas: 1n })), 'excessBlobGas'],
  ['no blob gas from Ecotone on', 'ecotone', without('blobGasUsed'), 'blobGasUsed'],
  ['no withdrawals from Canyon on', 'canyon', without('withdrawals'), 'withdrawals'],
  [
    'a withdrawal',
    'canyon',
    payload(() => ({ withdrawals: [{ index: 0n, validatorIndex: 0n, address: bob.address, amount: 1n }] })),
    'withdrawals',
  ],
  ['withdrawals before Canyon', 'regolith', payload(() => ({ withdrawals: [] })), 'withdrawals'],
  ['another withdrawals root', 'isthmus', payload(() => ({ withdrawalsRoot: other })), 'withdrawalsRoot'],
  ['no withdrawals root from Isthmus on', 'isthmus', without('withdrawalsRoot'), 'withdrawalsRoot'],
  [
    'a withdrawals root before Isthmus',
    'granite',
    payload(() => ({ withdrawalsRoot: other })),
    'withdrawalsRoot',
  ],
  ['no parent beacon block root', 'ecotone', ({ payload }) => ({ payload }), 'parentBeaconBlockRoot'],
  [
    'another parent beacon block root',
    'ecotone',
    ({ payload }) => ({ payload, parentBeaconBlockRoot: other }),
    'stateRoot',
  ],
  ['another state root', 'isthmus', payload(() => ({ stateRoot: other })), 'stateRoot'],
  ['another receipts root', 'isthmus', payload(() => ({ receiptsRoot: other })), 'receiptsRoot'],
  ['another bloom', 'isthmus', payload(() => ({ logsBloom: `0x${'01'.repeat(256)}` })), 'logsBloom'],
  ['a transaction less than its roots say', 'isthmus', transactions((list) => list.slice(0, 1)), 'gasUsed'],
  ['a transaction twice', 'isthmus', transactions((list) => [...list, list.at(-1)!]), 'nonce too low'],
  [
    'a deposit after a user transaction',
    'isthmus',
    transactions((list) => [...list, deposit({ from: bob.address })]),
    'expected all deposits first',
  ],
  [
    'a blob transaction',
    'isthmus',
    transactions((list) => [...list, blob]),
    'blob transactions are disabled',
  ],
  ['an unknown transaction type', 'isthmus', transactions((list) => [...list, '0x05c0']), 'unsupported type'],
  ['bytes that are no transaction', 'isthmus', transactions((list) => [...list, '0x02ff']), 'undecodable'],
  ['an empty transaction', 'isthmus', transactions((list) => [...list, '0x']), 'transaction 2'],
  [
    'a transaction with bytes after its end',
    'isthmus',
    transactions((list) => [...list.slice(0, -1), `${list.at(-1)!}00`]),
    'undecodable',
  ],
  ['no transaction in Jovian', 'jovian', transactions(() => []), 'expected the L1 info deposit first'],
  [
    'no L1 info in Jovian',
    'jovian',
    transactions((list) => list.slice(1)),
    'expected the L1 info deposit first',
  ],
]

describe('execute refuses a payload with', () => {
  it.each(cases)('%s (%s)', async (_case, fork, change, reason) => {
    const { validator, envelope } = await setUp(forksActiveFrom(fork))
    const changed = change(envelope)
    const resealed = { ...changed, payload: { ...changed.payload, blockHash: payloadBlockHash(changed) } }
    const attempt = validator.executor.execute(validator.head.header, resealed)
    await expect(attempt).rejects.toThrow(InvalidBlockError)
    await expect(attempt).rejects.toThrow(reason)
    // Nothing changed: the next payload that is right is still executed, and the refused state is unknown.
    expect((await validator.executor.execute(validator.head.header, envelope)).envelope).toEqual(envelope)
    expect(validator.executor.hasState(other)).toBe(false)
  })

  it('another hash than that of its content', async () => {
    const { validator, envelope } = await setUp(forksActiveFrom('isthmus'))
    const changed = { ...envelope, payload: { ...envelope.payload, blockHash: other } }
    await expect(validator.executor.execute(validator.head.header, changed)).rejects.toThrow('blockHash')
  })

  it('user transactions in the first Jovian block (jovian/exec-engine.md)', async () => {
    const forks = { ...forksActiveFrom('isthmus'), jovian: genesisTime + blockTime }
    const chain = await TestChain.start({ forks })
    const raw = await sign(alice, { nonce: 0, to: bob.address })
    await expect(chain.build(chain.attributes([raw]))).rejects.toThrow('takes deposits only')
    const { block, rejected } = await chain.build(chain.attributes([], { noTxPool: false }), [raw])
    expect(block.transactions).toHaveLength(1)
    expect(block.header.blobGasUsed).toBe(0n)
    expect(rejected).toEqual([])
  })

  it('a transaction of another chain', async () => {
    const { validator, envelope } = await setUp(forksActiveFrom('isthmus'))
    const raw = await legacyOfAnotherChain()
    const changed = transactions((list) => [...list, raw])(envelope)
    await expect(validator.executor.execute(validator.head.header, changed)).rejects.toThrow('wrong chain id')
  })
})

describe('a state that is not there', () => {
  it('is not the fault of the payload', async () => {
    const { validator, envelope } = await setUp(forksActiveFrom('isthmus'))
    const header = { ...validator.head.header, stateRoot: other }
    const attempt = validator.executor.build(header, validator.attributes(), { pool: [] })
    await expect(attempt).rejects.toThrow('expected the state of block 1')
    await expect(attempt).rejects.not.toThrow(InvalidBlockError)
    expect(() => validator.executor.view(header)).toThrow('expected the state of block 1')
    expect(envelope).toBeDefined()
  })
})
