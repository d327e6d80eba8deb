import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { type ForkName, type ForkSchedule, forksActiveFrom } from '../../../node/config/forks.ts'
import { hexToBytes } from '../../../node/protocol/bytes.ts'
import { predeploys } from '../../../node/protocol/predeploys.ts'
import { fastLzLength } from './fastlz.ts'
import {
  alice,
  bob,
  l1BlockValues,
  lower,
  sign,
  TestChain,
  type TestChainOptions,
  users,
} from './testing/test-chain.ts'

const values = l1BlockValues
const vaults = [
  predeploys.sequencerFeeVault,
  predeploys.baseFeeVault,
  predeploys.l1FeeVault,
  predeploys.operatorFeeVault,
] as const

/** A block with one transaction of alice to bob at that fork. */
async function transfer(forks: ForkSchedule, options: Partial<TestChainOptions> = {}, data: Hex = '0x') {
  const chain = await TestChain.start({ forks, ...options })
  const before = await chain.view.balance(lower(alice.address))
  const raw = await sign(alice, { nonce: 0, to: bob.address, value: 5n, data })
  const { block } = await chain.build(chain.attributes([], { noTxPool: false }), [raw])
  const paid = before - (await chain.view.balance(lower(alice.address))) - 5n
  const [tip, baseFee, l1Fee, operatorFee] = await Promise.all(
    vaults.map((vault) => chain.view.balance(vault)),
  )
  const receipt = block.receipts[1]!
  return { chain, block, raw: hexToBytes(raw), receipt, paid, tip, baseFee, l1Fee, operatorFee }
}

const calldataGas = (raw: Uint8Array) => BigInt(raw.reduce((sum, byte) => sum + (byte === 0 ? 4 : 16), 0))
const fork = (name: ForkName) => forksActiveFrom(name)

describe('L1 data fee (exec-engine.md, "L1-Cost fees")', () => {
  const bedrock = (gas: bigint) => (gas * values.baseFee * values.scalar) / 1_000_000n
  const price =
    16n * BigInt(values.baseFeeScalar) * values.baseFee +
    BigInt(values.blobBaseFeeScalar) * values.blobBaseFee

  it('Bedrock counts 68 more non-zero bytes', async () => {
    const { raw, l1Fee, receipt } = await transfer({})
    const gas = calldataGas(raw) + 68n * 16n + values.overhead
    expect(l1Fee).toBe(bedrock(gas))
    expect(receipt.l1Fee).toMatchObject({ l1GasUsed: gas, l1FeeScalar: 0.684, l1GasPrice: values.baseFee })
  })

  it('Regolith does not', async () => {
    const { raw, l1Fee } = await transfer(fork('regolith'))
    expect(l1Fee).toBe(bedrock(calldataGas(raw) + values.overhead))
  })

  it('Ecotone adds the blob base fee', async () => {
    const { raw, l1Fee, receipt } = await transfer(fork('ecotone'))
    expect(l1Fee).toBe((calldataGas(raw) * price) / 16_000_000n)
    expect(receipt.l1Fee).toEqual({
      l1Fee,
      l1GasPrice: values.baseFee,
      l1GasUsed: calldataGas(raw),
      l1BlobBaseFee: values.blobBaseFee,
      l1BaseFeeScalar: BigInt(values.baseFeeScalar),
      l1BlobBaseFeeScalar: BigInt(values.blobBaseFeeScalar),
    })
  })

  it.each(['ecotone', 'fjord'] as const)(
    "%s keeps Bedrock's formula while L1Block lacks the new values (ecotone/l1-attributes.md)",
    async (name) => {
      const { raw, l1Fee } = await transfer(fork(name), { l1Block: { 3: 0n, 7: 0n } })
      expect(l1Fee).toBe(bedrock(calldataGas(raw) + values.overhead))
    },
  )

  it('Fjord estimates the size by FastLZ (fjord/exec-engine.md)', async () => {
    const data =
      `0x${Array.from({ length: 400 }, (_, index) => ((index * 7919) % 251).toString(16).padStart(2, '0')).join('')}` as const
    const { raw, l1Fee } = await transfer(fork('fjord'), {}, data)
    const size = 836_500n * BigInt(fastLzLength(raw)) - 42_585_600n
    expect(size).toBeGreaterThan(100_000_000n)
    expect(l1Fee).toBe((size * price) / 10n ** 12n)
  })

  it('Fjord counts at least 100 bytes', async () => {
    const { l1Fee } = await transfer(fork('fjord'))
    expect(l1Fee).toBe((100_000_000n * price) / 10n ** 12n)
  })
})

