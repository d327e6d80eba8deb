import type { Address } from 'viem'
import { errorText } from '../concurrency/error-text.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import type { NodeMetrics } from '../metrics.ts'
import type { Clock } from '../ports/clock.ts'
import type { GossipTransport } from '../ports/gossip-transport.ts'
import type { LogFields, Logger } from '../ports/logger.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import type { ApplicationScores } from './application-score.ts'
import { blocksTopic, gossipVersions } from './gossip-topics.ts'
import { type GossipRefusal, type GossipVerdict, validateGossipMessage } from './gossip-validation.ts'
import type { SeenBlocks } from './seen-blocks.ts'
import type { SignerGrace } from './signer-grace.ts'

export interface BlockTopicsOptions {
  readonly transport: GossipTransport
  readonly rollup: RollupConfig
  readonly signers: SignerGrace
  readonly seen: SeenBlocks
  readonly scores: ApplicationScores
  readonly onPayload: (envelope: PayloadEnvelope, peerId: string) => void
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: NodeMetrics
}

/** The same reason is told again after this time. */
const refusalRepeatMs = 10_000

/** Subscribes to the block topics and judges every message on them: delivers, counts, and holds it against the peer that passed it on. */
export function subscribeToBlocks(options: BlockTopicsOptions): void {
  const { transport, rollup, signers, seen, scores, clock, logger, metrics } = options
  /** Which rotation the log knows of. */
  let logged: Address | null = null
  const refusedMs = new Map<GossipRefusal, number>()

  function noteSigner(signer: 'current' | 'previous'): void {
    if (signer === 'current') {
      signers.confirm()
      return
    }
    metrics.gossipPreviousSigner.inc()
    if (logged === signers.current) return
    logged = signers.current
    logger.warn('blocks of the signer before the rotation are accepted until one of the new signer comes', {
      signer: logged,
    })
  }

  /** A peer decides how often it is refused, not how long the log grows: each reason is told at once, then rarely. */
  function noteRefusal(reason: GossipRefusal, fields: LogFields): void {
    const atMs = clock.nowMs()
    const isRepeat = atMs - (refusedMs.get(reason) ?? Number.NEGATIVE_INFINITY) < refusalRepeatMs
    logger[isRepeat ? 'debug' : 'info']('gossip message refused', fields)
    if (!isRepeat) refusedMs.set(reason, atMs)
  }

  for (const version of gossipVersions)
    transport.subscribe(blocksTopic(rollup.l2ChainId, version), (data, from) => {
      let result: GossipVerdict
      try {
        result = validateGossipMessage({
          version,
          data,
          config: rollup,
          nowSeconds: Math.floor(clock.nowMs() / 1000),
          signers,
          seen,
        })
      } catch (error) {
        // A bug of ours is no fault of the peer; a transport would swallow it.
        logger.error('gossip validation failed', { peer: from, error })
        result = { verdict: 'ignore', reason: 'internal_error', detail: errorText(error) }
      }
      const { verdict } = result
      metrics.gossipMessages.inc({ verdict, reason: result.verdict === 'accept' ? '' : result.reason })
      if (result.verdict === 'accept') {
        noteSigner(result.signer)
        const { blockNumber: number, blockHash: hash } = result.envelope.payload
        logger.info('block received', { number, hash, peer: from })
        options.onPayload(result.envelope, from)
      } else {
        scores.record(from, result.reason)
        const { reason, detail } = result
        noteRefusal(reason, { peer: from, verdict, reason, detail })
      }
      return verdict
    })
}
