import type { JsonRpcClient } from '../../../node/json-rpc/client.ts'
import { createHttpRpcClient } from '../../../node/json-rpc/http-client.ts'

/** Calls to a component at wherever it is at the moment of the call. */
export function createMovingRpc(url: () => string, timeoutMs: number): JsonRpcClient {
  let [at, client] = [url(), createHttpRpcClient({ url: url(), timeoutMs })]
  const current = (): JsonRpcClient => {
    if (at !== url()) [at, client] = [url(), createHttpRpcClient({ url: url(), timeoutMs })]
    return client
  }
  return {
    get url() {
      return url()
    },
    request: (method, params, signal) => current().request(method, params, signal),
    requestAll: (calls, signal) => current().requestAll(calls, signal),
  }
}
