import { type JsonRpcClient, requestEach } from '../client.ts'

/** A JSON-RPC client that answers from a table and remembers what it was asked. */
export interface FakeRpc extends JsonRpcClient {
  readonly asked: (readonly [method: string, params: readonly unknown[]])[]
  readonly answers: Record<string, unknown>
}

/** An answer that is a function is called with the parameters; one that is an Error is thrown. */
export function createFakeRpc(answers: Record<string, unknown>): FakeRpc {
  const asked: (readonly [string, readonly unknown[]])[] = []
  const request: JsonRpcClient['request'] = async (method, params, signal) => {
    signal?.throwIfAborted()
    asked.push([method, params])
    if (!(method in answers)) throw new Error(`the test has no answer for ${method}`)
    const answer = answers[method]
    const value: unknown = typeof answer === 'function' ? await answer(...params) : answer
    if (value instanceof Error) throw value
    return value
  }
  return {
    url: 'http://127.0.0.1:1/secret',
    asked,
    answers,
    request,
    requestAll: (calls, signal) => requestEach(request, calls, signal),
  }
}
