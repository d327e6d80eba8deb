import type { Address, Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { forksActiveFrom } from '../../../node/config/forks.ts'
import { transactionGasMax } from './intrinsic-gas.ts'
import { contractAlloc, contracts } from './testing/contracts.ts'
import { alice, blockTime, bob, deposit, genesisTime, sign, TestChain, word } from './testing/test-chain.ts'

/** What this file needs beside the usual contracts. */
const extra = {
  /** Slot 0 = CLZ of the first word, plus 1. */
  clz: { address: '0x00000000000000000000000000000000000000b1', code: '0x6000351e60010160005500' },
  /** What CLZ costs is the difference between these two. */
  clzOfOne: { address: '0x00000000000000000000000000000000000000b2', code: '0x60011e5000' },
  one: { address: '0x00000000000000000000000000000000000000b3', code: '0x60015000' },
  /** Reads memory at 3.3 MB: more than 20 million gas. */
  hungry: { address: '0x00000000000000000000000000000000000000b4', code: '0x6232000051' },
  /** Calls P256VERIFY with the gas in the first word and the rest as input. Slot 0 = success + 1. */
  p256: {
    address: '0x00000000000000000000000000000000000000b5',
    code: '0x602036036020600037600060006020360360006000610100600035f160010160005500',
  },
} as const satisfies Record<string, { address: Address; code: Hex }>
const alloc = {
  ...contractAlloc,
  ...Object.fromEntries(Object.values(extra).map(({ address, code }) => [address, { code, nonce: 1n }])),
}

/** Karst, so Osaka, starts with the second block after genesis. */
const forks = { ...forksActiveFrom('jovian'), karst: genesisTime + 2n * blockTime }
const start = () => TestChain.start({ forks, alloc, gasLimit: 60_000_000n })

/** Sends the same deposit in the last block before the fork and in the fork's first, and reads slots after each. */
async function acrossTheFork(to: Address, data: Hex, slots: readonly bigint[]) {
  const chain = await start()
  const send = deposit({ from: bob.address, to, data, gas: 25_000_000n })
  const seen: { status: number; values: bigint[] }[] = []
  for (let index = 0; index < 2; index++) {
    const { receipts } = await chain.next([send])
    const values: bigint[] = []
    for (const slot of slots) values.push(BigInt(await chain.view.storage(to, word(slot))))
    seen.push({ status: receipts[1]!.status, values })
  }
  return { before: seen[0]!, after: seen[1]! }
}

/** What a call of a precompile takes and gives, before and after the fork. */
async function precompile(address: number, input: Hex) {
  const data = `${word(BigInt(address))}${input.slice(2)}` as const
  const { before, after } = await acrossTheFork(contracts.probe.address, data, [0n, 1n, 2n])
  const read = ({ values: [success, length, gas] }: typeof before) => ({
    success: success === 1n,
    length: Number(length),
    gas: gas! - 130n,
  })
  return { before: read(before), after: read(after) }
}

/** Lengths as named, every byte of base and modulus 0xff. */
function modexp(base: number, exponent: Hex | number, modulus: number): Hex {
  const power = typeof exponent === 'number' ? `01${'00'.repeat(exponent - 1)}` : exponent.slice(2)
  const lengths = [base, power.length / 2, modulus].map((length) => word(BigInt(length)).slice(2))
  return `0x${lengths.join('')}${'ff'.repeat(base)}${power}${'ff'.repeat(modulus)}`
}

/** hash ‖ r ‖ s ‖ x ‖ y. */
const p256 = {
  valid:
    '0x4cee90eb86eaa050036147a12d49004b6b9c72bd725d39d4785011fe190f0b4da73bd4903f0ce3b639bbbf6e8e80d16931ff4bcf5993d58468e8fb19086e8cac36dbcd03009df8c59286b162af3bd7fcc0450c9aa81be5d10d312af6c66b1d604aebd3099c618202fcfe16ae7770b0c49ab5eadf74b754204a3bb6060e44eff37618b065f9832de4ca6ca971a7a1adc826d0f7c00181a5fb2ddf79ae00b4e10e',
  largeX:
    '0xbb5a52f42f9c9261ed4361f59422a1e30036e7c32b270c8807a419feca605023000000000000000000000000000000004319055358e8617b0c46353d039cdaabffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63254e0ad99500288d466940031d72a9f5445a4d43784640855bf0a69874d2de5fe103c5011e6ef2c42dcd50d5d3d29f99ae6eba2c80c9244f4c5422f0979ff0c3ba5e',
  order: '0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
  field: '0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff',
} as const

/** `input` with another word at that place. */
function replaced(input: Hex, index: number, value: Hex): Hex {
  const at = 2 + index * 64
  return `${input.slice(0, at)}${value.slice(2)}${input.slice(at + 64)}` as Hex
}

describe('Karst brings Osaka', () => {
  // The gas of the table in EIP-7883, by the sizes and exponents of its cases.
  it.each([
    ['nagydani-1-square', 64, '0x02', 200n, 500n],
    ['nagydani-1-pow0x10001', 64, '0x010001', 341n, 2048n],
    ['nagydani-2-square', 128, '0x02', 200n, 512n],
    ['nagydani-3-pow0x10001', 256, '0x010001', 5461n, 32_768n],
    ['nagydani-5-pow0x10001', 1024, '0x010001', 87_381n, 524_288n],
    ['32 bytes at most: complexity 16', 32, `0x${'ff'.repeat(32)}`, 1360n, 4080n],
  ] as const)('EIP-7883: MODEXP gas, %s', async (_name, size, exponent, before, after) => {
    const seen = await precompile(0x05, modexp(size, exponent, size))
    expect(seen.before).toEqual({ success: true, length: size, gas: before })
    expect(seen.after).toEqual({ success: true, length: size, gas: after })
  })

  it.each([
    ['1024 bytes of base', 1024, '0x01', 1, true],
    ['1025 bytes of base', 1025, '0x01', 1, false],
    ['1024 bytes of exponent', 1, 1024, 1, true],
    ['1025 bytes of exponent', 1, 1025, 1, false],
    ['1024 bytes of modulus', 1, '0x01', 1024, true],
    ['1025 bytes of modulus', 1, '0x01', 1025, false],
    ['1025 bytes of exponent to nothing', 0, 1025, 0, false],
  ] as const)(
    'EIP-7823: MODEXP takes at most 1024 bytes of each, %s',
    async (_, base, power, modulus, isTaken) => {
      const seen = await precompile(0x05, modexp(base, power, modulus))
      expect([seen.before.success, seen.after.success]).toEqual([true, isTaken])
    },
  )

  it.each([
    [0n, 256n],
    [1n, 255n],
    [2n ** 255n - 1n, 1n],
    [2n ** 255n, 0n],
    [2n ** 256n - 1n, 0n],
  ])('EIP-7939: CLZ of %i', async (value, zeros) => {
    const { before, after } = await acrossTheFork(extra.clz.address, word(value), [0n])
    expect(before).toEqual({ status: 0, values: [0n] })
    expect(after).toEqual({ status: 1, values: [zeros + 1n] })
  })

  it('a call that names a time has the rules of that time', async () => {
    const chain = await start()
    const request = { to: extra.clz.address, data: word(1n), gas: 100_000n }
    expect((await chain.view.call(request)).status).toBe('failed')
    const block = { timestamp: forks.karst }
    expect((await chain.view.call({ ...request, block })).status).toBe('success')
  })

  it('EIP-7939: CLZ costs 5', async () => {
    const gas = async ({ address }: { address: Address }) =>
      (await precompile(Number(address), '0x')).after.gas
    expect((await gas(extra.clzOfOne)) - (await gas(extra.one))).toBe(5n)
  })

  it.each([
    [3449n, false, false],
    [3450n, true, false],
    [6899n, true, false],
    [6900n, true, true],
  ])('EIP-7951: P256VERIFY costs 6900, called with %i', async (gas, before, after) => {
    const seen = await acrossTheFork(extra.p256.address, `${word(gas)}${p256.valid.slice(2)}`, [0n])
    expect([seen.before.values, seen.after.values]).toEqual([[before ? 2n : 1n], [after ? 2n : 1n]])
  })

  it.each([
    ['a signature', p256.valid, 32],
    ['an x-coordinate above the order (Wycheproof)', p256.largeX, 32],
    ['another message', `0x00${p256.valid.slice(4)}`, 0],
    ['r = 0', replaced(p256.valid, 1, word(0n)), 0],
    ['s = the order', replaced(p256.valid, 2, p256.order), 0],
    ['a point that is not on the curve', replaced(p256.valid, 4, word(1n)), 0],
    ['the point at infinity', replaced(replaced(p256.valid, 3, word(0n)), 4, word(0n)), 0],
    ['a coordinate as large as the field', replaced(p256.valid, 3, p256.field), 0],
    ['a byte too little', p256.valid.slice(0, -2), 0],
    ['a byte too much', `${p256.valid}00`, 0],
    ['nothing', '0x', 0],
  ] as const)('EIP-7951: P256VERIFY of %s', async (_name, input, length) => {
    const seen = await precompile(0x100, input as Hex)
    expect(seen.before).toEqual({ success: true, length, gas: 3450n })
    expect(seen.after).toEqual({ success: true, length, gas: 6900n })
  })

  it.each([
    [192 * 300, true, true],
    [192 * 301, true, false],
    [192 * 427, true, false],
    [192 * 428, false, false],
  ])('karst/exec-engine.md: bn256Pairing of %i bytes', async (size, before, after) => {
    const seen = await precompile(0x08, `0x${'00'.repeat(size)}`)
    expect([seen.before.success, seen.after.success]).toEqual([before, after])
  })
})

describe("EIP-7825: a transaction's gas limit is at most 16 777 216 from Karst on", () => {
  const first = async (chain: TestChain, gas: bigint) => {
    const raw = await sign(alice, { nonce: 0, to: bob.address, gas })
    const pooled = await chain.executor.build(chain.head.header, chain.attributes([], { noTxPool: false }), {
      pool: [raw],
    })
    const forced = chain.executor.build(chain.head.header, chain.attributes([raw]), { pool: [] })
    return { pooled, forced }
  }

  it('is no rule before', async () => {
    const { pooled, forced } = await first(await start(), transactionGasMax + 1n)
    expect(pooled.block.transactions).toHaveLength(2)
    expect((await forced).block.transactions).toHaveLength(2)
  })

  it.each([
    [16_777_216n, true],
    [16_777_217n, false],
  ])('%i', async (gas, isTaken) => {
    const chain = await start()
    for (let index = 0; index < 2; index++) await chain.next()
    const { pooled, forced } = await first(chain, gas)
    expect(pooled.block.transactions).toHaveLength(isTaken ? 2 : 1)
    expect(pooled.rejected).toHaveLength(isTaken ? 0 : 1)
    if (isTaken) expect((await forced).block.transactions).toHaveLength(2)
    else await expect(forced).rejects.toThrow('gas limit above the cap: expected at most 16777216 (EIP-7825)')
  })

  it('makes a block with such a transaction invalid', async () => {
    const [lax, strict] = [
      await TestChain.start({ forks: forksActiveFrom('jovian'), alloc, gasLimit: 60_000_000n }),
      await TestChain.start({ forks: forksActiveFrom('karst'), alloc, gasLimit: 60_000_000n }),
    ]
    const raw = await sign(alice, { nonce: 0, to: bob.address, gas: 16_777_217n })
    await expect(strict.accept(await lax.next([raw]))).rejects.toThrow(
      'transaction 1: gas limit above the cap',
    )
  })

  it('does not hold for deposits, those of the activation block included', async () => {
    const send = deposit({ from: bob.address, to: extra.hungry.address, gas: 25_000_000n })
    const chain = await start()
    for (let index = 0; index < 3; index++)
      expect((await chain.next([send])).receipts[1]).toMatchObject({ status: 1 })
  })

  it('limits what eth_call and eth_estimateGas may use', async () => {
    const chain = await start()
    const request = { to: extra.hungry.address, gas: 40_000_000n }
    expect((await chain.view.call(request)).status).toBe('success')
    expect(await chain.view.estimateGas(request)).toBeGreaterThan(20_000_000n)
    for (let index = 0; index < 2; index++) await chain.next()
    expect(await chain.view.call(request)).toMatchObject({ status: 'failed', gasUsed: 16_777_216n })
    await expect(chain.view.estimateGas(request)).rejects.toThrow('out of gas')
    await expect(chain.view.estimateGas({ to: extra.hungry.address })).rejects.toThrow('out of gas')
  })
})
