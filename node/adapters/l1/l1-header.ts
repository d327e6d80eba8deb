import type { Hash, Hex } from 'viem'
import { z } from 'zod'
import { rpcAddress, rpcBloom, rpcBytes, rpcHash, rpcQuantity } from '../../json-rpc/schema.ts'
import type { L1Header } from '../../ports/l1-source.ts'
import { hexToBytes } from '../../protocol/bytes.ts'
import { keccak256 } from '../../protocol/hash.ts'
import { rlpDigits } from '../../protocol/rlp-writer.ts'

/** Chains with proof of authority name their signers there; Ethereum's have 32 bytes. */
const extraDataBytesMax = 8_192

/** An L1 header as `eth_getBlockBy…` gives it: every field that its hash covers. London and later. */
export const rpcHeader = z.object({
  hash: rpcHash,
  parentHash: rpcHash,
  sha3Uncles: rpcHash,
  miner: rpcAddress,
  stateRoot: rpcHash,
  transactionsRoot: rpcHash,
  receiptsRoot: rpcHash,
  logsBloom: rpcBloom,
  difficulty: rpcQuantity,
  number: rpcQuantity,
  gasLimit: rpcQuantity,
  gasUsed: rpcQuantity,
  timestamp: rpcQuantity,
  extraData: rpcBytes(extraDataBytesMax),
  mixHash: rpcHash,
  nonce: rpcBytes(8),
  baseFeePerGas: rpcQuantity,
  withdrawalsRoot: rpcHash.nullish(),
  blobGasUsed: rpcQuantity.nullish(),
  excessBlobGas: rpcQuantity.nullish(),
  parentBeaconBlockRoot: rpcHash.nullish(),
  requestsHash: rpcHash.nullish(),
})

export type RpcHeader = z.output<typeof rpcHeader>

/**
 * keccak256 of the RLP of the header. Fields of later forks follow in the order in which they came:
 * EIP-1559, 4895, 4844 (two), 4788, 7685.
 */
export function headerHash(header: RpcHeader): Hash {
  const fields: (Hex | bigint)[] = [
    header.parentHash,
    header.sha3Uncles,
    header.miner,
    header.stateRoot,
    header.transactionsRoot,
    header.receiptsRoot,
    header.logsBloom,
    header.difficulty,
    header.number,
    header.gasLimit,
    header.gasUsed,
    header.timestamp,
    header.extraData,
    header.mixHash,
    header.nonce,
    header.baseFeePerGas,
  ]
  const later = [
    header.withdrawalsRoot,
    header.blobGasUsed,
    header.excessBlobGas,
    header.parentBeaconBlockRoot,
    header.requestsHash,
  ]
  for (const field of later) {
    if (field === undefined || field === null) break
    fields.push(field)
  }
  return keccak256(hexToBytes(`0x${rlpDigits(fields)}`))
}

/** True when the header's own hash is the one that the server gave. Not so for a fork with header fields that came after this node. */
export function isProvenHeader(header: RpcHeader): boolean {
  return headerHash(header) === header.hash
}

/** The header as derivation uses it. */
export function toL1Header(header: RpcHeader): L1Header {
  return {
    hash: header.hash,
    number: header.number,
    parentHash: header.parentHash,
    timestamp: header.timestamp,
    mixHash: header.mixHash,
    baseFeePerGas: header.baseFeePerGas,
    ...(header.excessBlobGas == null ? {} : { excessBlobGas: header.excessBlobGas }),
    ...(header.parentBeaconBlockRoot == null ? {} : { parentBeaconBlockRoot: header.parentBeaconBlockRoot }),
  }
}
