import type { Address, Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { type ForkSchedule, forksActiveFrom } from '../../../node/config/forks.ts'
import { hexToBytes } from '../../../node/protocol/bytes.ts'
import { encodeDepositTransaction } from '../../../node/protocol/deposit-transaction.ts'
import { predeploys } from '../../../node/protocol/predeploys.ts'
import { RlpReader } from '../../../node/protocol/rlp-reader.ts'
import { contractAlloc, contracts } from './testing/contracts.ts'
import { alice, deposit, lower, sign, TestChain, word } from './testing/test-chain.ts'
import type { ExecutedBlock } from './types.ts'

const bedrock: ForkSchedule = {}
const regolith = forksActiveFrom('regolith')
const canyon = forksActiveFrom('canyon')
const isthmus = forksActiveFrom('isthmus')

const sender: Address = '0x00000000000000000000000000000000000000d1'
const receiver: Address = '0x00000000000000000000000000000000000000d2'

/** The block with these deposits after its L1 info, and their receipts. */
async function run(forks: ForkSchedule, ...deposits: Hex[]) {
  const chain = await TestChain.start({ forks, alloc: contractAlloc })
  const block = await chain.next(deposits)
  return { chain, block, receipts: block.receipts.slice(1), receipt: block.receipts[1]! }
}

/** Number of fields of the receipt's consensus encoding. */
function receiptFields(block: ExecutedBlock): number {
  const reader = RlpReader.list(hexToBytes(block.receipts[1]!.encoded), 1)
  let count = 0
  for (; !reader.done; count++) reader.skip()
  return count
}

describe('deposits.md, "Execution"', () => {
  it('mints before the call, and the call moves the value', async () => {
    const { chain, receipt } = await run(
      regolith,
      deposit({ from: sender, to: receiver, mint: 10n, value: 7n }),
    )
    expect(receipt.status).toBe(1)
    expect(await chain.view.balance(sender)).toBe(3n)
    expect(await chain.view.balance(receiver)).toBe(7n)
  })

  it.each([
    ['the value is more than the balance with the mint', { to: receiver, value: 11n }],
    ['a creation has more value than the balance', { to: null, value: 11n }],
    ['the gas is below the intrinsic gas', { to: receiver, gas: 20_999n }],
    ['the call reverts', { to: contracts.revert.address }],
    ['the call runs out of gas', { to: contracts.loop.address }],
    ['the init code fails', { to: null, data: '0xfe' as Hex }],
  ])('keeps the mint and the nonce when %s', async (_case, values) => {
    const { chain, receipt } = await run(regolith, deposit({ from: sender, mint: 10n, ...values }))
    expect(receipt.status).toBe(0)
    expect(receipt.logs).toEqual([])
    expect(await chain.view.balance(sender)).toBe(10n)
    expect(await chain.view.balance(receiver)).toBe(0n)
    expect(await chain.view.nonce(sender)).toBe(1n)
  })

  it('mints even when the same block has another deposit of the sender that uses it', async () => {
    const { chain, receipts } = await run(
      regolith,
      deposit({ from: sender, to: receiver, mint: 10n, value: 99n }),
      deposit({ from: sender, to: receiver, value: 10n }),
    )
    expect(receipts.map(({ status }) => status)).toEqual([0, 1])
    expect(await chain.view.balance(receiver)).toBe(10n)
    expect(await chain.view.nonce(sender)).toBe(2n)
  })

  it('runs a deposit of a contract: no check for an externally owned account', async () => {
    const { receipt } = await run(
      regolith,
      deposit({ from: contracts.store.address, to: receiver, value: 5n }),
    )
    expect(receipt.status).toBe(1)
  })

  it('charges no fee of any kind and pays none to a vault', async () => {
    const { chain } = await run(isthmus, deposit({ from: sender, to: receiver, mint: 10n }))
    expect(await chain.view.balance(sender)).toBe(10n)
    for (const vault of ['sequencerFeeVault', 'baseFeeVault', 'l1FeeVault', 'operatorFeeVault'] as const)
      expect(await chain.view.balance(predeploys[vault])).toBe(0n)
  })

  it('does not see another fee price than 0', async () => {
    // GASPRICE, 0, SSTORE: a slot set to zero costs less than one set to a value.
    const alloc = { [receiver]: { code: '0x3a60010160005500' as Hex, nonce: 1n } }
    const chain = await TestChain.start({ forks: regolith, alloc })
    await chain.next([deposit({ from: sender, to: receiver })])
    expect(await chain.view.storage(receiver, word(0n))).toBe(word(1n))
  })

  it('creates at the address of the nonce before', async () => {
    const code: Hex = '0x600160005360016000f3'
    const { chain, receipts } = await run(
      canyon,
      deposit({ from: sender, to: receiver }),
      deposit({ from: sender, data: code, gas: 200_000n }),
    )
    const created = receipts[1]!.contractAddress!
    expect(receipts[1]!.depositNonce).toBe(1n)
    expect(await chain.view.code(created)).toBe('0x01')
    expect(await chain.view.nonce(created)).toBe(1n)
  })

  it('refuses init code above the EIP-3860 limit from Canyon on', async () => {
    const data = `0x${'00'.repeat(49_153)}` as const
    const big = deposit({ from: sender, mint: 1n, data, gas: 5_000_000n })
    expect((await run(canyon, big)).receipt).toMatchObject({ status: 0, gasUsed: 5_000_000n })
    expect((await run(regolith, big)).receipt).toMatchObject({ status: 1 })
  })

  it('cannot be in a block without the gas for it', async () => {
    const chain = await TestChain.start({ forks: regolith })
    const attributes = chain.attributes([deposit({ from: sender, gas: 29_990_000n })])
    await expect(chain.build(attributes)).rejects.toThrow('block gas limit reached')
  })
})

describe('gas of deposits (deposits.md, "Execution"; regolith/overview.md)', () => {
  const simple = deposit({ from: sender, to: receiver, gas: 100_000n })
  const failing = deposit({ from: sender, to: receiver, value: 1n, gas: 100_000n })
  const system = encodeDepositTransaction({
    sourceHash: word(1n),
    from: sender,
    to: receiver,
    mint: 0n,
    value: 0n,
    gas: 100_000n,
    isSystemTransaction: true,
    data: '0x',
  })

  it.each([
    ['Bedrock counts all gas of a deposit', bedrock, simple, 100_000n, 1],
    ['Bedrock counts none of a system transaction', bedrock, system, 0n, 1],
    ['Regolith counts what was used', regolith, simple, 21_000n, 1],
    ['Regolith fails a system transaction with all its gas', regolith, system, 100_000n, 0],
    ['a deposit that cannot run counts with all its gas', regolith, failing, 100_000n, 0],
  ] as const)('%s', async (_case, forks, raw, gasUsed, status) => {
    const { block, receipt } = await run(forks, raw)
    expect(receipt).toMatchObject({ gasUsed, status })
    const l1Info = forks.regolith === undefined ? 0n : block.receipts[0]!.gasUsed
    expect(receipt.cumulativeGasUsed).toBe(l1Info + gasUsed)
    expect(block.header.gasUsed).toBe(l1Info + gasUsed)
  })

  it('takes EIP-7623 floor gas from Isthmus on', async () => {
    const data = `0x${'ff'.repeat(100)}` as const
    const raw = deposit({ from: sender, to: receiver, data, gas: 100_000n })
    expect((await run(canyon, raw)).receipt.gasUsed).toBe(21_000n + 1600n)
    expect((await run(isthmus, raw)).receipt.gasUsed).toBe(21_000n + 4000n)
  })

  it('fails below the floor although the intrinsic gas is there', async () => {
    const data = `0x${'ff'.repeat(100)}` as const
    const raw = deposit({ from: sender, to: receiver, data, gas: 23_000n, mint: 4n })
    const { chain, receipt } = await run(isthmus, raw)
    expect(receipt).toMatchObject({ status: 0, gasUsed: 23_000n })
    expect(await chain.view.balance(sender)).toBe(4n)
  })

  it.each([
    // Clearing a slot costs 5000 and gives 4800 back (EIP-3529), all together at most a fifth.
    [1, 21_000n + 5006n - 4800n],
    [10, 21_000n + 50_060n - (21_000n + 50_060n) / 5n],
  ])('counts refunds: %i slots cleared', async (count, gasUsed) => {
    const slots = Array.from({ length: count }, (_, index) => index)
    const code = `0x${slots.map((slot) => `600060${slot.toString(16).padStart(2, '0')}55`).join('')}` as const
    const storage = new Map(slots.map((slot) => [word(BigInt(slot)), word(1n)]))
    const chain = await TestChain.start({
      forks: regolith,
      alloc: { [receiver]: { code, nonce: 1n, storage } },
    })
    const block = await chain.next([deposit({ from: sender, to: receiver })])
    expect(block.receipts[1]!.gasUsed).toBe(gasUsed)
  })
})

describe('deposits.md, "Deposit Receipt"', () => {
  const raw = deposit({ from: sender, to: receiver })

  it.each([
    ['Bedrock', bedrock, { depositNonce: undefined, depositReceiptVersion: undefined }, 4],
    ['Regolith', regolith, { depositNonce: 0n, depositReceiptVersion: undefined }, 4],
    ['Canyon', canyon, { depositNonce: 0n, depositReceiptVersion: 1n }, 6],
  ] as const)('%s', async (_fork, forks, fields, encodedFields) => {
    const { block, receipt } = await run(forks, raw)
    expect(receipt.depositNonce).toBe(fields.depositNonce)
    expect(receipt.depositReceiptVersion).toBe(fields.depositReceiptVersion)
    expect(receiptFields(block)).toBe(encodedFields)
    expect(receipt.encoded.startsWith('0x7e')).toBe(true)
  })

  it('has the nonce that a transaction of the same sender left', async () => {
    const chain = await TestChain.start({ forks: canyon })
    await chain.build(chain.attributes([], { noTxPool: false }), [
      await sign(alice, { nonce: 0, to: receiver }),
    ])
    const block = await chain.next([deposit({ from: lower(alice.address), to: receiver })])
    expect(block.receipts[1]!.depositNonce).toBe(1n)
    expect(block.transactions[1]!.nonce).toBe(1n)
  })
})
