import { JsonRpcError, rpcErrorCode } from '../../../node/json-rpc/errors.ts'
import { invalidParams, method } from '../../../node/json-rpc/method.ts'
import type { HeadChange } from '../chain/chain.ts'
import { type RpcBackend, type RpcMethods, serverError } from './backend.ts'
import { findLogs } from './eth-log-methods.ts'
import { createFilters } from './filters.ts'
import { changedLogs, logCriteria } from './log-filter.ts'
import { type LogFilter, param } from './params.ts'
import { poolTransactionToJson } from './transaction-json.ts'

/** What a filter is of: of logs, or of something that has no past. */
type FilterKind = { readonly logs: LogFilter | null }
const noLogs: FilterKind = { logs: null }

/** Filters that a client polls, for those that speak HTTP only. Source: execution-apis, `eth/filter`; geth. */
export function ethFilterMethods(backend: RpcBackend): RpcMethods {
  const filters = createFilters<FilterKind>(backend)
  type Tell = (changes: readonly unknown[]) => void
  const install = (kind: FilterKind, listen: (tell: Tell) => () => void): string => {
    const id = filters.install(kind, listen)
    if (id === null)
      throw new JsonRpcError(rpcErrorCode.limitExceeded, 'too many filters: uninstall those not in use')
    return id
  }
  const found = <T>(value: T | null): T => {
    if (value === null) throw serverError('filter not found')
    return value
  }

  return {
    eth_newFilter: method([param.logFilter], (filter) => {
      checkRange(filter)
      const criteria = logCriteria(filter)
      return install({ logs: filter }, (tell) =>
        backend.chain.onHeadChange((change) => tell(changedLogs(criteria, inRange(filter, change)))),
      )
    }),
    eth_newBlockFilter: method([], () =>
      install(noLogs, (tell) =>
        backend.chain.onHeadChange(({ added }) => tell(added.map(({ hash }) => hash))),
      ),
    ),
    eth_newPendingTransactionFilter: method([param.optionalBoolean], (full) =>
      install(noLogs, (tell) =>
        backend.pool.onAdded((one) => tell([full ? poolTransactionToJson(one) : one.hash])),
      ),
    ),
    eth_getFilterChanges: method([param.text], (id) => found(filters.take(id))),
    eth_getFilterLogs: method([param.text], (id) => findLogs(backend, found(filters.kind(id)?.logs ?? null))),
    eth_uninstallFilter: method([param.text], (id) => filters.uninstall(id)),
  }
}

function checkRange({ fromBlock, toBlock }: LogFilter): void {
  for (const id of [fromBlock, toBlock])
    if (id != null && 'tag' in id && id.tag === 'pending') throw serverError('pending logs are not supported')
  if (fromBlock != null && toBlock != null && 'number' in fromBlock && 'number' in toBlock)
    if (fromBlock.number > toBlock.number) throw invalidParams('invalid block range params')
}

/** Only a number bounds what is still to come. */
function inRange({ fromBlock, toBlock }: LogFilter, change: HeadChange): HeadChange {
  const first = fromBlock != null && 'number' in fromBlock ? fromBlock.number : null
  const last = toBlock != null && 'number' in toBlock ? toBlock.number : null
  const blocks = (list: HeadChange['added']) =>
    list.filter(
      ({ header: { number } }) => (first === null || number >= first) && (last === null || number <= last),
    )
  return { ...change, removed: blocks(change.removed), added: blocks(change.added) }
}
