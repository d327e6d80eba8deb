import type { EngineState } from './engine/engine-client.ts'
import type { Clock } from './ports/clock.ts'
import type { Logger } from './ports/logger.ts'
import { formatRef, type L1BlockRef, sameBlock } from './protocol/refs.ts'

/** The heads are told this often while they move. */
const progressMs = 10_000

/** Logs the heads while the unsafe or the safe chain moves: one line in ten seconds, however fast that is. */
export function createProgressLog(
  logger: Logger,
  clock: Clock,
  currentL1: () => L1BlockRef,
): (state: EngineState) => void {
  let last: { readonly atMs: number; readonly state: EngineState } | null = null
  return (state) => {
    if (!state.initialized) return
    const nowMs = clock.nowMs()
    if (last !== null && nowMs - last.atMs < progressMs) return
    const { unsafe, localSafe, safe, finalized } = state
    if (last !== null && sameBlock(last.state.unsafe, unsafe) && sameBlock(last.state.localSafe, localSafe))
      return
    last = { atMs: nowMs, state }
    logger.info('heads', {
      unsafe: formatRef(unsafe),
      ...(sameBlock(localSafe, safe) ? {} : { localSafe: formatRef(localSafe) }),
      safe: formatRef(safe),
      finalized: formatRef(finalized),
      currentL1: formatRef(currentL1()),
      ...(state.elSyncing ? { elSyncing: true } : {}),
    })
  }
}
