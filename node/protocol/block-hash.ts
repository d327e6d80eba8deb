import type { Hash } from 'viem'
import { hexToBytes, uintToBytes } from './bytes.ts'
import { keccak256 } from './hash.ts'
import { orderedTrieRoot } from './ordered-trie-root.ts'
import type { PayloadEnvelope, Withdrawal } from './payload.ts'
import { rlpList, rlpString, rlpUint } from './rlp-writer.ts'

/** keccak256(rlp([])): a block after the merge has no ommers. */
export const emptyOmmersHash: Hash = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'
/** sha256 of nothing: EIP-7685 with no requests, always so on an OP Stack chain. */
export const emptyRequestsHash: Hash = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/**
 * Hash of the header that the payload describes. The payload's own fields tell its fork: `withdrawals` for Canyon,
 * `blobGasUsed` for Ecotone, `withdrawalsRoot` for Isthmus, where it replaces the root over the (empty) withdrawals
 * and the empty requests hash is added (specs/protocol/isthmus/exec-engine.md).
 *
 * Synchronous and without a trie database, because it runs for every payload that arrives.
 */
export function payloadBlockHash({ payload, parentBeaconBlockRoot }: PayloadEnvelope): Hash {
  const fields: Uint8Array[] = [
    hexToBytes(payload.parentHash),
    hexToBytes(emptyOmmersHash),
    hexToBytes(payload.feeRecipient),
    hexToBytes(payload.stateRoot),
    hexToBytes(orderedTrieRoot(payload.transactions.map(hexToBytes))),
    hexToBytes(payload.receiptsRoot),
    hexToBytes(payload.logsBloom),
    new Uint8Array(), // difficulty
    uintToBytes(payload.blockNumber),
    uintToBytes(payload.gasLimit),
    uintToBytes(payload.gasUsed),
    uintToBytes(payload.timestamp),
    hexToBytes(payload.extraData),
    hexToBytes(payload.prevRandao),
    new Uint8Array(8), // nonce
    uintToBytes(payload.baseFeePerGas),
  ]
  if (payload.withdrawals !== undefined)
    fields.push(
      hexToBytes(payload.withdrawalsRoot ?? orderedTrieRoot(payload.withdrawals.map(encodeWithdrawal))),
    )
  if (payload.blobGasUsed !== undefined && payload.excessBlobGas !== undefined)
    fields.push(uintToBytes(payload.blobGasUsed), uintToBytes(payload.excessBlobGas))
  if (parentBeaconBlockRoot !== undefined) fields.push(hexToBytes(parentBeaconBlockRoot))
  if (payload.withdrawalsRoot !== undefined) fields.push(hexToBytes(emptyRequestsHash))
  return keccak256(rlpList(fields.map(rlpString)))
}

function encodeWithdrawal(withdrawal: Withdrawal): Uint8Array {
  return rlpList([
    rlpUint(withdrawal.index),
    rlpUint(withdrawal.validatorIndex),
    rlpString(hexToBytes(withdrawal.address)),
    rlpUint(withdrawal.amount),
  ])
}
