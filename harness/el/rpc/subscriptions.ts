import type { RpcHandler } from '../../../node/json-rpc/dispatch.ts'
import { JsonRpcError, rpcErrorCode } from '../../../node/json-rpc/errors.ts'
import { method, readParams } from '../../../node/json-rpc/method.ts'
import { bytesToHex, uintToBytes } from '../../../node/protocol/bytes.ts'
import type { HeadChange } from '../chain/chain.ts'
import type { RpcBackend } from './backend.ts'
import { headerToJson } from './block-json.ts'
import { changedLogs, logCriteria } from './log-filter.ts'
import { param } from './params.ts'
import { poolTransactionToJson } from './transaction-json.ts'

const subscriptionsMax = 64

/** Subscriptions of one connection. */
export interface Subscriptions {
  readonly methods: ReadonlyMap<string, RpcHandler>
  close(): void
}

/**
 * `eth_subscribe` and `eth_unsubscribe` for one connection: `newHeads`, `logs`, `newPendingTransactions`.
 * Source: geth, "Real-time Events".
 */
export function createSubscriptions(
  backend: RpcBackend,
  notify: (id: string, result: unknown) => void,
): Subscriptions {
  const ends = new Map<string, () => void>()
  let nextId = 1n

  const onHeads = (emit: (change: HeadChange) => Iterable<unknown>) => (id: string) =>
    backend.chain.onHeadChange((change) => {
      for (const result of emit(change)) notify(id, result)
    })

  function start(kind: string, rest: readonly unknown[]): (id: string) => () => void {
    switch (kind) {
      case 'newHeads':
        readParams(rest)
        return onHeads(({ added }) => added.map(headerToJson))
      case 'logs': {
        const [filter] = readParams(rest.length === 0 ? [{}] : rest, param.logFilter)
        const criteria = logCriteria(filter)
        return onHeads((change) => changedLogs(criteria, change))
      }
      case 'newPendingTransactions': {
        const [full] = readParams(rest, param.optionalBoolean)
        return (id) =>
          backend.pool.onAdded((transaction) =>
            notify(id, full ? poolTransactionToJson(transaction) : transaction.hash),
          )
      }
      default:
        throw new JsonRpcError(
          rpcErrorCode.methodNotFound,
          `no ${JSON.stringify(kind)} subscription in eth namespace: expected newHeads, logs or newPendingTransactions`,
        )
    }
  }

  return {
    methods: new Map<string, RpcHandler>([
      [
        'eth_subscribe',
        (params) => {
          const [kind] = readParams(params.slice(0, 1), param.text)
          const subscribe = start(kind, params.slice(1))
          if (ends.size >= subscriptionsMax)
            throw new JsonRpcError(
              rpcErrorCode.limitExceeded,
              `expected at most ${subscriptionsMax} subscriptions on a connection`,
            )
          const id = bytesToHex(uintToBytes(nextId++, 16))
          ends.set(id, subscribe(id))
          return id
        },
      ],
      [
        'eth_unsubscribe',
        method([param.text], (id) => {
          ends.get(id)?.()
          return ends.delete(id)
        }),
      ],
    ]),
    close() {
      for (const end of ends.values()) end()
      ends.clear()
    },
  }
}
