import { z } from 'zod'
import { JsonRpcError } from './json-rpc-client.ts'

/** JSON-RPC 2.0 error codes. */
export const rpcErrorCode = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  server: -32000,
} as const

export type RpcHandler = (params: readonly unknown[]) => unknown

/** How the calls in one message are found, limited and reported. */
export interface RpcDispatchOptions {
  /** By full method name, for example `optimism_syncStatus`. A handler may throw JsonRpcError to choose the code. */
  readonly methods: { get(method: string): RpcHandler | undefined }
  /** More calls in one batch are refused. Default 100. */
  readonly batchMax?: number
  /** Called for every finished call, for metrics and logs. */
  readonly onCall?: (call: {
    readonly method: string
    readonly outcome: 'ok' | 'error'
    readonly code?: number
  }) => void
}

const callSchema = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  method: z.string(),
  params: z.array(z.unknown()).default([]),
})

/**
 * Answers one message, whatever carries it: a call or a batch as JSON text. `null` when there is nothing to answer
 * (notifications). Never throws.
 */
export async function dispatchRpc(text: string, options: RpcDispatchOptions): Promise<unknown> {
  const batchMax = options.batchMax ?? 100
  const value = parse(text)
  if (value === undefined) {
    options.onCall?.({ method: '(unparsable)', outcome: 'error', code: rpcErrorCode.parse })
    return failure(null, rpcErrorCode.parse, 'parse error: the body is not JSON')
  }
  if (!Array.isArray(value)) return call(value, options)
  if (value.length === 0 || value.length > batchMax)
    return failure(
      null,
      rpcErrorCode.invalidRequest,
      `expected a batch of 1 to ${batchMax} calls, got ${value.length}`,
    )
  const results: object[] = []
  for (const item of value) {
    const one = await call(item, options)
    if (one !== null) results.push(one)
  }
  return results.length === 0 ? null : results
}

async function call(value: unknown, options: RpcDispatchOptions): Promise<object | null> {
  const parsed = callSchema.safeParse(value)
  if (!parsed.success) {
    options.onCall?.({ method: '(invalid)', outcome: 'error', code: rpcErrorCode.invalidRequest })
    return failure(null, rpcErrorCode.invalidRequest, 'invalid request')
  }
  const { id, method, params } = parsed.data
  const handler = options.methods.get(method)
  if (handler === undefined) {
    options.onCall?.({ method: '(unknown)', outcome: 'error', code: rpcErrorCode.methodNotFound })
    return failure(id, rpcErrorCode.methodNotFound, `the method ${method} does not exist/is not available`)
  }
  try {
    const result = await handler(params)
    options.onCall?.({ method, outcome: 'ok' })
    return id === undefined ? null : { jsonrpc: '2.0', id, result: result ?? null }
  } catch (error) {
    const code = error instanceof JsonRpcError ? error.code : rpcErrorCode.server
    options.onCall?.({ method, outcome: 'error', code })
    const data = error instanceof JsonRpcError ? error.data : undefined
    return failure(id, code, error instanceof Error ? error.message : String(error), data)
  }
}

function failure(
  id: string | number | null | undefined,
  code: number,
  message: string,
  data?: unknown,
): object {
  return {
    jsonrpc: '2.0',
    id: id ?? null,
    error: data === undefined ? { code, message } : { code, message, data },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
