import fc from 'fast-check'
import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { hasVectors, vector } from '../adapters/testing/vectors.ts'
import {
  type Batch,
  type BatchParameters,
  decodeBatch,
  encodeSingularBatch,
  encodeSpanBatch,
  type SingularBatch,
  type SpanBatch,
  type SpanBatchInput,
} from './batch.ts'
import { bitListOf } from './bit-list.ts'
import { DecodeError } from './byte-reader.ts'
import { concatBytes, hexToBytes } from './bytes.ts'
import { zeroHash } from './refs.ts'
import { rlpList, rlpString, rlpUint } from './rlp-writer.ts'
import { decodeRawSpanBatch, encodeRawSpanBatch, type RawSpanBatch } from './span-batch.ts'
import { joinSpanBatchTransaction, splitSpanBatchTransaction } from './span-batch-transaction.ts'
import { hash, hex, uint64 } from './testing/arbitraries.ts'
import { signedTransaction } from './testing/transactions.ts'
import { type TransactionList, transactionHeads, transactionPrefixes } from './transaction-list.ts'
import { encodeUvarint } from './uvarint.ts'

const parameters: BatchParameters = { chainId: 10n, genesisTime: 1000n, blockTime: 2n }

/** A batch with its blocks and transactions made. */
function listed(batch: Batch) {
  const made = <T extends { readonly transactions: TransactionList }>(block: T) => ({
    ...block,
    transactions: [...block.transactions],
  })
  return batch.kind === 'span' ? { ...batch, blocks: Array.from(batch.blocks, made) } : made(batch)
}

describe('singular batches', () => {
  const arbitrary: fc.Arbitrary<SingularBatch> = fc.record({
    kind: fc.constant('singular'),
    parentHash: hash,
    epochNum: uint64,
    epochHash: hash,
    timestamp: uint64,
    transactions: fc.array(hex(), { maxLength: 5 }),
  })

  it('decodes what is encoded, whatever follows', () => {
    fc.assert(
      fc.property(arbitrary, hex(10), (batch, rest) => {
        const encoded = encodeSingularBatch(batch)
        expect(encoded[0]).toBe(0)
        expect(listed(decodeBatch(concatBytes([encoded, hexToBytes(rest)]), parameters))).toEqual(batch)
      }),
    )
  })

  it('knows what its transactions start with without making them', () => {
    const transactions = ['0x02aa', '0x', '0xf8', '0x02bb', '0x7e', '0x', '0x0201'] as const
    const batch = { parentHash: zeroHash, epochNum: 1n, epochHash: zeroHash, timestamp: 2n, transactions }
    const decoded = decodeBatch(encodeSingularBatch(batch), parameters) as SingularBatch
    expect([...transactionHeads(decoded.transactions)]).toEqual(['0x02', '0x', '0xf8', '0x7e'])
    expect([...transactionHeads(transactions)]).toEqual(['0x02', '0x', '0xf8', '0x02', '0x7e', '0x', '0x02'])
    expect([...transactionPrefixes(decoded.transactions, 1)]).toEqual([...transactionHeads(transactions)])
  })

  const fields = [
    rlpString(new Uint8Array(32).fill(1)),
    rlpUint(5n),
    rlpString(new Uint8Array(32).fill(2)),
    rlpUint(1002n),
    rlpList([rlpString(Uint8Array.of(2, 0xc0))]),
  ]
  const encode = (items: readonly Uint8Array[]) => concatBytes([Uint8Array.of(0), rlpList(items)])

  it.each([
    ['no bytes', new Uint8Array()],
    ['a type byte only', Uint8Array.of(0)],
    ['type 2', Uint8Array.of(2, 0xc0)],
    ['a string', Uint8Array.of(0, 0x80)],
    ['four fields', encode(fields.slice(0, 4))],
    ['six fields', encode([...fields, rlpUint(0n)])],
    ['a parent hash of 31 bytes', encode(fields.with(0, rlpString(new Uint8Array(31).fill(1))))],
    ['an epoch above uint64', encode(fields.with(1, rlpUint(1n << 64n)))],
    ['a time with a leading zero', encode(fields.with(3, Uint8Array.of(0)))],
    ['transactions that are no list', encode(fields.with(4, rlpUint(1n)))],
    ['a transaction that is a list', encode(fields.with(4, rlpList([rlpList([])])))],
    ['a missing last byte', encode(fields).subarray(0, -1)],
  ])('refuses %s', (_name, encoded) => {
    expect(() => decodeBatch(encoded, parameters)).toThrow(DecodeError)
  })
})

