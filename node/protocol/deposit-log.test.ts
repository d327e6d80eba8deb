import fc from 'fast-check'
import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import type { L1Log, L1Receipt } from '../ports/l1-source.ts'
import { bytesToHex, concatBytes, hexToBytes, uintToBytes } from './bytes.ts'
import { DepositLogError, depositsFromReceipts, transactionDepositedTopic } from './deposit-log.ts'
import { type DepositTransaction, userDepositSourceHash } from './deposit-transaction.ts'
import { zeroHash } from './refs.ts'
import { address, hex, uint64, uint256 } from './testing/arbitraries.ts'

const contract = '0xdede000000000000000000000000000000000001'
const block: Hex = `0x${'b1'.repeat(32)}`
const from = `0x${'11'.repeat(20)}` as const
const to = `0x${'22'.repeat(20)}` as const
const word = (value: bigint) => uintToBytes(value, 32)
const topic = (value: Hex): Hex => `0x${value.slice(2).padStart(64, '0')}`

type Deposit = Pick<DepositTransaction, 'from' | 'to' | 'mint' | 'value' | 'gas' | 'data'>

function opaqueData(deposit: Deposit): Uint8Array {
  return concatBytes([
    word(deposit.mint),
    word(deposit.value),
    uintToBytes(deposit.gas, 8),
    Uint8Array.of(deposit.to === null ? 1 : 0),
    hexToBytes(deposit.data),
  ])
}

/** `bytes` as Solidity encodes it. */
function abiBytes(content: Uint8Array): Hex {
  const padding = new Uint8Array((32 - (content.length % 32)) % 32)
  return bytesToHex(concatBytes([word(32n), word(BigInt(content.length)), content, padding]))
}

function logOf(deposit: Deposit, logIndex = 3): L1Log {
  return {
    address: contract,
    topics: [transactionDepositedTopic, topic(deposit.from), topic(deposit.to ?? '0x'), zeroHash],
    data: abiBytes(opaqueData(deposit)),
    logIndex,
  }
}

const receipt = (logs: readonly L1Log[], status: L1Receipt['status'] = 'success'): L1Receipt => ({
  transactionHash: `0x${'cc'.repeat(32)}`,
  status,
  logs,
})
const read = (...receipts: L1Receipt[]) => depositsFromReceipts(receipts, contract, block)

const deposit: Deposit = { from, to, mint: 5n, value: 7n, gas: 100_000n, data: '0xabcdef' }
const log = logOf(deposit)

describe('depositsFromReceipts', () => {
  it('reads any deposit', () => {
    const arbitrary = fc.record({
      from: address,
      to: fc.option(address, { nil: null }),
      mint: uint256,
      value: uint256,
      gas: uint64,
      data: hex(),
    })
    fc.assert(
      fc.property(arbitrary, (any) => {
        expect(read(receipt([logOf(any)]))).toEqual([
          { ...any, isSystemTransaction: false, sourceHash: userDepositSourceHash(block, 3n) },
        ])
      }),
    )
  })

  it('keeps the order of the logs and takes their index in the block', () => {
    const second = logOf({ ...deposit, value: 8n }, 9)
    const deposits = read(receipt([log]), receipt([second]))
    expect(deposits.map(({ value, sourceHash }) => ({ value, sourceHash }))).toEqual([
      { value: 7n, sourceHash: userDepositSourceHash(block, 3n) },
      { value: 8n, sourceHash: userDepositSourceHash(block, 9n) },
    ])
  })

  it.each([
    ['of a reverted transaction', receipt([log], 'reverted')],
    ['of another contract', receipt([{ ...log, address: from }])],
    ['of another event', receipt([{ ...log, topics: log.topics.with(0, zeroHash) }])],
    ['without topics', receipt([{ ...log, topics: [] }])],
  ])('leaves out logs %s', (_name, other) => {
    expect(read(other)).toEqual([])
  })

  it('compares addresses by value', () => {
    const upper = contract.toUpperCase().replace('0X', '0x') as Hex
    expect(read(receipt([{ ...log, address: upper }]))).toHaveLength(1)
  })

  it('creates a contract for any is-creation byte but 0', () => {
    const data = opaqueData(deposit).with(72, 2)
    expect(read(receipt([{ ...log, data: abiBytes(data) }]))[0]?.to).toBeNull()
  })

  const data = hexToBytes(log.data)
  const withData = (bytes: Uint8Array): L1Log => ({ ...log, data: bytesToHex(bytes) })
  const withLength = (length: bigint): L1Log =>
    withData(concatBytes([data.subarray(0, 32), word(length), data.subarray(64)]))

  // The checks of op-node's UnmarshalDepositLogEvent. Here the opaque data has 76 bytes in 96 bytes of words.
  it.each([
    ['three topics', { ...log, topics: log.topics.slice(0, 3) }, 'expected 4 topics, found 3'],
    ['five topics', { ...log, topics: [...log.topics, zeroHash] }, 'expected 4 topics, found 5'],
    ['version 1', { ...log, topics: log.topics.with(3, topic('0x01')) }, 'deposit version 0'],
    ['no data', withData(new Uint8Array()), 'at least two whole words'],
    ['one word', withData(data.subarray(0, 32)), 'at least two whole words'],
    ['a partial word', withData(data.subarray(0, data.length - 1)), 'at least two whole words'],
    ['another offset', withData(data.with(31, 64)), 'at offset 32'],
    ['an offset above 64 bits', withData(data.with(0, 1)), 'at offset 32'],
    ['a length beyond the data', withLength(97n), 'length that fits'],
    ['a length above 64 bits', withLength(76n + (1n << 64n)), 'length that fits'],
    ['a word of padding too much', withLength(64n), 'length that fits'],
    ['no opaque data', withData(data.subarray(0, 64).with(63, 0)), 'at least 73 bytes'],
    [
      'opaque data without the is-creation byte',
      { ...log, data: abiBytes(opaqueData(deposit).subarray(0, 72)) },
      'at least 73 bytes',
    ],
  ] satisfies [string, L1Log, string][])('refuses %s', (_name, malformed, message) => {
    const act = () => read(receipt([log]), receipt([malformed]))
    expect(act).toThrow(DepositLogError)
    expect(act).toThrow(message)
    expect(act).toThrow(`deposit log 3 of L1 block ${block}`)
  })
})
