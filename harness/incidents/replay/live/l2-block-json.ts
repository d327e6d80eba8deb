import { type Hex, keccak256 } from 'viem'
import { emptyOmmersHash, emptyRequestsHash } from '../../../../node/protocol/block-hash.ts'
import { hexToBytes } from '../../../../node/protocol/bytes.ts'
import { decodeDepositTransaction } from '../../../../node/protocol/deposit-transaction.ts'
import { quantityToJson } from '../../../../node/protocol/json-schema.ts'
import { orderedTrieRoot } from '../../../../node/protocol/ordered-trie-root.ts'
import type { PayloadEnvelope } from '../../../../node/protocol/payload.ts'

/** A block of a replay as `eth_getBlockBy…` gives it. Its transactions are deposits: what a block begins with. */
export function l2BlockJson(
  { payload, parentBeaconBlockRoot }: PayloadEnvelope,
  full: boolean,
): Readonly<Record<string, unknown>> {
  const { blockHash: hash, blockNumber, transactions } = payload
  return {
    ...{ hash, number: quantityToJson(blockNumber), parentHash: payload.parentHash },
    ...{ sha3Uncles: emptyOmmersHash, miner: payload.feeRecipient, stateRoot: payload.stateRoot },
    transactionsRoot: orderedTrieRoot(transactions.map(hexToBytes)),
    ...{ receiptsRoot: payload.receiptsRoot, logsBloom: payload.logsBloom, extraData: payload.extraData },
    ...{ difficulty: '0x0', nonce: '0x0000000000000000', mixHash: payload.prevRandao, size: '0x400' },
    gasLimit: quantityToJson(payload.gasLimit),
    gasUsed: quantityToJson(payload.gasUsed),
    timestamp: quantityToJson(payload.timestamp),
    baseFeePerGas: quantityToJson(payload.baseFeePerGas),
    ...{ withdrawals: [], withdrawalsRoot: payload.withdrawalsRoot, parentBeaconBlockRoot },
    blobGasUsed: quantityToJson(payload.blobGasUsed ?? 0n),
    excessBlobGas: quantityToJson(payload.excessBlobGas ?? 0n),
    ...{ requestsHash: emptyRequestsHash, uncles: [] },
    transactions: transactions.map((raw, index) =>
      full ? depositJson(raw, index, { hash, number: blockNumber }) : keccak256(raw),
    ),
  }
}

function depositJson(raw: Hex, index: number, block: { readonly hash: Hex; readonly number: bigint }) {
  const { sourceHash, from, to, mint, value, gas, isSystemTransaction, data } = decodeDepositTransaction(raw)
  return {
    ...{ type: '0x7e', hash: keccak256(raw), sourceHash, from, to, input: data },
    ...{ nonce: '0x0', gasPrice: '0x0', v: '0x0', r: '0x0', s: '0x0' },
    // As op-geth: op-reth's types read no `false` there.
    ...(isSystemTransaction ? { isSystemTx: true } : {}),
    mint: quantityToJson(mint),
    value: quantityToJson(value),
    gas: quantityToJson(gas),
    blockHash: block.hash,
    blockNumber: quantityToJson(block.number),
    transactionIndex: quantityToJson(BigInt(index)),
  }
}
