import type { RpcHandler } from '../json-rpc/dispatch.ts'
import { method } from '../json-rpc/method.ts'

/** An answer to a plain GET. */
export interface HttpAnswer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/**
 * GET `/healthz`: op-node's answer, the version as JSON. It tells that the process lives, not that it has caught up: who
 * restarts a node that syncs only makes it start over. From the failure of an actor until the process is gone it is 503.
 */
export function healthz(version: string, failure: Error | null): HttpAnswer {
  return {
    status: failure === null ? 200 : 503,
    type: 'application/json',
    body: `${JSON.stringify(failure === null ? { version } : { version, error: failure.message })}\n`,
  }
}

/** The same as methods: `health_status` as op-node has it, `healthz` as kona-node. */
export function healthApi(version: string): ReadonlyMap<string, RpcHandler> {
  return new Map([
    ['health_status', method([], () => version)],
    ['healthz', method([], () => ({ version }))],
  ])
}
