import { z } from 'zod'
import { JsonRpcError, JsonRpcTransportError } from './errors.ts'

/** A server's refusal because it was asked too often. */
export interface RateLimited {
  /** What the server says of when it may be asked again; null when it says nothing. */
  readonly retryAfterMs: number | null
}

/** −32005 "limit exceeded" (EIP-1474); 429 and −32029 as providers write HTTP's number into JSON-RPC. */
const limitCodes: ReadonlySet<number> = new Set([-32005, 429, -32029])
const limitText = /rate.?limit|too many requests|(?:requests?|calls?|capacity|throughput).{0,40}\bper second/i
/** Infura's words for it. */
const backOffData = z.object({ rate: z.object({ backoff_seconds: z.number().nonnegative().max(1e6) }) })

/** Tells a refusal for asking too often, in each way that providers have, from all other errors (null). */
export function rateLimitOf(error: unknown): RateLimited | null {
  if (error instanceof JsonRpcTransportError) {
    const { status, retryAfterMs } = error
    // 503 is any trouble, unless it says how long it lasts.
    const isLimit = status === 429 || (status === 503 && retryAfterMs !== undefined)
    return isLimit ? { retryAfterMs: retryAfterMs ?? null } : null
  }
  if (!(error instanceof JsonRpcError)) return null
  if (!limitCodes.has(error.code) && !limitText.test(error.message)) return null
  const data = backOffData.safeParse(error.data)
  return { retryAfterMs: data.success ? data.data.rate.backoff_seconds * 1000 : null }
}
