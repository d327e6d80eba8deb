import type { JsonRpcClient } from '../../../node/json-rpc/client.ts'
import { requestEach } from '../../../node/json-rpc/client.ts'
import type { RpcHandler } from '../../../node/json-rpc/dispatch.ts'
import { JsonRpcError, rpcErrorCode } from '../../../node/json-rpc/errors.ts'

/** Calls handlers without writing JSON and reading it again: for who asks within its own component, and changes no answer. */
export function createDirectClient(name: string, methods: ReadonlyMap<string, RpcHandler>): JsonRpcClient {
  const request: JsonRpcClient['request'] = async (method, params, signal) => {
    signal?.throwIfAborted()
    const handler = methods.get(method)
    if (handler === undefined)
      throw new JsonRpcError(rpcErrorCode.methodNotFound, `the method ${method} does not exist`)
    const result = await handler(params)
    signal?.throwIfAborted()
    return result ?? null
  }
  return {
    url: `memory://${name}`,
    request,
    requestAll: (calls, signal) => requestEach(request, calls, signal),
  }
}
