import fc from 'fast-check'
import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { DecodeError } from './byte-reader.ts'
import { bytesToHex, concatBytes } from './bytes.ts'
import {
  type DepositTransaction,
  decodeDepositTransaction,
  encodeDepositTransaction,
  l1InfoSourceHash,
  upgradeSourceHash,
  userDepositSourceHash,
} from './deposit-transaction.ts'
import { rlpList, rlpString, rlpUint } from './rlp-writer.ts'
import { address, hash, hex, uint64, uint256 } from './testing/arbitraries.ts'

const arbitraryDeposit: fc.Arbitrary<DepositTransaction> = fc.record({
  sourceHash: hash,
  from: address,
  to: fc.option(address, { nil: null }),
  mint: uint256,
  value: uint256,
  gas: uint64,
  isSystemTransaction: fc.boolean(),
  data: hex(),
})

describe('deposit transaction', () => {
  it('decodes what is encoded', () => {
    fc.assert(
      fc.property(arbitraryDeposit, (deposit) => {
        expect(decodeDepositTransaction(encodeDepositTransaction(deposit))).toEqual(deposit)
      }),
    )
  })

  const fields = [
    rlpString(new Uint8Array(32).fill(0x11)),
    rlpString(new Uint8Array(20).fill(0x22)),
    rlpString(new Uint8Array()),
    rlpUint(0n),
    rlpUint(0n),
    rlpUint(21_000n),
    rlpUint(0n),
    rlpString(new Uint8Array()),
  ]
  const encode = (items: readonly Uint8Array[]) =>
    bytesToHex(concatBytes([Uint8Array.of(0x7e), rlpList(items)]))

  it('encodes what is absent as empty strings', () => {
    expect(encode(fields)).toBe(`0x7ef83ea0${'11'.repeat(32)}94${'22'.repeat(20)}80808082520880${'80'}`)
    expect(encodeDepositTransaction(decodeDepositTransaction(encode(fields)))).toBe(encode(fields))
  })

  it.each([
    ['another type', encode(fields).replace('0x7e', '0x02')],
    ['no RLP', '0x7e'],
    ['bytes after it', `${encode(fields)}00`],
    ['a missing byte', encode(fields).slice(0, -2)],
    ['a source hash of 31 bytes', encode(fields.with(0, rlpString(new Uint8Array(31).fill(1))))],
    ['a sender of 19 bytes', encode(fields.with(1, rlpString(new Uint8Array(19).fill(1))))],
    ['a recipient of one byte', encode(fields.with(2, rlpUint(5n)))],
    ['a gas limit above uint64', encode(fields.with(5, rlpUint(1n << 64n)))],
    ['a system flag of 2', encode(fields.with(6, rlpUint(2n)))],
    ['a missing field', encode(fields.slice(0, -1))],
    ['a ninth field', encode([...fields, rlpUint(0n)])],
  ])('refuses %s', (_name, encoded) => {
    expect(() => decodeDepositTransaction(encoded as Hex)).toThrow(DecodeError)
  })
})

describe('source hashes', () => {
  // specs/protocol, derivation.md of each fork.
  it.each([
    ['Ecotone: L1 Block Deployment', '877a6077205782ea15a6dc8699fa5ebcec5e0f4389f09cb8eda09488231346f8'],
    [
      'Ecotone: Gas Price Oracle Set Ecotone',
      '0c1cb38e99dbc9cbfab3bb80863380b0905290b37eb3d6ab18dc01c1f3e75f93',
    ],
    [
      'Fjord: Gas Price Oracle Deployment',
      '86122c533fdcb89b16d8713174625e44578a89751d96c098ec19ab40a51a8ea3',
    ],
    ['Isthmus: L1 Block Deployment', '3b2d0821ca2411ad5cd3595804d1213d15737188ae4cbd58aa19c821a6c211bf'],
    [
      'Isthmus: Gas Price Oracle Set Isthmus',
      '3ddf4b1302548dd92939826e970f260ba36167f4c25f18390a5e8b194b295319',
    ],
    ['Jovian: L1 Block Deployment', 'bb1a656f65401240fac3db12e7a79ebb954b11e62f7626eb11691539b798d3bf'],
    [
      'Jovian: Gas Price Oracle Set Jovian',
      'e836db6a959371756f8941be3e962d000f7e12a32e49e2c9ca42ba177a92716c',
    ],
  ])('%s', (intent, expected) => {
    expect(upgradeSourceHash(intent)).toBe(`0x${expected}`)
  })

  it('differ between domains that hash the same bytes', () => {
    const block = `0x${'33'.repeat(32)}` as const
    expect(userDepositSourceHash(block, 1n)).not.toBe(l1InfoSourceHash(block, 1n))
    expect(userDepositSourceHash(block, 1n)).not.toBe(userDepositSourceHash(block, 2n))
  })
})
