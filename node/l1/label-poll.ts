import { createBackOff } from '../concurrency/back-off.ts'
import { errorText } from '../concurrency/error-text.ts'
import { createWakeup } from '../concurrency/wakeup.ts'
import type { Clock } from '../ports/clock.ts'
import type { L1Header, L1Label, L1Source } from '../ports/l1-source.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'

export interface LabelPollOptions {
  readonly l1: Pick<L1Source, 'headerByLabel'>
  readonly label: Exclude<L1Label, 'latest'>
  /** Time between two questions when nothing asks for one sooner. */
  readonly intervalMs: number
  readonly onHeader: (header: L1Header) => void
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Keeps one label of L1 up to date, beside the head and beside the other label. */
export interface LabelPoll {
  /** L1 has a new head, and with it the label may have moved. A label that L1 refuses is not asked sooner for it. */
  onHead(): void
  run(signal: AbortSignal): Promise<void>
}

/** The slowest that a label is asked for which L1 has no answer (proof of authority, a young chain). */
export const refusedRetryMsMax = 30_000

export function createLabelPoll(options: LabelPollOptions): LabelPoll {
  const { l1, label, intervalMs, clock, random, logger } = options
  const wakeup = createWakeup()
  let refused = false

  /** Null when it answered, else why not. */
  const ask = async (signal: AbortSignal): Promise<string | null> => {
    try {
      const header = await l1.headerByLabel(label, signal)
      if (header === null) return 'it has no such block'
      options.onHeader(header)
      return null
    } catch (error) {
      signal.throwIfAborted()
      return errorText(error)
    }
  }

  return {
    onHead() {
      if (!refused) wakeup.ring()
    },
    async run(signal) {
      const backOff = createBackOff({
        firstMs: intervalMs,
        maxMs: Math.max(intervalMs, refusedRetryMsMax),
        random,
      })
      while (!signal.aborted) {
        const reason = await ask(signal)
        if (reason === null) {
          if (refused) logger.info('L1 answers for a label again', { label })
          refused = false
          backOff.reset()
          await wakeup.waitAtMost(intervalMs, clock, signal)
          continue
        }
        if (!refused)
          logger.warn('L1 does not answer for a label: it is asked again, ever more slowly', {
            label,
            reason,
          })
        refused = true
        await clock.sleep(backOff.next(), signal)
      }
    },
  }
}