describe('span batch transactions', () => {
  it('joins what is split, for every type', () => {
    fc.assert(
      fc.property(signedTransaction(10n), (transaction) => {
        expect(joinSpanBatchTransaction(splitSpanBatchTransaction(transaction, 10n), 10n)).toBe(transaction)
      }),
    )
  })

  it('splits only transactions of the chain', () => {
    const [other] = fc.sample(
      signedTransaction(11n).filter((tx) => tx.startsWith('0x02')),
      1,
    )
    expect(() => splitSpanBatchTransaction(other!, 10n)).toThrow(
      'expected a transaction for chain 10, found chain 11',
    )
  })

  it.each([
    ['a deposit', '0x7ec0'],
    ['a blob transaction', '0x03c0'],
    ['type 0', '0x00c0'],
  ] as const)('does not split %s', (_name, transaction) => {
    expect(() => splitSpanBatchTransaction(transaction, 10n)).toThrow(DecodeError)
  })

  const some = {
    to: `0x${'22'.repeat(20)}` as const,
    yParity: true,
    signature: new Uint8Array(64).fill(1),
    nonce: 1n,
    gas: 21_000n,
    isProtected: false,
  }
  const join = (data: Hex, changes: Partial<{ to: null }> = {}) =>
    joinSpanBatchTransaction({ ...some, ...changes, data: hexToBytes(data) }, 10n)

  // delta/span-batches.md and isthmus/derivation.md, "Span Batch Updates"; strict as geth's RLP decoder.
  it.each([
    ['type 3', '0x03c0'],
    ['type 0', '0x00c0'],
    ['type 0x7e', '0x7ec0'],
    ['a legacy list of two fields', '0xc20102'],
    ['a legacy list of four fields', '0xc401028003'],
    ['a value with a leading zero', '0xc3000280'],
    ['a dynamic fee transaction without access list', '0x02c401020380'],
    ['an access list that is a string', '0x01c4010280' + '80'],
    ['an access list entry of one field', `0x01d901028${'0'}d5d4${'93'}${'22'.repeat(19)}`],
    ['set-code without authorizations', '0x04c50102038' + '0c0'],
    ['a set-code value above 256 bits', `0x04e6a101${'00'.repeat(32)}020380c0c0`],
  ])('does not join %s', (_name, data) => {
    expect(() => join(data as Hex)).toThrow(DecodeError)
  })

  it('does not join a set-code transaction that creates a contract', () => {
    expect(join('0x04c601020380c0c0')).toMatch(/^0x04/)
    expect(() => join('0x04c601020380c0c0', { to: null })).toThrow('expected a recipient')
  })

  it('leaves an integer above 256 bits of the older types to the engine, like op-node', () => {
    expect(join(`0xe4a101${'00'.repeat(32)}0280`)).toMatch(/^0xf8/)
  })
})

