import { RLP } from '@ethereumjs/rlp'
import type { Hash } from 'viem'
import { bytesToHex, hexToBytes } from '../../../node/protocol/bytes.ts'
import { encodeHeader } from '../chain/header.ts'
import type { ExecutedBlock } from '../execution/types.ts'
import { type RpcBackend, type RpcMethods, requireBlock } from './backend.ts'
import { param, readParams } from './params.ts'

/** `debug_` methods that give consensus encodings. */
export function debugMethods(backend: RpcBackend): RpcMethods {
  const block = (params: readonly unknown[]) => requireBlock(backend, ...readParams(params, param.blockId))
  const transaction = (hash: Hash) => {
    const found = backend.chain.store.transaction(hash)
    return found?.block.transactions[found.index]?.raw ?? backend.pool.get(hash)?.raw ?? null
  }
  return {
    debug_getRawHeader: (params) => bytesToHex(encodeHeader(block(params).header)),
    debug_getRawBlock: (params) => bytesToHex(encodeBlock(block(params))),
    debug_getRawReceipts: (params) => block(params).receipts.map(({ encoded }) => encoded),
    debug_getRawTransaction: (params) => transaction(...readParams(params, param.hash)),
    debug_chainConfig: () => backend.chainConfigJson,
  }
}

/** Source: Ethereum yellow paper 4.3, EIP-2718 and EIP-4895: typed transactions are strings, legacy ones lists. */
function encodeBlock({ header, transactions }: ExecutedBlock): Uint8Array {
  const body = transactions.map(({ raw, type }) => {
    const bytes = hexToBytes(raw)
    return type === 0 ? RLP.decode(bytes) : bytes
  })
  const fields = [RLP.decode(encodeHeader(header)), body, []]
  if (header.withdrawalsRoot !== undefined) fields.push([])
  return RLP.encode(fields as never)
}
