import { quantityToJson } from '../../../node/protocol/json-schema.ts'
import { nextBaseFee } from '../execution/base-fee.ts'
import type { ExecutedBlock } from '../execution/types.ts'
import { type RpcBackend, type RpcMethods, requireBlock } from './backend.ts'
import { suggestTip, tipsAtPercentiles } from './fee-market.ts'
import { invalidParams, param, readParams } from './params.ts'

/** Blocks in one answer of `eth_feeHistory`, as in geth. */
const historyBlocksMax = 1024n

/** `eth_` methods about prices. */
export function ethFeeMethods(backend: RpcBackend): RpcMethods {
  const { chain, config } = backend
  const baseFeeAfter = ({ header }: ExecutedBlock) => nextBaseFee(config, header, header.timestamp + 1n)

  return {
    eth_gasPrice: () => quantityToJson(suggestTip(chain.head) + chain.head.header.baseFeePerGas),
    eth_maxPriorityFeePerGas: () => quantityToJson(suggestTip(chain.head)),
    eth_blobBaseFee: () => '0x1',
    eth_feeHistory: (params) => {
      const [count, newest, percentiles] = readParams(
        params,
        param.quantity,
        param.blockId,
        param.percentiles,
      )
      if (count < 1n) throw invalidParams('invalid argument 0: expected at least 1 block')
      if (percentiles.some((value, index) => index > 0 && value < (percentiles[index - 1] as number)))
        throw invalidParams('invalid argument 2: expected rising percentiles')
      const last = requireBlock(backend, newest)
      const blocks = ancestors(backend, last, count < historyBlocksMax ? count : historyBlocksMax)
      const oldest = blocks[0] as ExecutedBlock
      return {
        oldestBlock: quantityToJson(oldest.header.number),
        baseFeePerGas: [...blocks.map(({ header }) => header.baseFeePerGas), baseFeeAfter(last)].map(
          quantityToJson,
        ),
        gasUsedRatio: blocks.map(({ header }) => Number(header.gasUsed) / Number(header.gasLimit)),
        baseFeePerBlobGas: Array.from({ length: blocks.length + 1 }, () => '0x1'),
        blobGasUsedRatio: blocks.map(() => 0),
        ...(percentiles.length === 0
          ? {}
          : { reward: blocks.map((block) => tipsAtPercentiles(block, percentiles).map(quantityToJson)) }),
      }
    },
  }
}

/** `last` and the blocks before it, oldest first, at most `count`. */
function ancestors({ chain }: RpcBackend, last: ExecutedBlock, count: bigint): ExecutedBlock[] {
  const blocks: ExecutedBlock[] = []
  let cursor: ExecutedBlock | undefined = last
  while (cursor !== undefined && BigInt(blocks.length) < count) {
    blocks.push(cursor)
    cursor = chain.store.byHash(cursor.header.parentHash)
  }
  return blocks.reverse()
}