describe('span batches', () => {
  const arbitrary: fc.Arbitrary<SpanBatchInput> = fc
    .record({
      parentHash: hash,
      l1OriginHash: hash,
      firstBlockOpensEpoch: fc.boolean(),
      start: fc.bigInt({ min: 0n, max: 1n << 40n }),
      epoch: fc.bigInt({ min: 1n, max: 1n << 63n }),
      blocks: fc.array(
        fc.record({
          advances: fc.boolean(),
          transactions: fc.array(signedTransaction(10n), { maxLength: 3 }),
        }),
        { minLength: 1, maxLength: 12 },
      ),
    })
    .map(({ start, epoch, blocks, ...rest }) => {
      let epochNum = epoch
      return {
        ...rest,
        chainId: 10n,
        genesisTime: parameters.genesisTime,
        blocks: blocks.map(({ advances, transactions }, index) => {
          if (advances && index > 0) epochNum += 1n
          return { epochNum, timestamp: parameters.genesisTime + start + BigInt(index) * 2n, transactions }
        }),
      }
    })

  it('decodes what is encoded, whatever follows', () => {
    fc.assert(
      fc.property(arbitrary, hex(10), (input, rest) => {
        const encoded = encodeSpanBatch(input)
        expect(encoded[0]).toBe(1)
        expect(listed(decodeBatch(concatBytes([encoded, hexToBytes(rest)]), parameters))).toEqual({
          kind: 'span',
          parentCheck: input.parentHash.slice(0, 42),
          l1OriginCheck: input.l1OriginHash.slice(0, 42),
          blocks: input.blocks,
        })
        expect(encodeRawSpanBatch(decodeRawSpanBatch(encoded, 1))).toEqual(encoded.subarray(1))
      }),
      { numRuns: 60 },
    )
  })

  const empty: RawSpanBatch = {
    relTimestamp: 0n,
    l1OriginNum: 5n,
    parentCheck: `0x${'11'.repeat(20)}`,
    l1OriginCheck: `0x${'22'.repeat(20)}`,
    originBits: bitListOf([true, false, true]),
    blockTxCounts: Uint32Array.of(0, 0, 0),
    transactions: [],
  }
  const decode = (raw: Partial<RawSpanBatch>) =>
    decodeBatch(concatBytes([Uint8Array.of(1), encodeRawSpanBatch({ ...empty, ...raw })]), parameters)

  it('counts origins backwards from the last block; the bit of the first does not count', () => {
    expect(listed(decode({}))).toMatchObject({
      blocks: [
        { epochNum: 4n, timestamp: 1000n },
        { epochNum: 4n, timestamp: 1002n },
        { epochNum: 5n, timestamp: 1004n },
      ],
    })
  })

  it('wraps around like a uint64', () => {
    const wrapped = decode({ relTimestamp: (1n << 64n) - 1003n, l1OriginNum: 0n })
    expect(listed(wrapped)).toMatchObject({
      blocks: [
        { epochNum: (1n << 64n) - 1n, timestamp: (1n << 64n) - 3n },
        { epochNum: (1n << 64n) - 1n, timestamp: (1n << 64n) - 1n },
        { epochNum: 0n, timestamp: 1n },
      ],
    })
  })

  it('gives single blocks as an array would', () => {
    const { blocks } = decode({}) as SpanBatch
    expect(blocks.length).toBe(3)
    expect(blocks.at(-1)).toEqual([...blocks][2])
    expect(blocks.at(0)).toEqual([...blocks][0])
    expect([blocks.at(3), blocks.at(-4)]).toEqual([undefined, undefined])
  })

  it('finds every block again, however many blocks and transactions there are before it', () => {
    const transactions = fc.sample(signedTransaction(10n), { numRuns: 300, seed: 1 })
    const setCode = (list: readonly Hex[]) => list.some((transaction) => transaction.startsWith('0x04'))
    let epochNum = 100n
    const blocks = Array.from({ length: 400 }, (_, index) => {
      if (index > 0 && index % 7 === 3) epochNum += 1n
      const start = index === 30 ? 0 : (index * 13) % 300
      const count = index === 30 ? 200 : (index * 5) % 4
      const timestamp = 1000n + BigInt(index) * 2n
      return { epochNum, timestamp, transactions: transactions.slice(start, start + count) }
    })
    const input = { ...parameters, parentHash: zeroHash, l1OriginHash: zeroHash, firstBlockOpensEpoch: true }
    const span = decodeBatch(encodeSpanBatch({ ...input, blocks }), parameters) as SpanBatch
    for (let step = 0; step < 400; step++) {
      const index = (step * 151) % 400
      const { transactions: list, ...rest } = span.blocks.at(index)!
      const wanted = blocks[index]!
      expect({ ...rest, transactions: [...list] }).toEqual(wanted)
      expect([...transactionHeads(list)]).toEqual(setCode(wanted.transactions) ? ['0x04'] : [])
      expect([...transactionPrefixes(list, 2)]).toEqual(wanted.transactions.map((one) => one.slice(0, 6)))
    }
  })

  it('makes no blocks that nobody looks at', () => {
    const count = 1_000_000
    const many = decode({
      originBits: { length: count, bytes: new Uint8Array(count / 8) },
      blockTxCounts: new Uint32Array(count),
    }) as SpanBatch
    expect(many.blocks.length).toBe(count)
    expect(many.blocks.at(-1)).toEqual({ epochNum: 5n, timestamp: 1000n + 2n * 999_999n, transactions: [] })
  })

  const head = concatBytes([Uint8Array.of(1, 0, 5), new Uint8Array(40)])
  const many = encodeUvarint(10_000_001)
  it.each([
    ['a type byte only', Uint8Array.of(1), ''],
    ['a prefix that ends early', head.subarray(0, 42), ''],
    ['no blocks', concatBytes([head, Uint8Array.of(0)]), 'at least one block'],
    ['too many blocks', concatBytes([head, many]), 'at most 10000000 blocks'],
    ['missing origin bits', concatBytes([head, encodeUvarint(10_000_000)]), 'bytes'],
    ['an origin bit too many', concatBytes([head, Uint8Array.of(3, 0x08, 0, 0, 0)]), 'at most 3 bits'],
    ['missing counts', concatBytes([head, Uint8Array.of(3, 0, 0, 0)]), '3 transaction counts'],
    ['too many transactions in a block', concatBytes([head, Uint8Array.of(1, 0), many]), 'at most 10000000'],
    [
      'too many transactions',
      concatBytes([head, Uint8Array.of(2, 0), encodeUvarint(9_000_000), encodeUvarint(9_000_000)]),
      'at most 10000000 transactions',
    ],
    ['missing transactions', concatBytes([head, Uint8Array.of(1, 0, 5)]), ''],
    [
      'transaction fields that are no list',
      concatBytes([head, Uint8Array.of(1, 0, 1, 1, 0), new Uint8Array(64), Uint8Array.of(2, 0x80, 0, 0)]),
      'RLP list',
    ],
  ])('refuses %s', (_name, encoded, message) => {
    expect(() => decodeBatch(encoded, parameters)).toThrow(DecodeError)
    expect(() => decodeBatch(encoded, parameters)).toThrow(message)
  })

  it('allocates for what was sent, not for what was announced', () => {
    const counts = encodeUvarint(10_000_000)
    const announced = concatBytes([head, Uint8Array.of(1, 0), counts, new Uint8Array(1000)])
    expect(() => decodeBatch(announced, parameters)).toThrow(DecodeError)
  })

  it('refuses damaged data with an error of its own kind only', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(arbitrary, damage, fc.nat(), (input, changes, cut) => {
        const encoded = encodeSpanBatch(input)
        for (const [index, value] of changes) encoded[index % encoded.length] = value
        try {
          const batch = decodeBatch(encoded.subarray(0, 1 + (cut % (2 * encoded.length))), parameters)
          expect(listed(batch)).toHaveProperty('kind')
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }),
      { numRuns: 300 },
    )
  })

  describe.skipIf(!hasVectors)('vector', () => {
    it('of a fuzzer encodes to the same bytes and keeps numbers above 2^53', () => {
      const bytes = vector('batches/fuzz-span-batch.bin')
      const raw = decodeRawSpanBatch(bytes)
      expect(raw.relTimestamp).toBe(1_639_845_645n)
      expect(raw.l1OriginNum).toBe(16_988_980_031_808_077_784n)
      expect(Array.from(raw.blockTxCounts)).toEqual([8, 15, 15, 1])
      expect(raw.transactions.filter(({ to }) => to === null)).toHaveLength(19)
      expect(raw.transactions.filter(({ isProtected }) => isProtected)).toHaveLength(10)
      expect(encodeRawSpanBatch(raw)).toEqual(bytes)
    })
  })
})
