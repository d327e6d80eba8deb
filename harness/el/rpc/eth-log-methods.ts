import { JsonRpcError } from '../../../node/json-rpc/errors.ts'
import { type RpcBackend, type RpcMethods, requireBlock } from './backend.ts'
import { type LogCriteria, matchingLogs } from './log-filter.ts'
import { type BlockId, invalidParams, type LogFilter, param, readParams } from './params.ts'

const limitExceededCode = -32005
const blocksMax = 10_000n
const logsMax = 20_000

/** `eth_getLogs`, over at most 10 000 blocks and with at most 20 000 logs. */
export function ethLogMethods(backend: RpcBackend): RpcMethods {
  return {
    eth_getLogs: (params) => {
      const [filter] = readParams(params, param.logFilter)
      const criteria = logCriteria(filter)
      if (filter.blockHash != null) {
        const block = requireBlock(backend, { hash: filter.blockHash, requireCanonical: false })
        return matchingLogs(criteria, block)
      }
      const { first, last } = range(backend, filter)
      const logs: Record<string, unknown>[] = []
      for (let number = first; number <= last; number++) {
        const block = backend.chain.store.byNumber(number)
        if (block === undefined) break
        logs.push(...matchingLogs(criteria, block))
        if (logs.length > logsMax)
          throw new JsonRpcError(
            limitExceededCode,
            `query returned more than ${logsMax} results: ask for fewer blocks than ${first} to ${last}`,
          )
      }
      return logs
    },
  }
}

export function logCriteria(filter: LogFilter): LogCriteria {
  return { addresses: filter.address ?? null, topics: filter.topics ?? [] }
}

/** Canonical block numbers; a range above the head is empty. */
function range(backend: RpcBackend, filter: LogFilter): { readonly first: bigint; readonly last: bigint } {
  const head = backend.chain.head.header.number
  const numberOf = (id: BlockId | null | undefined): bigint => {
    if (id == null) return head
    if ('number' in id) return id.number
    return requireBlock(backend, id).header.number
  }
  const first = numberOf(filter.fromBlock)
  const last = numberOf(filter.toBlock)
  if (first > last) throw invalidParams(`invalid block range params: from ${first} to ${last}`)
  const reached = last < head ? last : head
  if (reached - first >= blocksMax)
    throw new JsonRpcError(
      limitExceededCode,
      `exceed maximum block range: expected at most ${blocksMax} blocks, found ${reached - first + 1n}`,
    )
  return { first, last: reached }
}
