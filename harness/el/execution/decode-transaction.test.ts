import fc from 'fast-check'
import type { Hex, TransactionSerializable } from 'viem'
import { keccak256, parseTransaction } from 'viem'
import { describe, expect, it } from 'vitest'
import { createdAddress, TransactionDecoder } from './decode-transaction.ts'
import { alice, bob, chainId, deposit, lower, sign, word } from './testing/test-chain.ts'
import { TransactionError } from './transaction.ts'

const decoder = new TransactionDecoder(BigInt(chainId))
const accessList = [{ address: lower(bob.address), storageKeys: [word(1n), word(2n)] }]

const fields = fc.record({
  nonce: fc.integer({ min: 0, max: 1000 }),
  gas: fc.bigInt(0n, 2n ** 64n - 1n),
  value: fc.bigInt(0n, 2n ** 256n - 1n),
  to: fc.constantFrom<(Hex | undefined)[]>(lower(bob.address), undefined),
  data: fc.uint8Array({ maxLength: 60 }).map((bytes): Hex => `0x${Buffer.from(bytes).toString('hex')}`),
  price: fc.bigInt(0n, 2n ** 128n),
  type: fc.constantFrom('legacy' as const, 'eip2930' as const, 'eip1559' as const),
})

describe('TransactionDecoder', () => {
  it('reads what viem signs', async () => {
    await fc.assert(
      fc.asyncProperty(fields, async ({ type, price, to, ...values }) => {
        const prices =
          type === 'eip1559' ? { maxFeePerGas: price, maxPriorityFeePerGas: price / 2n } : { gasPrice: price }
        const raw = await alice.signTransaction({
          ...values,
          ...prices,
          ...(to === undefined ? {} : { to }),
          ...(type === 'legacy' ? {} : { accessList }),
          type,
          chainId,
        } as TransactionSerializable)
        expect(decoder.decode(raw)).toMatchObject({
          kind: 'signed',
          raw,
          hash: keccak256(raw),
          from: lower(alice.address),
          to: to ?? null,
          nonce: BigInt(values.nonce),
          gas: values.gas,
          value: values.value,
          maxFeePerGas: price,
          maxPriorityFeePerGas: type === 'eip1559' ? price / 2n : price,
          accessList: type === 'legacy' ? [] : [{ address: lower(bob.address), slots: [word(1n), word(2n)] }],
        })
      }),
      { numRuns: 40 },
    )
  })

  it('takes legacy transactions without EIP-155', async () => {
    const raw = await alice.signTransaction({
      type: 'legacy',
      nonce: 1,
      gas: 21_000n,
      gasPrice: 1n,
      to: bob.address,
    })
    expect(parseTransaction(raw).chainId).toBeUndefined()
    expect(decoder.decode(raw)).toMatchObject({ from: lower(alice.address), nonce: 1n })
  })

  it('reads EIP-7702 authorizations with their authorities', async () => {
    const good = await bob.signAuthorization({ contractAddress: alice.address, chainId, nonce: 5 })
    const bad = { ...good, r: word(0n) }
    const raw = await sign(alice, {
      nonce: 0,
      type: 'eip7702',
      to: bob.address,
      authorizationList: [good, bad],
    } as never)
    expect(decoder.decode(raw)).toMatchObject({
      type: 4,
      authorizations: [
        { chainId: BigInt(chainId), nonce: 5n, address: lower(alice.address), authority: lower(bob.address) },
        { authority: null },
      ],
    })
  })

  it('reads deposits', () => {
    expect(decoder.decode(deposit({ from: lower(alice.address), mint: 5n, gas: 9n }))).toMatchObject({
      kind: 'deposit',
      type: 0x7e,
      from: lower(alice.address),
      to: null,
      mint: 5n,
      gas: 9n,
    })
  })

  describe('refuses', () => {
    const signed = () => sign(alice, { nonce: 0, to: bob.address, value: 1n })
    const change = (raw: Hex, from: number, bytes: string): Hex =>
      `0x${raw.slice(2, 2 + from * 2)}${bytes}${raw.slice(2 + from * 2 + bytes.length)}`

    it.each([
      ['nothing', () => '0x' as Hex, 'unsupported type'],
      ['a blob transaction', () => '0x03c0' as Hex, 'blob transactions are disabled'],
      ['an unknown type', () => '0x05c0' as Hex, 'unsupported type'],
      ['a list that ends early', async () => (await signed()).slice(0, -2) as Hex, 'undecodable'],
      ['bytes after the end', async () => `${await signed()}00` as Hex, 'undecodable'],
      ['a number with a leading zero', async () => change(await signed(), 6, '00'), 'undecodable'],
      [
        'a signature of zeros',
        async () => (await signed()).replace(/a0[0-9a-f]{64}a0[0-9a-f]{64}$/, '8080') as Hex,
        'undecodable',
      ],
      ['another chain', () => sign(alice, { nonce: 0, chainId: 5, to: bob.address }), 'wrong chain id'],
      ['a deposit that is cut', () => deposit({ from: alice.address }).slice(0, -2) as Hex, 'undecodable'],
    ] as const)('%s', async (_case, make, message) => {
      const raw = await make()
      expect(() => decoder.decode(raw)).toThrow(TransactionError)
      expect(() => decoder.decode(raw)).toThrow(message)
    })

    it('signatures with a high s, which would give a second hash to the same transaction (EIP-2)', async () => {
      const raw = await signed()
      const { r, s, yParity, ...rest } = parseTransaction(raw)
      expect(r !== undefined && rest.type).toBe('eip1559')
      const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
      const high = (order - BigInt(s!)).toString(16).padStart(64, '0')
      const flipped = yParity === 0 ? '01' : '80'
      const malleated = `${raw.slice(0, -134)}${flipped}a0${raw.slice(-130, -66)}a0${high}` as Hex
      expect(malleated).toHaveLength(raw.length)
      expect(() => decoder.decode(malleated)).toThrow('undecodable')
    })

    it('anything else: random bytes never throw another error', () => {
      fc.assert(
        fc.property(
          fc.constantFrom('01', '02', '04', '7e', 'c8', 'f8'),
          fc.uint8Array({ maxLength: 80 }),
          (type, bytes) => {
            const raw = `0x${type}${Buffer.from(bytes).toString('hex')}` as Hex
            expect(() => decoder.decode(raw)).toThrow(TransactionError)
          },
        ),
      )
    })
  })

  it('keeps senders, so that the second look is cheap', async () => {
    const raw = await sign(alice, { nonce: 77, to: bob.address })
    const first = decoder.decode(raw)
    expect(decoder.decode(raw)).toEqual(first)
  })
})

describe('createdAddress', () => {
  // Ethereum yellow paper, 7; the well-known first contracts of a well-known account.
  it.each([
    [0n, '0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d'],
    [1n, '0x343c43a37d37dff08ae8c4a11544c718abb4fcf8'],
  ] as const)('at nonce %s', (nonce, expected) => {
    expect(createdAddress('0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0', nonce)).toBe(expected)
  })
})
