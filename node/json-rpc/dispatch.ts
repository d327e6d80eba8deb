import { z } from 'zod'
import { JsonRpcError } from './client.ts'

/** JSON-RPC 2.0 error codes. */
export const rpcErrorCode = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  server: -32000,
  /** Geth's code for an answer that is longer than the server gives. */
  responseTooLarge: -32003,
} as const

export type RpcHandler = (params: readonly unknown[]) => unknown

/** How the calls in one message are found, limited and reported. */
export interface RpcDispatchOptions {
  /** By full method name, for example `optimism_syncStatus`. A handler may throw JsonRpcError to choose the code. */
  readonly methods: { get(method: string): RpcHandler | undefined }
  /** More calls in one batch are refused. Default 100. */
  readonly batchMax?: number
  /** A longer answer, counted in characters over a whole batch, becomes an error. Default 64 Mi. */
  readonly responseLengthMax?: number
  /** Called for every finished call, for metrics and logs. */
  readonly onCall?: (call: {
    readonly method: string
    readonly outcome: 'ok' | 'error'
    readonly code?: number
    /** Absent when no method ran. */
    readonly seconds?: number
  }) => void
}

const callSchema = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  method: z.string(),
  params: z.array(z.unknown()).default([]),
})

/**
 * Answers one message, whatever carries it: a call or a batch as JSON text. Gives JSON text, or `null` when there is
 * nothing to answer (notifications). Never throws.
 */
export async function dispatchRpc(text: string, options: RpcDispatchOptions): Promise<string | null> {
  const batchMax = options.batchMax ?? 100
  const lengthMax = options.responseLengthMax ?? 64 * 1024 * 1024
  const value = parse(text)
  if (value === undefined) {
    options.onCall?.({ method: '(unparsable)', outcome: 'error', code: rpcErrorCode.parse })
    return failure(null, rpcErrorCode.parse, 'parse error: the body is not JSON')
  }
  if (!Array.isArray(value)) return call(value, options, lengthMax)
  if (value.length === 0 || value.length > batchMax)
    return failure(
      null,
      rpcErrorCode.invalidRequest,
      `expected a batch of 1 to ${batchMax} calls, got ${value.length}`,
    )
  const answers: string[] = []
  let length = 0
  for (const item of value) {
    const answer = await call(item, options, lengthMax - length)
    if (answer === null) continue
    answers.push(answer)
    length += answer.length
  }
  return answers.length === 0 ? null : `[${answers.join(',')}]`
}

async function call(value: unknown, options: RpcDispatchOptions, lengthMax: number): Promise<string | null> {
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
  const startMs = performance.now()
  const seconds = () => (performance.now() - startMs) / 1000
  try {
    const result = await handler(params)
    const answer = id === undefined ? null : JSON.stringify({ jsonrpc: '2.0', id, result: result ?? null })
    if (answer !== null && answer.length > lengthMax)
      throw new JsonRpcError(rpcErrorCode.responseTooLarge, 'response too large: ask for less at a time')
    options.onCall?.({ method, outcome: 'ok', seconds: seconds() })
    return answer
  } catch (error) {
    const code = error instanceof JsonRpcError ? error.code : rpcErrorCode.server
    options.onCall?.({ method, outcome: 'error', code, seconds: seconds() })
    const data = error instanceof JsonRpcError ? error.data : undefined
    return failure(id, code, error instanceof Error ? error.message : String(error), data)
  }
}

function failure(
  id: string | number | null | undefined,
  code: number,
  message: string,
  data?: unknown,
): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    id: id ?? null,
    error: data === undefined ? { code, message } : { code, message, data },
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
