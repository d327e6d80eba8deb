import { RLP } from '@ethereumjs/rlp'
import { sha256 } from '@noble/hashes/sha2'
import type { Hash, Hex } from 'viem'
import { bytesToHex, concatBytes, hexToBytes, uintToBytes } from '../../../node/protocol/bytes.ts'
import { keccak256 } from '../../../node/protocol/hash.ts'
import type { PayloadAttributes } from '../../../node/protocol/payload.ts'

/**
 * Identifies a build job by everything that decides its block, so that asking for the same block twice gives the same
 * job. Byte by byte as op-geth computes it; the first byte is the version of the forkchoice call.
 * Sources: op-geth `miner.BuildPayloadArgs.Id`; holocene/exec-engine.md, "PayloadID computation".
 */
export function payloadIdOf(parent: Hash, attributes: PayloadAttributes, version: 1 | 2 | 3): Hex {
  const parts: Uint8Array[] = [
    hexToBytes(parent),
    uintToBytes(attributes.timestamp, 8),
    hexToBytes(attributes.prevRandao),
    hexToBytes(attributes.suggestedFeeRecipient),
    // Withdrawals are an empty list or absent: both are the empty list in RLP.
    RLP.encode([]),
  ]
  if (attributes.parentBeaconBlockRoot !== undefined) parts.push(hexToBytes(attributes.parentBeaconBlockRoot))
  if (attributes.noTxPool || attributes.transactions.length > 0) {
    parts.push(Uint8Array.of(attributes.noTxPool ? 1 : 0))
    parts.push(uintToBytes(BigInt(attributes.transactions.length), 8))
    for (const transaction of attributes.transactions)
      parts.push(hexToBytes(keccak256(hexToBytes(transaction))))
  }
  parts.push(uintToBytes(attributes.gasLimit, 8))
  if (attributes.eip1559Params !== undefined) parts.push(hexToBytes(attributes.eip1559Params))
  if (attributes.minBaseFee !== undefined) parts.push(uintToBytes(attributes.minBaseFee, 8))
  const id = sha256(concatBytes(parts)).slice(0, 8)
  id[0] = version
  return bytesToHex(id)
}
