import fc from 'fast-check'
import type { Address, Hash, Hex } from 'viem'
import { expect, it } from 'vitest'
import { bytesToHex, hexToBytes } from '../../../node/protocol/bytes.ts'
import { RlpReader } from '../../../node/protocol/rlp-reader.ts'
import { rlpList } from '../../../node/protocol/rlp-writer.ts'
import { encodeReceipt } from '../execution/receipt.ts'
import type { Receipt } from '../execution/types.ts'
import { encodeStoredReceipt, readStoredReceipt } from './receipt-codec.ts'

const hex = (bytes: { minLength?: number; maxLength: number }): fc.Arbitrary<Hex> =>
  fc.uint8Array(bytes).map((value) => bytesToHex(value))
const exactly = (length: number) => hex({ minLength: length, maxLength: length })
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const uint256 = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })
const log = fc.record(
  {
    address: exactly(20) as fc.Arbitrary<Address>,
    topics: fc.array(exactly(32) as fc.Arbitrary<Hash>, { maxLength: 4 }),
    data: hex({ maxLength: 70 }),
  },
  { noNullPrototype: true },
)

/** Each optional field is there or not, whatever the others are. */
const receipts: fc.Arbitrary<Receipt> = fc
  .record(
    {
      type: fc.constantFrom(0, 1, 2, 4, 0x7e),
      status: fc.constantFrom<0 | 1>(0, 1),
      gasUsed: uint64,
      cumulativeGasUsed: uint64,
      logsBloom: exactly(256),
      logs: fc.array(log, { maxLength: 3 }),
      contractAddress: fc.option(exactly(20) as fc.Arbitrary<Address>),
      effectiveGasPrice: uint256,
      depositNonce: uint64,
      depositReceiptVersion: fc.constant(1n),
      l1Fee: fc.record(
        {
          l1Fee: uint256,
          l1GasPrice: uint256,
          l1GasUsed: uint256,
          l1FeeScalar: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }),
          l1BlobBaseFee: uint256,
          l1BaseFeeScalar: uint64,
          l1BlobBaseFeeScalar: uint64,
        },
        { requiredKeys: ['l1Fee', 'l1GasPrice', 'l1GasUsed'], noNullPrototype: true },
      ),
      operatorFee: fc.record({ scalar: uint64, constant: uint64 }, { noNullPrototype: true }),
      daFootprint: uint64,
    },
    {
      requiredKeys: [
        'type',
        'status',
        'gasUsed',
        'cumulativeGasUsed',
        'logsBloom',
        'logs',
        'contractAddress',
        'effectiveGasPrice',
      ],
    },
  )
  .map((receipt) => {
    const logs = receipt.logs.map(
      ({ address, topics, data }) => [hexToBytes(address), topics.map(hexToBytes), hexToBytes(data)] as const,
    )
    return { ...receipt, encoded: encodeReceipt(receipt, logs) }
  })

it('reads what it wrote', () => {
  fc.assert(
    fc.property(receipts, (receipt) => {
      const list = RlpReader.list(rlpList([encodeStoredReceipt(receipt)]))
      expect(readStoredReceipt(list)).toStrictEqual(receipt)
      expect(list.done).toBe(true)
    }),
  )
})