describe('fastLzLength (fjord/exec-engine.md, "FastLZ Implementation")', () => {
  // The last two are in op-geth's own test of its estimator.
  it.each([
    ['nothing', new Uint8Array(), 0],
    ['less than a match', Uint8Array.of(1, 2, 3), 4],
    ['literals in runs of 32', Uint8Array.from({ length: 64 }, (_, index) => index), 66],
    ['1000 zeros', new Uint8Array(1000), 21],
    ['1000 ones', new Uint8Array(1000).fill(1), 21],
  ])('%s', (_case, input, expected) => {
    expect(fastLzLength(input)).toBe(expected)
  })

  it('finds matches up to 8191 bytes back, and no further', () => {
    const pattern = Uint8Array.from({ length: 64 }, (_, index) => 255 - index)
    const at = (distance: number) => {
      const input = Uint8Array.from(
        { length: distance + 100 },
        (_, index) => (index * index * 31 + index * 7) & 0xff,
      )
      input.set(pattern, 10)
      input.set(pattern, 10 + distance)
      return fastLzLength(input)
    }
    expect(at(8191)).toBeLessThan(at(8191 + 64) - 20)
  })
})

describe('who gets what (exec-engine.md, "Fees"; isthmus/exec-engine.md, "Fee Vaults")', () => {
  const gasUsed = 21_000n

  it.each(['regolith', 'ecotone', 'fjord', 'isthmus', 'jovian'] as const)(
    '%s: the sender pays exactly what the vaults get',
    async (name) => {
      const { paid, tip, baseFee, l1Fee, operatorFee, receipt, block } = await transfer(fork(name))
      expect(receipt.gasUsed).toBe(gasUsed)
      expect(baseFee).toBe(gasUsed * block.header.baseFeePerGas)
      expect(tip).toBe(gasUsed)
      expect(paid).toBe(tip! + baseFee! + l1Fee! + operatorFee!)
    },
  )

  it.each([
    ['fjord', 0n],
    // isthmus/exec-engine.md, "Fee Formula"; jovian/exec-engine.md, "Fee Formula Update".
    ['isthmus', (gasUsed * values.operatorFeeScalar) / 1_000_000n + values.operatorFeeConstant],
    ['jovian', gasUsed * values.operatorFeeScalar * 100n + values.operatorFeeConstant],
  ] as const)('%s: operator fee', async (name, expected) => {
    const { operatorFee, receipt } = await transfer(fork(name))
    expect(operatorFee).toBe(expected)
    expect(receipt.operatorFee).toEqual(
      expected === 0n
        ? undefined
        : { scalar: values.operatorFeeScalar, constant: values.operatorFeeConstant },
    )
  })

  it('has no operator fee when its parameters are zero', async () => {
    const { operatorFee, receipt } = await transfer(fork('isthmus'), { l1Block: { 8: 0n } })
    expect(operatorFee).toBe(0n)
    expect(receipt.operatorFee).toBeUndefined()
  })

  it('needs a balance for the worst operator fee, and gives the rest back', async () => {
    const chain = await TestChain.start({ forks: fork('isthmus') })
    const balance = await chain.view.balance(lower(alice.address))
    const gas = 200_000n
    const l1Fee = 0n
    const worst = (gas * values.operatorFeeScalar) / 1_000_000n + values.operatorFeeConstant
    const all = { nonce: 0, to: bob.address, gas, maxFeePerGas: 10n ** 10n }
    const build = async (value: bigint) =>
      chain.executor.build(chain.head.header, chain.attributes([], { noTxPool: false }), {
        pool: [await sign(alice, { ...all, value })],
      })
    const { rejected } = await build(balance - gas * 10n ** 10n - worst - l1Fee + 1n)
    expect(rejected[0]?.reason).toContain('insufficient funds')
  })

  it('keeps the fees of a transaction that fails', async () => {
    const alloc = {
      '0x00000000000000000000000000000000000000f1': { code: '0xfe' as Hex, nonce: 1n },
    } as const
    const chain = await TestChain.start({ forks: fork('isthmus'), alloc })
    const raw = await sign(alice, { nonce: 0, to: '0x00000000000000000000000000000000000000f1', value: 9n })
    const { block } = await chain.build(chain.attributes([], { noTxPool: false }), [raw])
    expect(block.receipts[1]).toMatchObject({ status: 0, gasUsed: 200_000n })
    expect(await chain.view.balance(predeploys.l1FeeVault)).toBe(block.receipts[1]!.l1Fee!.l1Fee)
    expect(await chain.view.balance(predeploys.baseFeeVault)).toBe(200_000n * block.header.baseFeePerGas)
  })

  it('charges the whole block alike, and neither makes nor loses ether', async () => {
    const chain = await TestChain.start({ forks: fork('jovian') })
    const addresses = [...users.map(({ address }) => lower(address)), ...vaults]
    const sum = async () => {
      const balances = await Promise.all(addresses.map((address) => chain.view.balance(address)))
      return balances.reduce((a, b) => a + b)
    }
    const before = await sum()
    const pool = await Promise.all(
      users.map((user, index) => sign(user, { nonce: 0, to: users[(index + 1) % 3]!.address, value: 10n })),
    )
    const { block } = await chain.build(chain.attributes([], { noTxPool: false }), pool)
    expect(block.receipts).toHaveLength(4)
    expect(await sum()).toBe(before)
  })
})
