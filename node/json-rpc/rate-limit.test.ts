import { describe, expect, it } from 'vitest'
import { JsonRpcError, JsonRpcTransportError } from './errors.ts'
import { rateLimitOf } from './rate-limit.ts'

describe('rateLimitOf', () => {
  it.each<[string, Error, number | null]>([
    ['HTTP 429', new JsonRpcTransportError('x', { status: 429 }), null],
    [
      'HTTP 429 with Retry-After',
      new JsonRpcTransportError('x', { status: 429, retryAfterMs: 3_000 }),
      3_000,
    ],
    ['HTTP 503 with Retry-After', new JsonRpcTransportError('x', { status: 503, retryAfterMs: 0 }), 0],
    ['EIP-1474', new JsonRpcError(-32005, 'limit exceeded'), null],
    [
      'Infura',
      new JsonRpcError(-32005, 'project ID request rate exceeded', { rate: { backoff_seconds: 1.5 } }),
      1_500,
    ],
    ['data of another shape', new JsonRpcError(-32005, 'limit', { rate: { backoff_seconds: -1 } }), null],
    ['Alchemy', new JsonRpcError(429, 'Your app has exceeded its compute units per second capacity'), null],
    ['QuickNode', new JsonRpcError(-32007, '15/second request limit reached: rate limited'), null],
    ['proxyd', new JsonRpcError(-32016, 'over rate limit'), null],
  ])('%s', (_, error, retryAfterMs) => {
    expect(rateLimitOf(error)).toEqual({ retryAfterMs })
  })

  it.each<[string, Error]>([
    ['HTTP 503 alone', new JsonRpcTransportError('x', { status: 503 })],
    ['no answer', new JsonRpcTransportError('rate limit')],
    ['an absent block', new JsonRpcError(-32000, 'header not found')],
    ['any other error', new Error('too many requests')],
  ])('%s is none', (_, error) => {
    expect(rateLimitOf(error)).toBeNull()
  })
})
