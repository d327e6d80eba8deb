import type { NodeMetrics } from '../../metrics.ts'
import type { Logger } from '../../ports/logger.ts'
import type { StagesOptions } from './stages.ts'

/** Logs and counts what the stages make of the inbox. */
export function observeStages(
  logger: Logger,
  metrics: NodeMetrics,
): Omit<StagesOptions, 'config' | 'decompressor'> {
  return {
    onBatch(batch, validity) {
      const outcome = validity.kind === 'drop' ? validity.reason : validity.kind
      metrics.derivedBatches.inc({ type: batch.kind, outcome })
      const blocks = batch.kind === 'span' ? batch.blocks.length : 1
      const timestamp = batch.kind === 'span' ? batch.blocks.at(0)?.timestamp : batch.timestamp
      const log = validity.kind === 'drop' ? logger.warn : logger.debug
      log.call(logger, 'batch judged', { type: batch.kind, outcome, blocks, timestamp })
    },
    onDecoded: (batch) => metrics.decodedBatches.inc({ type: batch.kind }),
    onChannel: (event) => metrics.channelEvents.inc({ event }),
    onChannelData(pieces) {
      for (const piece of pieces) metrics.channelInputBytes.inc({}, piece.length)
    },
    onMalformed(what, error) {
      metrics.derivedBatches.inc({ type: what, outcome: 'malformed' })
      logger.warn('inbox data ignored', { what, error })
    },
  }
}
