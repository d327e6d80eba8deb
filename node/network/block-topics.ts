import type { Address } from 'viem'
import { errorText } from '../concurrency/error-text.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import type { NodeMetrics } from '../metrics.ts'
import type { Clock } from '../ports/clock.ts'
import type { GossipTransport } from '../ports/gossip-transport.ts'
import type { Logger } from '../ports/logger.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import type { ApplicationScores } from './application-score.ts'
import type { RecoverBlockSigner } from './block-signature.ts'
import type { GossipBudget } from './gossip-budget.ts'
import { declaredBytes, type GossipIntake } from './gossip-intake.ts'
import { blocksTopic, gossipVersions } from './gossip-topics.ts'
import { type GossipVerdict, validateGossipMessage } from './gossip-validation.ts'
import type { NoteRefusal } from './refusal-log.ts'
import type { SeenBlocks } from './seen-blocks.ts'
import type { SignerGrace } from './signer-grace.ts'

export interface BlockTopicsOptions {
  readonly transport: GossipTransport
  readonly rollup: RollupConfig
  readonly signers: SignerGrace
  readonly recoverSigner: RecoverBlockSigner
  readonly seen: SeenBlocks
  readonly intake: Pick<GossipIntake, 'open'>
  readonly budget: Pick<GossipBudget, 'good' | 'bad'>
  readonly scores: ApplicationScores
  readonly noteRefusal: NoteRefusal
  readonly onPayload: (envelope: PayloadEnvelope, peerId: string) => void
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: NodeMetrics
}

/** Subscribes to the block topics and judges every message on them: delivers, counts, and holds it against the peer that passed it on. */
export function subscribeToBlocks(options: BlockTopicsOptions): void {
  const { transport, rollup, signers, seen, intake, budget, scores, noteRefusal, clock, logger, metrics } =
    options
  /** Which rotation the log knows of. */
  let logged: Address | null = null

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

  for (const version of gossipVersions)
    transport.subscribe(blocksTopic(rollup.l2ChainId, version), (data, from) => {
      let result: GossipVerdict
      try {
        result = validateGossipMessage({
          version,
          data,
          open: intake.open,
          config: rollup,
          nowSeconds: Math.floor(clock.nowMs() / 1000),
          signers,
          recoverSigner: options.recoverSigner,
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
        budget.good(from)
        noteSigner(result.signer)
        const { blockNumber: number, blockHash: hash } = result.envelope.payload
        logger.info('block received', { number, hash, peer: from })
        options.onPayload(result.envelope, from)
      } else {
        scores.record(from, result.reason, declaredBytes(data))
        if (verdict === 'reject') budget.bad(from)
        const { reason, detail } = result
        noteRefusal(reason, { peer: from, verdict, reason, detail })
      }
      return verdict
    })
}
