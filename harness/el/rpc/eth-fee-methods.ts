import { method } from '../../../node/json-rpc/method.ts'
import { quantityToJson } from '../../../node/protocol/json-schema.ts'
import { nextBaseFee } from '../execution/base-fee.ts'
import { blobPrice, gasPerBlob, nextExcessBlobGas } from '../execution/blob-gas.ts'
import type { ExecutedBlock } from '../execution/types.ts'
import { type RpcBackend, type RpcMethods, requireBlock, serverError } from './backend.ts'
import { suggestTip, tipsAtPercentiles } from './fee-market.ts'
import { type BlockNumberId, param } from './params.ts'

/** Blocks in one answer of `eth_feeHistory`, as in geth. */
const historyBlocksMax = 1024n
const percentilesMax = 100

/** `eth_` methods about prices. */
export function ethFeeMethods(backend: RpcBackend): RpcMethods {
  const { chain, config } = backend
  const baseFeeAfter = ({ header }: ExecutedBlock) => nextBaseFee(config, header, header.timestamp + 1n)

  const blobFeeAfter = ({ header }: ExecutedBlock) => {
    const { blobs } = config
    return blobPrice(blobs, blobs === undefined ? 0n : nextExcessBlobGas(blobs, header))
  }
  const blobGasRatio = ({ header }: ExecutedBlock) =>
    config.blobs === undefined ? 0 : Number(header.blobGasUsed ?? 0n) / Number(config.blobs.max * gasPerBlob)

  function feeHistory(
    count: bigint,
    newest: BlockNumberId,
    percentiles: readonly number[],
  ): Record<string, unknown> {
    const head = chain.head.header.number
    if ('number' in newest && newest.number > head)
      throw serverError(`request beyond head block: requested ${newest.number}, head ${head}`)
    checkPercentiles(percentiles)
    if (count < 1n) return { oldestBlock: '0x0', gasUsedRatio: null }
    const last = requireBlock(backend, newest)
    const blocks = ancestors(backend, last, count < historyBlocksMax ? count : historyBlocksMax)
    const oldest = blocks[0] as ExecutedBlock
    return {
      oldestBlock: quantityToJson(oldest.header.number),
      baseFeePerGas: [...blocks.map(({ header }) => header.baseFeePerGas), baseFeeAfter(last)].map(
        quantityToJson,
      ),
      gasUsedRatio: blocks.map(({ header }) => Number(header.gasUsed) / Number(header.gasLimit)),
      baseFeePerBlobGas: [
        ...blocks.map(({ header }) => blobPrice(config.blobs, header.excessBlobGas)),
        blobFeeAfter(last),
      ].map(quantityToJson),
      blobGasUsedRatio: blocks.map(blobGasRatio),
      ...(percentiles.length === 0
        ? {}
        : { reward: blocks.map((block) => tipsAtPercentiles(block, percentiles).map(quantityToJson)) }),
    }
  }

  return {
    eth_gasPrice: method([], () => quantityToJson(suggestTip(chain.head) + chain.head.header.baseFeePerGas)),
    eth_maxPriorityFeePerGas: method([], () => quantityToJson(suggestTip(chain.head))),
    // As geth: of the next block.
    eth_blobBaseFee: method([], () => quantityToJson(blobFeeAfter(chain.head))),
    eth_feeHistory: method([param.count, param.blockNumber, param.percentiles], feeHistory),
  }
}

/** @throws JsonRpcError −32000 in geth's words. */
function checkPercentiles(percentiles: readonly number[]): void {
  if (percentiles.length > percentilesMax)
    throw serverError(`invalid reward percentile: over the query limit ${percentilesMax}`)
  for (const [index, value] of percentiles.entries()) {
    if (value < 0 || value > 100) throw serverError(`invalid reward percentile: ${value}`)
    const before = percentiles[index - 1]
    if (before !== undefined && value <= before)
      throw serverError(`invalid reward percentile: #${index - 1}:${before} >= #${index}:${value}`)
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
