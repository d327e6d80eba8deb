import type { Address } from 'viem'
import { method } from '../../../node/json-rpc/method.ts'
import { quantityToJson } from '../../../node/protocol/json-schema.ts'
import type { PoolTransaction } from '../pool/pool-transaction.ts'
import type { RpcBackend, RpcMethods } from './backend.ts'
import { param } from './params.ts'
import { poolTransactionToJson } from './transaction-json.ts'

type ByAddress = ReadonlyMap<Address, readonly PoolTransaction[]>

/** `txpool_` methods, in geth's shapes: sender → nonce → transaction. */
export function txpoolMethods({ pool }: RpcBackend): RpcMethods {
  const content = <T>(describe: (transaction: PoolTransaction) => T) => {
    const { pending, queued } = pool.content()
    return { pending: bySender(pending, describe), queued: bySender(queued, describe) }
  }
  return {
    txpool_content: method([], () => content(poolTransactionToJson)),
    txpool_contentFrom: method([param.address], (address) => {
      const { pending, queued } = pool.content()
      return {
        pending: byNonce(pending.get(address) ?? [], poolTransactionToJson),
        queued: byNonce(queued.get(address) ?? [], poolTransactionToJson),
      }
    }),
    txpool_inspect: method([], () => content(summary)),
    txpool_status: method([], () => {
      const { pending, queued } = pool.content()
      return { pending: quantityToJson(count(pending)), queued: quantityToJson(count(queued)) }
    }),
  }
}

function bySender<T>(transactions: ByAddress, describe: (transaction: PoolTransaction) => T) {
  return Object.fromEntries([...transactions].map(([address, list]) => [address, byNonce(list, describe)]))
}

function byNonce<T>(transactions: readonly PoolTransaction[], describe: (transaction: PoolTransaction) => T) {
  return Object.fromEntries(transactions.map((one) => [one.nonce.toString(), describe(one)]))
}

const count = (transactions: ByAddress): bigint =>
  BigInt([...transactions.values()].reduce((sum, list) => sum + list.length, 0))

const summary = ({ to, value, gasLimit, maxFeePerGas }: PoolTransaction): string =>
  `${to ?? 'contract creation'}: ${value} wei + ${gasLimit} gas × ${maxFeePerGas} wei`
