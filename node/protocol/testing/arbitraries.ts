import fc from 'fast-check'
import type { Address, Hash, Hex } from 'viem'
import { bytesToHex } from '../bytes.ts'
import type { ExecutionPayload, PayloadEnvelope } from '../payload.ts'
import type { PayloadVersion } from '../payload-ssz.ts'
import type { L1BlockRef, L2BlockRef } from '../refs.ts'

/** Arbitrary values of the protocol's types for property tests. */

export const bytes = (maxLength = 200): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength })

export const fixedHex = (length: number): fc.Arbitrary<Hex> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((value) => bytesToHex(value))

export const hex = (maxLength = 200): fc.Arbitrary<Hex> => bytes(maxLength).map((value) => bytesToHex(value))

export const hash: fc.Arbitrary<Hash> = fixedHex(32)
export const address: fc.Arbitrary<Address> = fixedHex(20)

/** Small values and those around the edges of what fits, more often than a uniform draw gives them. */
const uint = (bits: number): fc.Arbitrary<bigint> =>
  fc.oneof(fc.bigInt({ min: 0n, max: 1000n }), fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n }))
export const uint64 = uint(64)
export const uint256 = uint(256)
export const uint32: fc.Arbitrary<number> = fc.integer({ min: 0, max: 0xffff_ffff })
/** What a number in JSON holds exactly. */
const safeUint: fc.Arbitrary<bigint> = uint(53)

export const l1BlockRef: fc.Arbitrary<L1BlockRef> = fc.record({
  hash,
  number: safeUint,
  parentHash: hash,
  timestamp: safeUint,
})

export const l2BlockRef: fc.Arbitrary<L2BlockRef> = fc.record({
  hash,
  number: safeUint,
  parentHash: hash,
  timestamp: safeUint,
  l1Origin: fc.record({ hash, number: safeUint }),
  sequenceNumber: safeUint,
})

/** A payload of that version; its block hash is any hash. */
export function payload(version: PayloadVersion): fc.Arbitrary<ExecutionPayload> {
  return fc.record({
    parentHash: hash,
    feeRecipient: address,
    stateRoot: hash,
    receiptsRoot: hash,
    logsBloom: fixedHex(256),
    prevRandao: hash,
    blockNumber: uint64,
    gasLimit: uint64,
    gasUsed: uint64,
    timestamp: uint64,
    extraData: hex(32),
    baseFeePerGas: uint256,
    blockHash: hash,
    transactions: fc.array(hex(), { maxLength: 5 }),
    ...(version >= 1 ? { withdrawals: fc.constant([]) } : {}),
    ...(version >= 2 ? { blobGasUsed: uint64, excessBlobGas: uint64 } : {}),
    ...(version >= 3 ? { withdrawalsRoot: hash } : {}),
  }) as fc.Arbitrary<ExecutionPayload>
}

export function payloadEnvelope(version: PayloadVersion): fc.Arbitrary<PayloadEnvelope> {
  return version < 2
    ? fc.record({ payload: payload(version) })
    : fc.record({ payload: payload(version), parentBeaconBlockRoot: hash })
}
