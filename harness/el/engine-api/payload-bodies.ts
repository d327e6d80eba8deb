import type { RpcHandler } from '../../../node/json-rpc/dispatch.ts'
import { JsonRpcError } from '../../../node/json-rpc/errors.ts'
import { readParams } from '../../../node/json-rpc/method.ts'
import { rpcHash } from '../../../node/json-rpc/schema.ts'
import { engineErrorCode } from '../../../node/ports/engine-api.ts'
import { listOf } from '../../../node/protocol/list-schema.ts'
import type { BlockStore } from '../chain/block-store.ts'
import type { ExecutedBlock } from '../execution/types.ts'
import { param } from '../rpc/params.ts'
import { invalidParamsCode } from './versions.ts'

/** Bodies of one answer. The specification asks for at least 32. */
export const bodiesMax = 1024n

/**
 * `engine_getPayloadBodiesByHashV1` and `ByRangeV1`: transactions and withdrawals of blocks that are here.
 * Source: execution-apis engine/shanghai.md.
 */
export function payloadBodiesMethods(
  store: Pick<BlockStore, 'byHash' | 'byNumber' | 'head'>,
): ReadonlyMap<string, RpcHandler> {
  return new Map<string, RpcHandler>([
    [
      'engine_getPayloadBodiesByHashV1',
      (params) => {
        if (Array.isArray(params[0])) refuseMoreThanMax(BigInt(params[0].length))
        const [hashes] = readParams(params, listOf(rpcHash, Number(bodiesMax)))
        return hashes.map((hash) => bodyOf(store.byHash(hash)))
      },
    ],
    [
      'engine_getPayloadBodiesByRangeV1',
      (params) => {
        const [start, count] = readParams(params, param.quantity, param.quantity)
        if (start < 1n || count < 1n)
          throw new JsonRpcError(
            invalidParamsCode,
            `expected a start and a count of at least 1, found ${start} and ${count}`,
          )
        refuseMoreThanMax(count)
        const head = store.head.header.number
        // Blocks above the head are left out; they are not null.
        const length = start > head ? 0n : start + count - 1n > head ? head - start + 1n : count
        return Array.from({ length: Number(length) }, (_, index) =>
          bodyOf(store.byNumber(start + BigInt(index))),
        )
      },
    ],
  ])
}

function refuseMoreThanMax(count: bigint): void {
  if (count > bodiesMax)
    throw new JsonRpcError(
      engineErrorCode.tooLargeRequest,
      `Too large request: expected at most ${bodiesMax} bodies, found ${count}`,
    )
}

function bodyOf(block: ExecutedBlock | undefined): unknown {
  if (block === undefined) return null
  const { transactions, withdrawals } = block.envelope.payload
  return { transactions, withdrawals: withdrawals ?? null }
}
