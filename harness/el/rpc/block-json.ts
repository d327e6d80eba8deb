import { emptyOmmersHash } from '../../../node/protocol/block-hash.ts'
import { quantityToJson } from '../../../node/protocol/json-schema.ts'
import { encodeHeader } from '../chain/header.ts'
import type { ExecutedBlock } from '../execution/types.ts'
import { definedFields } from './defined-fields.ts'
import { rlpBlockBytes } from './rlp-size.ts'
import { blockTransactionToJson } from './transaction-json.ts'

const quantityOrAbsent = (value: bigint | undefined) =>
  value === undefined ? undefined : quantityToJson(value)

/** The header fields, as `newHeads` and `eth_getHeaderBy…` give them. */
export function headerToJson({ hash, header }: ExecutedBlock): Record<string, unknown> {
  return definedFields({
    hash,
    parentHash: header.parentHash,
    sha3Uncles: emptyOmmersHash,
    miner: header.feeRecipient,
    stateRoot: header.stateRoot,
    transactionsRoot: header.transactionsRoot,
    receiptsRoot: header.receiptsRoot,
    logsBloom: header.logsBloom,
    difficulty: quantityToJson(header.difficulty ?? 0n),
    number: quantityToJson(header.number),
    gasLimit: quantityToJson(header.gasLimit),
    gasUsed: quantityToJson(header.gasUsed),
    timestamp: quantityToJson(header.timestamp),
    extraData: header.extraData,
    mixHash: header.prevRandao,
    nonce: header.nonce ?? '0x0000000000000000',
    baseFeePerGas: quantityToJson(header.baseFeePerGas),
    withdrawalsRoot: header.withdrawalsRoot,
    blobGasUsed: quantityOrAbsent(header.blobGasUsed),
    excessBlobGas: quantityOrAbsent(header.excessBlobGas),
    parentBeaconBlockRoot: header.parentBeaconBlockRoot,
    requestsHash: header.requestsHash,
  })
}

/** A block as `eth_getBlockByNumber` and `eth_getBlockByHash` give it. */
export function blockToJson(block: ExecutedBlock, fullTransactions: boolean): Record<string, unknown> {
  const { header, transactions } = block
  const hasWithdrawals = header.withdrawalsRoot !== undefined
  const sizes = transactions.map(({ raw, type }) => ({ bytes: (raw.length - 2) / 2, typed: type !== 0 }))
  return definedFields({
    ...headerToJson(block),
    size: quantityToJson(BigInt(rlpBlockBytes(encodeHeader(header).length, sizes, hasWithdrawals))),
    uncles: [],
    transactions: fullTransactions
      ? transactions.map((_, index) => blockTransactionToJson(block, index))
      : transactions.map(({ hash }) => hash),
    withdrawals: hasWithdrawals ? [] : undefined,
  })
}
