import { errorText } from '../concurrency/error-text.ts'
import type { NodeMetrics } from '../metrics.ts'
import type { Gossip } from '../ports/gossip.ts'
import type { Logger } from '../ports/logger.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'

/** Hands sealed blocks to the network without ever making block production wait. */
export interface BlockPublisher {
  publish(envelope: PayloadEnvelope): void
  /** Resolves, never rejects, when nothing is under way any more. */
  flushed(): Promise<void>
}

/** Publications that may be under way at once; a network that is that far behind gets no more. */
const inFlightMax = 32

export function createBlockPublisher(
  gossip: Gossip | null,
  logger: Logger,
  metrics: NodeMetrics,
): BlockPublisher {
  const inFlight = new Set<Promise<void>>()
  const done = (
    { payload: { blockNumber: number, blockHash: hash } }: PayloadEnvelope,
    outcome: 'published' | 'withheld',
  ) =>
    logger.info(outcome === 'published' ? 'block published' : 'block withheld: too old for peers', {
      number,
      hash,
    })
  const failed = (envelope: PayloadEnvelope, error: unknown) => {
    const { blockNumber, blockHash } = envelope.payload
    metrics.sequencerErrors.inc({ reason: 'publish' })
    logger.warn('block was not published', { blockNumber, blockHash, error: errorText(error) })
  }
  return {
    publish(envelope) {
      if (gossip === null) return
      if (inFlight.size >= inFlightMax)
        return failed(envelope, new Error(`${inFlightMax} publications are under way already`))
      const publication: Promise<void> = gossip
        .publish(envelope)
        .then(
          (outcome) => done(envelope, outcome),
          (error: unknown) => failed(envelope, error),
        )
        .finally(() => inFlight.delete(publication))
      inFlight.add(publication)
    },
    async flushed() {
      await Promise.all(inFlight)
    },
  }
}
