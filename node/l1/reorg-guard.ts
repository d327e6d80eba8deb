import { createBackOff } from '../concurrency/back-off.ts'
import { errorText } from '../concurrency/error-text.ts'
import type { Actor } from '../concurrency/supervise.ts'
import { createWakeup } from '../concurrency/wakeup.ts'
import type { EngineClient } from '../engine/engine-client.ts'
import type { Clock } from '../ports/clock.ts'
import type { L1Source } from '../ports/l1-source.ts'
import type { Logger } from '../ports/logger.ts'
import { findNonCanonical, formatNonCanonical } from './canonicality.ts'

export interface ReorgGuardOptions {
  readonly l1: L1Source
  readonly engine: EngineClient
  readonly clock: Clock
  readonly logger: Logger
}

/** Checks after every new L1 head that the L1 origins of our heads are still canonical. */
export interface ReorgGuard extends Actor {
  /** Own L1 has a new head. */
  onL1Head(): void
}

/**
 * Resets the engine when an L1 reorg orphaned the origin of the unsafe or the local-safe head, so that no head stays on
 * an orphan for longer than one detection period, in every mode and whether or not anyone sequences or derives.
 * An L1 that is too short to have the origin proves nothing yet: it is asked again at its next head.
 */
export function createReorgGuard({ l1, engine, clock, logger }: ReorgGuardOptions): ReorgGuard {
  const wakeup = createWakeup()

  const check = async (signal: AbortSignal): Promise<void> => {
    if (!engine.state.initialized) return
    const { unsafe, localSafe } = engine.state
    // The older origin first: when L1 is too short for the newer one, the older may still prove a reorg.
    const mismatch = await findNonCanonical(l1, [localSafe.l1Origin, unsafe.l1Origin], signal)
    if (mismatch?.kind !== 'orphaned') return
    // The heads may have left the orphan while L1 was asked.
    if (engine.state.unsafe !== unsafe || engine.state.localSafe !== localSafe) return wakeup.ring()
    const reason = `L1 reorg orphaned the origin of a head: ${formatNonCanonical(mismatch)}`
    logger.warn(reason, { unsafe, localSafe })
    await engine.reset(reason)
  }

  return {
    name: 'reorg-guard',
    onL1Head: () => wakeup.ring(),
    async run(signal) {
      const backOff = createBackOff({ firstMs: 250, maxMs: 5_000 })
      while (!signal.aborted) {
        await wakeup.wait(signal)
        try {
          await check(signal)
          backOff.reset()
        } catch (error) {
          signal.throwIfAborted()
          logger.warn('the L1 origins of our heads could not be checked', { error: errorText(error) })
          await clock.sleep(backOff.next(), signal)
          wakeup.ring()
        }
      }
    },
  }
}
