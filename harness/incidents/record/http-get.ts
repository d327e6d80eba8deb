import { createHttpExchange } from '../../../node/json-rpc/http-exchange.ts'
import type { HttpGet } from './beacon-poll.ts'

/** A longer answer is refused. */
const bytesMax = 8_000_000

/** GETs of the server at that URL: its own path, and the one that is asked for behind it. Its query is sent with each. */
export function createHttpGet(url: string, timeoutMs: number): HttpGet {
  const { pathname, search } = new URL(url)
  const exchange = createHttpExchange(url)
  return (path, signal) =>
    exchange({
      ...{ path: `${path === '' ? pathname : pathname.replace(/\/+$/, '') + path}${search}`, method: 'GET' },
      ...{ headers: {}, timeoutMs, bytesMax, signal },
    })
}
