import type { CallBudget } from '../../concurrency/call-budget.ts'
import type { JsonRpcClient } from '../../json-rpc/client.ts'
import type { Clock } from '../../ports/clock.ts'
import { type L1Priority, l1Priorities } from '../../ports/l1-source.ts'
import { rateLimitOf } from '../rate-limit.ts'

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
  return {
    url: rpc.url,
    async request(method, params, signal) {
      for (let attempt = 1; ; attempt++) {
        await budget.take(rank, signal)
        const sentMs = clock.nowMs()
        try {
          const answer = await rpc.request(method, params, signal)
          budget.answered()
          return answer
        } catch (error) {
          const limited = rateLimitOf(error)
          if (limited === null) throw error
          budget.refused(sentMs, limited.retryAfterMs)
          if (attempt >= attemptsMax) throw error
        }
      }
    },
  }
}
