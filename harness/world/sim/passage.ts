import type { JsonRpcClient } from '../../../node/json-rpc/client.ts'
import type { Provider } from './provider.ts'

/** A call that crosses a link without being written as JSON-RPC, while no fault stands there. */
export interface Passage<T> {
  readonly method: string
  /** Of the JSON-RPC call, as much as is told of it. */
  readonly params: readonly unknown[]
  /** @throws JsonRpcError as the method would answer; any other error becomes one of code −32000. */
  work(provider: Provider): Promise<T>
  /** The JSON-RPC result, as much as is told of it. */
  result(given: T): unknown
  /** The same over JSON-RPC, for where a fault stands. */
  over(rpc: JsonRpcClient): Promise<T>
}
