import type { EngineReset } from '../engine-client.ts'
import { done, type EngineContext, later, type TaskResult } from '../engine-context.ts'
import { answerAll, type EngineRequest } from '../requests.ts'
import { runBuild } from './build.ts'
import { runConsolidate } from './consolidate.ts'
import { runFinalize } from './finalize.ts'
import { runFollow } from './follow.ts'
import { runInsert } from './insert.ts'
import { runReset } from './reset.ts'
import { runResync } from './resync.ts'
import { runSeal } from './seal.ts'

/** What came of a task: what it wants next, or the reset that it made. */
export type RanTask = TaskResult | { readonly kind: 'reset'; readonly reset: EngineReset }

/** Runs one request and answers its callers. Throws what the task throws; the callers are not answered then. */
export async function runTask(context: EngineContext, request: EngineRequest): Promise<RanTask> {
  switch (request.kind) {
    case 'reset':
      // Answered by the actor, after those who listen for resets.
      return { kind: 'reset', reset: await runReset(context, request) }
    case 'seal':
      request.reply.resolve(await runSeal(context, request))
      return done
    case 'build':
      request.reply.resolve(await runBuild(context, request.attributes))
      return done
    case 'insert': {
      const result = await runInsert(context)
      answerAll(request.replies, undefined)
      return result
    }
    case 'consolidate': {
      const outcome = await runConsolidate(context, request.attributes)
      if (outcome === null) return later
      request.reply.resolve(outcome)
      return done
    }
    case 'follow':
      answerAll(request.replies, await runFollow(context, request.given))
      return done
    case 'resync':
      return runResync(context)
    case 'finalize': {
      const result = await runFinalize(context, request.block)
      answerAll(request.replies, undefined)
      return result
    }
  }
}
