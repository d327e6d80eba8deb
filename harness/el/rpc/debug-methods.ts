import { RLP } from '@ethereumjs/rlp'
import { method } from '../../../node/json-rpc/method.ts'
import { bytesToHex, hexToBytes } from '../../../node/protocol/bytes.ts'
import { encodeHeader } from '../chain/header.ts'
import type { ExecutedBlock } from '../execution/types.ts'
import { type RpcBackend, type RpcMethods, requireBlock } from './backend.ts'
import { param } from './params.ts'

/** `debug_` methods that give consensus encodings. */
export function debugMethods(backend: RpcBackend): RpcMethods {
  const ofBlock = <T>(encode: (block: ExecutedBlock) => T) =>
    method([param.blockId], (id) => encode(requireBlock(backend, id)))
  return {
    debug_getRawHeader: ofBlock(({ header }) => bytesToHex(encodeHeader(header))),
    debug_getRawBlock: ofBlock((block) => bytesToHex(encodeBlock(block))),
    debug_getRawReceipts: ofBlock(({ receipts }) => receipts.map(({ encoded }) => encoded)),
    debug_chainConfig: method([], () => backend.chainConfigJson),
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
