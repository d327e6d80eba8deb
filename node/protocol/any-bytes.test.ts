import fc from 'fast-check'
import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import type { L1Log, L1Receipt } from '../ports/l1-source.ts'
import { DecodeError } from './byte-reader.ts'
import { bytesToHex } from './bytes.ts'
import { DepositLogError, depositsFromReceipts, transactionDepositedTopic } from './deposit-log.ts'
import { decodeDepositTransaction } from './deposit-transaction.ts'
import { FrameError, parseBatcherPayload } from './frame.ts'
import { encodeGossipMessage, encodeGossipPayload } from './gossip-message.ts'
import { decodeL1Info } from './l1-info.ts'
import { zeroHash } from './refs.ts'
import { applySystemConfigLogs, configUpdateTopic, unsafeBlockSignerUpdates } from './system-config-log.ts'
import { address, bytes, hash, payloadEnvelope } from './testing/arbitraries.ts'
import { decodeGossipMessage } from './testing/decode-gossip-message.ts'
import { testRollupConfig, testSystemConfig } from './testing/rollup-config.ts'

/** What the decoder throws, if it throws, must be an error of its own kind: others take them for bugs and stop. */
function decodesOrRefuses(
  decode: () => unknown,
  refusal: new (message: string) => Error = DecodeError,
): void {
  try {
    expect(decode()).toBeDefined()
  } catch (error) {
    expect(error).toBeInstanceOf(refusal)
  }
}

const contract = `0x${'c0'.repeat(20)}` as const
const selectors: readonly Hex[] = ['0x015d8eb9', '0x440a5e20', '0x098999be', '0x3db6be2b']

/** A log that is what its reader looks for in everything but its content. */
const logOf = (topic: Hex): fc.Arbitrary<L1Log> =>
  fc
    .record({
      // Small words first: kinds, versions, offsets and lengths are such.
      words: fc.array(fc.oneof(fc.constantFrom(0, 1, 2, 3, 7, 32, 64, 73, 80), fc.nat()), { maxLength: 6 }),
      topics: fc.array(fc.oneof(hash, fc.nat(8).map(word)), { maxLength: 4 }),
      tail: bytes(120),
    })
    .map(({ words, topics, tail }) => ({
      address: contract,
      topics: [topic, ...topics],
      data: `0x${words.map((value) => word(value).slice(2)).join('')}${bytesToHex(tail).slice(2)}`,
      logIndex: 0,
    }))
const receiptOf = (log: L1Log): L1Receipt => ({ transactionHash: zeroHash, status: 'success', logs: [log] })

function word(value: number): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`
}

describe('any bytes', () => {
  it('of a gossip message', () => {
    const version = fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const)
    const damaged = fc
      .tuple(
        version.chain((kind) => fc.tuple(fc.constant(kind), payloadEnvelope(kind))),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.nat(),
      )
      .map(([[kind, envelope], changes, cut]) => {
        const payload = encodeGossipPayload(envelope, kind)
        // Mostly where the fixed fields and the offsets are.
        for (const [index, value] of changes) payload[index % Math.min(payload.length, 600)] = value
        const length = cut % 3 === 0 ? cut % payload.length : payload.length
        return encodeGossipMessage(new Uint8Array(65), payload.subarray(0, length))
      })
    fc.assert(
      fc.property(version, fc.oneof(bytes(2000), damaged), (kind, data) =>
        decodesOrRefuses(() => decodeGossipMessage(kind, data)),
      ),
      { numRuns: 300 },
    )
  })

  it('of a batcher payload', () => {
    const payload = fc.tuple(fc.constantFrom(0, 1), bytes(300)).map(([first, rest]) => [first, ...rest])
    fc.assert(
      fc.property(payload, (data) =>
        decodesOrRefuses(() => parseBatcherPayload(Uint8Array.from(data)), FrameError),
      ),
      { numRuns: 300 },
    )
  })

  it('of a deposit transaction and of the L1 info in it', () => {
    const start = fc.constantFrom('0x', '0x7e', '0x7ef8', ...selectors)
    // The lengths of the formats, so that more than the length is looked at.
    const length = fc.constantFrom(0, 1, 60, 160, 164, 172, 174, 178, 256, 260, 300)
    fc.assert(
      fc.property(start, bytes(300), length, (head, tail, size) => {
        const data = `${head}${bytesToHex(tail).slice(2)}`.padEnd(2 + 2 * size, '0') as Hex
        decodesOrRefuses(() => decodeDepositTransaction(data))
        decodesOrRefuses(() => decodeL1Info(data))
        decodesOrRefuses(() => decodeL1Info(data.slice(0, 2 + 2 * size) as Hex))
      }),
      { numRuns: 300 },
    )
  })

  it('of a deposit log', () => {
    fc.assert(
      fc.property(logOf(transactionDepositedTopic), (log) =>
        decodesOrRefuses(() => depositsFromReceipts([receiptOf(log)], contract, zeroHash), DepositLogError),
      ),
      { numRuns: 300 },
    )
  })

  it('of a system config log, which never fails', () => {
    const config = { ...testRollupConfig(), l1SystemConfigAddress: contract }
    fc.assert(
      fc.property(logOf(configUpdateTopic), address, (log, batcherAddr) => {
        const receipts = [receiptOf(log)]
        expect(
          applySystemConfigLogs({ ...testSystemConfig, batcherAddr }, config, receipts, 1n),
        ).toBeDefined()
        expect(unsafeBlockSignerUpdates(receipts, contract)).toBeDefined()
      }),
      { numRuns: 300 },
    )
  })
})
