import type { FinishedCall } from './json-rpc/client.ts'
import type { NodeMetrics } from './metrics.ts'

/** Counts and times the calls that the node makes to one of those it depends on. */
export function callRecorder(
  metrics: Pick<NodeMetrics, 'rpcClientCalls' | 'rpcClientSeconds'>,
  target: string,
): (call: FinishedCall) => void {
  return ({ method, outcome, seconds }) => {
    metrics.rpcClientCalls.inc({ target, method, outcome })
    metrics.rpcClientSeconds.observe(seconds, { target, method })
  }
}
