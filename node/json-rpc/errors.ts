/** Codes of JSON-RPC 2.0, and those that geth adds to them. */
export const rpcErrorCode = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  server: -32000,
  /** The message has had its time. */
  timeout: -32002,
  /** The answer would be longer than the server gives. */
  responseTooLarge: -32003,
  /** The question covers more than the server looks at. */
  limitExceeded: -32005,
} as const

/** The other side answered with a JSON-RPC error object; thrown by a handler, what it shall answer. */
export class JsonRpcError extends Error {
  override readonly name = 'JsonRpcError'
  readonly code: number
  readonly data: unknown
  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** The other side could not be asked, or its answer is not JSON-RPC. Temporary by nature. */
export class JsonRpcTransportError extends Error {
  override readonly name = 'JsonRpcTransportError'
  /** HTTP status of an answer that is not JSON-RPC; absent when there was no answer. */
  readonly status: number | undefined
  /** Milliseconds that the other side wants to be left alone (`Retry-After`); absent when it says nothing of it. */
  readonly retryAfterMs: number | undefined
  constructor(
    message: string,
    options?: ErrorOptions & {
      readonly status?: number | undefined
      readonly retryAfterMs?: number | undefined
    },
  ) {
    super(message, options)
    this.status = options?.status
    this.retryAfterMs = options?.retryAfterMs
  }
}
