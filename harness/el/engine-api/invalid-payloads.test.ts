import type { Hash, Hex } from 'viem'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { payloadBlockHash } from '../../../node/protocol/block-hash.ts'
import { encodeDepositTransaction } from '../../../node/protocol/deposit-transaction.ts'
import type { ExecutionPayload, PayloadEnvelope } from '../../../node/protocol/payload.ts'
import { attributesWithTransfers } from '../persistence/testing/transfers.ts'
import { buildBlock, buildPayload, createTestChain, startTestEl, type TestEl } from '../testing/test-el.ts'

const other: Hash = `0x${'ab'.repeat(32)}`
const deposit = encodeDepositTransaction({
  sourceHash: other,
  from: '0x00000000000000000000000000000000000000aa',
  to: '0x00000000000000000000000000000000000000bb',
  mint: 1n,
  value: 0n,
  gas: 50_000n,
  isSystemTransaction: false,
  data: '0x',
})
const blobTransaction: Hex = '0x03c0'

/** What is changed in a valid payload on the head, and what the answer says. The block hash is made to fit. */
const cases: readonly (readonly [
  string,
  (payload: ExecutionPayload, genesis: Hash) => Partial<ExecutionPayload>,
  RegExp,
])[] = [
  ['a parent that is not the one below', (_, genesis) => ({ parentHash: genesis }), /blockNumber/],
  ['the timestamp of its parent', ({ timestamp }) => ({ timestamp: timestamp - 1n }), /timestamp/],
  ['more gas used than it has', ({ gasLimit }) => ({ gasUsed: gasLimit + 1n }), /gas/],
  ['other gas used', ({ gasUsed }) => ({ gasUsed: gasUsed + 1n }), /gasUsed/],
  ['another base fee', ({ baseFeePerGas }) => ({ baseFeePerGas: baseFeePerGas + 1n }), /baseFeePerGas/],
  ['extraData of the fork before', () => ({ extraData: '0x00000000fa00000006' }), /extraData/],
  ['another DA footprint', ({ blobGasUsed }) => ({ blobGasUsed: blobGasUsed! + 1n }), /blobGasUsed/],
  ['excess blob gas', () => ({ excessBlobGas: 1n }), /excessBlobGas/],
  ['another withdrawals root', () => ({ withdrawalsRoot: other }), /withdrawalsRoot/],
  ['another state root', () => ({ stateRoot: other }), /stateRoot/],
  ['another receipts root', () => ({ receiptsRoot: other }), /receiptsRoot/],
  [
    'other transactions than its roots say',
    ({ transactions }) => ({ transactions: transactions.slice(0, -1) }),
    /gasUsed/,
  ],
  [
    'a deposit after a user transaction',
    ({ transactions }) => ({ transactions: [...transactions, deposit] }),
    /deposit/,
  ],
  [
    'a blob transaction',
    ({ transactions }) => ({ transactions: [...transactions, blobTransaction] }),
    /blob/,
  ],
]

let el: TestEl
let valid: PayloadEnvelope
let genesis: Hash
let head: Hash

beforeAll(async () => {
  const chain = await createTestChain('jovian')
  el = await startTestEl(chain)
  genesis = el.chain.head.hash
  const first = await buildBlock(el, genesis, await attributesWithTransfers(chain, 1))
  head = first.payload.blockHash
  valid = await buildPayload(el, head, await attributesWithTransfers(chain, 2))
}, 60_000)

afterAll(() => el.close())

const ask = (method: string, ...params: unknown[]) => el.rpc.request(method, params)

it.each(cases)('newPayload answers INVALID to %s, and the head stays', async (_name, change, reason) => {
  const changed = { ...valid, payload: { ...valid.payload, ...change(valid.payload, genesis) } }
  const envelope = { ...changed, payload: { ...changed.payload, blockHash: payloadBlockHash(changed) } }
  const status = await el.engine.newPayload(envelope)
  expect(status).toEqual({
    status: 'INVALID',
    latestValidHash: changed.payload.parentHash,
    validationError: expect.stringMatching(reason),
  })
  expect(await ask('eth_getBlockByNumber', 'latest', false)).toMatchObject({ hash: head })
  expect(await ask('eth_getBlockByHash', envelope.payload.blockHash, false)).toBeNull()
})

it('a transactions root that does not fit is a wrong block hash, without a valid ancestor', async () => {
  const { transactions } = valid.payload
  const envelope = { ...valid, payload: { ...valid.payload, transactions: transactions.slice(0, -1) } }
  expect(await el.engine.newPayload(envelope)).toMatchObject({ status: 'INVALID', latestValidHash: null })
  expect(await ask('eth_getBlockByNumber', 'latest', false)).toMatchObject({ hash: head })
})

it('empty transactions are refused by their number, before they are read or hashed', async () => {
  const payload = { ...valid.payload, transactions: Array<Hex>(150_000).fill('0x') }
  const status = await el.engine.newPayload({ ...valid, payload })
  const message = expect.stringMatching(/^transactions: expected at most \d+ of users .* found 150000$/)
  expect(status).toEqual({ status: 'INVALID', latestValidHash: null, validationError: message })
  const state = { headBlockHash: head, safeBlockHash: genesis, finalizedBlockHash: genesis }
  const { timestamp, prevRandao, feeRecipient, gasLimit } = valid.payload
  const attributes = {
    timestamp: `0x${timestamp.toString(16)}`,
    ...{ prevRandao, suggestedFeeRecipient: feeRecipient, gasLimit: `0x${gasLimit.toString(16)}` },
    ...{ withdrawals: [], parentBeaconBlockRoot: other, transactions: payload.transactions },
  }
  await expect(el.auth.request('engine_forkchoiceUpdatedV3', [state, attributes])).rejects.toThrow(
    /^transactions: expected at most/,
  )
})

it('a million of them are not even parsed', async () => {
  const payload = { ...valid.payload, transactions: Array<Hex>(1_000_000).fill('0x') }
  await expect(el.engine.newPayload({ ...valid, payload })).rejects.toThrow(/more than 200000 values/)
})

it('the payload that all of them were made from is VALID', async () => {
  expect(await el.engine.newPayload(valid)).toMatchObject({ status: 'VALID' })
})
