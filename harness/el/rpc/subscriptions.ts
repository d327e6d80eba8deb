import type { RpcHandler } from '../../../node/json-rpc/dispatch.ts'
import { bytesToHex, uintToBytes } from '../../../node/protocol/bytes.ts'
import type { HeadChange } from '../chain/chain.ts'
import type { RpcBackend } from './backend.ts'
import { headerToJson } from './block-json.ts'
import { logCriteria } from './eth-log-methods.ts'
import { type LogCriteria, matchingLogs } from './log-filter.ts'
import { invalidParams, param, readParams } from './params.ts'

const subscriptionsMax = 64

/** Subscriptions of one connection. */
export interface Subscriptions {
  readonly methods: ReadonlyMap<string, RpcHandler>
  close(): void
}

/**
 * `eth_subscribe` and `eth_unsubscribe` for one connection: `newHeads`, `logs`, `newPendingTransactions`.
 * After a reorg, the logs of the blocks that left come first, with `removed`. Source: geth, "Real-time Events".
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

  function start(kind: string, filter: unknown): (id: string) => () => void {
    switch (kind) {
      case 'newHeads':
        return onHeads(({ added }) => added.map(headerToJson))
      case 'logs': {
        const [parsed] = readParams([filter ?? {}], param.logFilter)
        const criteria = logCriteria(parsed)
        return onHeads((change) => logsOf(criteria, change))
      }
      case 'newPendingTransactions':
        return (id) => backend.pool.onAdded(({ hash }) => notify(id, hash))
      default:
        throw invalidParams(
          `no subscription ${JSON.stringify(kind)}: expected newHeads, logs or newPendingTransactions`,
        )
    }
  }

  return {
    methods: new Map<string, RpcHandler>([
      [
        'eth_subscribe',
        (params) => {
          const [kind, filter] = readParams(params, param.text, param.anything)
          const subscribe = start(kind, filter)
          if (ends.size >= subscriptionsMax)
            throw invalidParams(`expected at most ${subscriptionsMax} subscriptions on a connection`)
          const id = bytesToHex(uintToBytes(nextId++, 16))
          ends.set(id, subscribe(id))
          return id
        },
      ],
      [
        'eth_unsubscribe',
        (params) => {
          const [id] = readParams(params, param.text)
          ends.get(id)?.()
          return ends.delete(id)
        },
      ],
    ]),
    close() {
      for (const end of ends.values()) end()
      ends.clear()
    },
  }
}

function logsOf(criteria: LogCriteria, { removed, added }: HeadChange): unknown[] {
  return [
    ...removed.flatMap((block) => matchingLogs(criteria, block, true)),
    ...added.flatMap((block) => matchingLogs(criteria, block)),
  ]
}
