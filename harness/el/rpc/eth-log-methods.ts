import { JsonRpcError, rpcErrorCode } from '../../../node/json-rpc/errors.ts'
import { invalidParams, method } from '../../../node/json-rpc/method.ts'
import { findBlock, type RpcBackend, type RpcMethods, serverError } from './backend.ts'
import { logCriteria, matchingLogs } from './log-filter.ts'
import { type BlockNumberId, type LogFilter, param } from './params.ts'

const blocksMax = 10_000n
const logsMax = 20_000

/** `eth_getLogs`, over at most 10 000 blocks and with at most 20 000 logs. */
export function ethLogMethods(backend: RpcBackend): RpcMethods {
  return { eth_getLogs: method([param.logFilter], (filter) => findLogs(backend, filter)) }
}

/** The wanted logs of the canonical chain, or of the one block that the filter names. @throws JsonRpcError */
export function findLogs(backend: RpcBackend, filter: LogFilter): Record<string, unknown>[] {
  const criteria = logCriteria(filter)
  if (filter.blockHash != null) {
    const block = findBlock(backend, { hash: filter.blockHash, requireCanonical: false })
    if (block === undefined) throw serverError('unknown block')
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
        rpcErrorCode.limitExceeded,
        `query returned more than ${logsMax} results: ask for fewer blocks than ${first} to ${last}`,
      )
  }
  return logs
}

/** Canonical block numbers; a range above the head is empty. */
function range(backend: RpcBackend, filter: LogFilter): { readonly first: bigint; readonly last: bigint } {
  const head = backend.chain.head.header.number
  const numberOf = (id: BlockNumberId | null | undefined): bigint => {
    if (id == null) return head
    if ('number' in id) return id.number
    if (id.tag === 'pending') throw serverError('pending logs are not supported')
    const block = findBlock(backend, id)
    if (block === undefined) throw serverError(`${id.tag} header not found`)
    return block.header.number
  }
  const first = numberOf(filter.fromBlock)
  const last = numberOf(filter.toBlock)
  if (first > last) throw invalidParams(`invalid block range params: from ${first} to ${last}`)
  const reached = last < head ? last : head
  if (reached - first >= blocksMax)
    throw new JsonRpcError(
      rpcErrorCode.limitExceeded,
      `exceed maximum block range: expected at most ${blocksMax} blocks, found ${reached - first + 1n}`,
    )
  return { first, last: reached }
}
