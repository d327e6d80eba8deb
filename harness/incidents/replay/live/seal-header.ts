import { type Hex, zeroAddress } from 'viem'
import { headerHash } from '../../../../node/adapters/l1/l1-header.ts'
import type { L1Header } from '../../../../node/ports/l1-source.ts'
import { emptyOmmersHash, emptyRequestsHash } from '../../../../node/protocol/block-hash.ts'
import { quantityToJson } from '../../../../node/protocol/json-schema.ts'
import { zeroHash } from '../../../../node/protocol/refs.ts'
import { signerState } from './signer-state.ts'

const emptyTrieRoot: Hex = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'

const emptyBloom: Hex = `0x${'00'.repeat(256)}`
const [noData, noNonce]: readonly [Hex, Hex] = ['0x', '0x0000000000000000']

/** What an empty L1 block says beside what differs from block to block. */
const empty = {
  ...{ sha3Uncles: emptyOmmersHash, miner: zeroAddress, nonce: noNonce, extraData: noData },
  ...{ transactionsRoot: emptyTrieRoot, receiptsRoot: emptyTrieRoot, withdrawalsRoot: emptyTrieRoot },
  ...{ stateRoot: signerState.stateRoot, requestsHash: emptyRequestsHash },
  logsBloom: emptyBloom,
} as const
const quantities = { difficulty: 0n, gasLimit: 30_000_000n, gasUsed: 0n, blobGasUsed: 0n } as const

/** The header with the hash that follows from its fields, as a node computes it. */
export function sealHeader(header: L1Header): L1Header {
  return { ...header, hash: headerHash({ ...empty, ...quantities, ...header }) }
}

/** An empty block with that header as an execution client of L1 gives it. */
export function emptyBlockJson(header: L1Header): Readonly<Record<string, unknown>> {
  const { hash, parentHash, mixHash, number, timestamp, baseFeePerGas } = header
  return {
    ...{ ...empty, hash, parentHash, mixHash },
    parentBeaconBlockRoot: header.parentBeaconBlockRoot ?? zeroHash,
    number: quantityToJson(number),
    timestamp: quantityToJson(timestamp),
    baseFeePerGas: quantityToJson(baseFeePerGas),
    excessBlobGas: quantityToJson(header.excessBlobGas ?? 0n),
    ...Object.fromEntries(Object.entries(quantities).map(([name, value]) => [name, quantityToJson(value)])),
    ...{ size: '0x280', uncles: [], transactions: [], withdrawals: [] },
  }
}
