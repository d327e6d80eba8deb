import { type JsonRpcClient, requestEach } from '../../../node/json-rpc/client.ts'
import { JsonRpcError, rpcErrorCode } from '../../../node/json-rpc/errors.ts'

type Method = (...params: readonly unknown[]) => unknown

/** A client of a server that has these methods and no other. `before` may delay each call, or make it fail. */
export function fakeRpc(
  methods: Readonly<Record<string, Method>>,
  before: () => void | Promise<void> = () => {},
): JsonRpcClient {
  const request: JsonRpcClient['request'] = async (method, params) => {
    await before()
    const answer = methods[method]
    if (answer === undefined)
      throw new JsonRpcError(rpcErrorCode.methodNotFound, `the method ${method} does not exist`)
    return answer(...params)
  }
  return { url: 'memory:', request, requestAll: (calls, signal) => requestEach(request, calls, signal) }
}
