import type { CallBudget } from '../../concurrency/call-budget.ts'
import type { JsonRpcClient, RpcCall, RpcOutcome } from '../../json-rpc/client.ts'
import { rateLimitOf } from '../../json-rpc/rate-limit.ts'
import type { Clock } from '../../ports/clock.ts'
import { type L1Priority, l1Priorities } from '../../ports/l1-source.ts'

/** A call that is refused so often for its number is no matter of waiting. */
const attemptsMax = 5

/**
 * The client whose calls wait for their turn in the budget. One that the server refuses because there were too many
 * goes again in its turn: the server has not even looked at it.
 */
export function withBudget(
  rpc: JsonRpcClient,
  { budget, clock, priority }: { budget: CallBudget; clock: Clock; priority: L1Priority },
): JsonRpcClient {
  const rank = l1Priorities.indexOf(priority)

  async function requestAll(calls: readonly RpcCall[], signal?: AbortSignal): Promise<readonly RpcOutcome[]> {
    const outcomes = new Map<RpcCall, RpcOutcome>()
    let left = calls
    for (let attempt = 1; left.length > 0; attempt++) {
      await Promise.all(left.map(() => budget.take(rank, signal)))
      const sentMs = clock.nowMs()
      const refused: RpcCall[] = []
      const waits: number[] = []
      for (const [index, outcome] of (await rpc.requestAll(left, signal)).entries()) {
        const one = left[index]!
        outcomes.set(one, outcome)
        const limited = outcome.status === 'rejected' ? rateLimitOf(outcome.reason) : null
        if (outcome.status === 'fulfilled') budget.answered()
        if (limited === null) continue
        refused.push(one)
        if (limited.retryAfterMs !== null) waits.push(limited.retryAfterMs)
      }
      // One message is refused once, however many calls it held.
      if (refused.length > 0) budget.refused(sentMs, waits.length === 0 ? null : Math.max(...waits))
      left = attempt < attemptsMax ? refused : []
    }
    return calls.map((one) => outcomes.get(one)!)
  }

  return {
    url: rpc.url,
    requestAll,
    async request(method, params, signal) {
      const [outcome] = await requestAll([{ method, params }], signal)
      if (outcome?.status !== 'fulfilled') throw outcome?.reason
      return outcome.value
    },
  }
}
