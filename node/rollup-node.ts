import { withDeadline } from './concurrency/deadline.ts'
import { errorText } from './concurrency/error-text.ts'
import { type Actor, ActorError, supervise } from './concurrency/supervise.ts'
import type { NodeConfig } from './config/node-config.ts'
import { createAttributesBuilder } from './derivation/attributes-builder.ts'
import type { Derivation } from './derivation/derivation.ts'
import { createEngineActor, type EngineActor } from './engine/engine-actor.ts'
import type { EngineClient } from './engine/engine-client.ts'
import { withGivenBlocks } from './engine/given-blocks.ts'
import type { EngineActorOptions } from './engine/options.ts'
import type { FollowStatus } from './follow/status.ts'
import { createL1Watcher, type L1Watcher } from './l1/l1-watcher.ts'
import { createReorgGuard } from './l1/reorg-guard.ts'
import { createUnsafeBlockSigner } from './l1/unsafe-block-signer.ts'
import { limitRepeats } from './log-repeats.ts'
import type { NodeMode } from './node-mode.ts'
import type { NodePorts } from './node-ports.ts'
import { createProgressLog } from './progress-log.ts'
import type { SyncStatus } from './protocol/sync-status.ts'
import { createRefRecorder } from './ref-metrics.ts'
import { createMemorySafeHeadStore } from './safe-heads/memory-store.ts'
import { createSafeHeads, type SafeHeads } from './safe-heads/safe-heads.ts'
import { createBlockPublisher } from './sequencer/block-publisher.ts'
import { createSequencer, type Sequencer } from './sequencer/sequencer.ts'
import type { SequencerAdmin } from './sequencer/sequencer-admin.ts'
import { checkStart, StartCheckError } from './start-checks.ts'
import { trackStatus } from './status-tracker.ts'

/** A rollup node: what RPC and the program around it may use. */
export interface RollupNode {
  readonly config: NodeConfig
  readonly engine: EngineClient
  readonly derivation: Derivation
  /** Null on a node that was not started with `--sequencer.enabled`. */
  readonly sequencer: SequencerAdmin | null
  /** The actor whose failure ends the node, from that moment until the process is gone; null while all is well. */
  readonly failure: ActorError | null
  /** `optimism_syncStatus`; costs no call to anything. */
  status(): SyncStatus
  /** What `optimism_safeHeadAtL1Block` reads; null without a database. */
  readonly safeHeads: Pick<SafeHeads, 'safeHeadAt'> | null
  /** Provenance of the safe heads; null in normal mode. */
  followStatus(): FollowStatus | null
  /**
   * Runs until the signal aborts, then stops everything and resolves. Rejects, with everything stopped, when a start
   * check fails or an actor ends with an error; the message names which.
   */
  run(signal: AbortSignal): Promise<void>
  /**
   * What comes before the signal of `run` where there is time for it: makes no further block, and resolves, after two
   * seconds at most, when the peers have the one that the engine has by now. It is built on after a restart. As op-node,
   * which stops its sequencer first.
   */
  finish(): Promise<void>
}

/**
 * Wires the actors. Nothing runs and nothing is asked before `run`. The mode is that of `config.follow`, given so that
 * only its modules need to be loaded.
 *
 * Who talks to whom: the watcher tells everyone about L1; derivation alone decides safe and finalized, by deriving or
 * by following; the sequencer alone makes new blocks; gossip brings those of others; the engine alone applies.
 */
export function createRollupNode(config: NodeConfig, given: NodePorts, mode: NodeMode): RollupNode {
  const ports = { ...given, logger: limitRepeats(given.logger, given.clock) }
  const { clock, random, logger, metrics, l2, gossip } = ports
  const { rollup } = config
  const log = (actor: string) => logger.child({ actor })
  const refs = createRefRecorder(metrics, clock)

  const { pollIntervalMs } = config.l1
  const watcher = createL1Watcher({
    l1: ports.l1,
    pollIntervalMs,
    clock,
    random,
    logger: log('l1-watcher'),
    metrics,
  })
  /** L1 as `node/l1` believes in it: nobody else compares number → hash with what L1 says at the moment. */
  const { l1 } = watcher
  const blocks = withGivenBlocks(ports.engine, l2)
  const safeHeads = createSafeHeads(ports.safeHeadStore ?? createMemorySafeHeadStore())
  const engine = createEngineActor({
    config: rollup,
    engine: blocks.engine,
    l1,
    isOrphan: watcher.isOrphan,
    isL1Settled: () => watcher.isSettled,
    isL1InDoubt: () => watcher.isInDoubt,
    l2,
    clock,
    random,
    logger: log('engine'),
    metrics,
    safeHeads: config.follow === null ? safeHeads : null,
    sequencer: config.sequencer !== null,
    ...elSyncOptions(config),
  })
  const derivation = mode(config, { ...ports, l1, l2: blocks.l2 }, { engine, watcher, safeHeads })
  const followed = derivation.mode === 'follow' ? derivation : null
  const sequencer = createOwnSequencer(config, { ...ports, l1, l2: blocks.l2 }, engine, watcher)
  const reorgGuard = createReorgGuard({
    watcher,
    engine,
    derivedFrom() {
      if (derivation.mode === 'follow') return []
      const newest = safeHeads.newestUpTo(engine.state.localSafe)
      return newest === null ? [derivation.reading] : [derivation.reading, newest.l1]
    },
    secondLookMs: pollIntervalMs,
    clock,
    random,
    logger: log('reorg-guard'),
  })
  const signer = createUnsafeBlockSigner({
    l1,
    l1SystemConfigAddress: rollup.l1SystemConfigAddress,
    onSigners: (signers) => gossip?.setBlockSigners(signers),
    clock,
    random,
    logger: log('unsafe-block-signer'),
  })

  engine.subscribe(refs.l2)
  engine.subscribe(createProgressLog(logger, clock, () => derivation.currentL1))
  derivation.onCurrentL1((ref) => refs.l1('l1_derived', ref))
  watcher.onLatest(reorgGuard.onL1Head)
  watcher.onChainChange(signer.onChainChange)
  gossip?.onPayload((envelope) => void engine.addUnsafePayload(envelope).catch(ignoreStopped))
  if (followed !== null && sequencer !== null) engine.onFollowed(sequencer.onFollowed)

  const actors: Actor[] = [
    engine,
    watcher,
    signer,
    reorgGuard,
    { name: 'derivation', run: (signal) => derivation.run(signal) },
  ]
  if (sequencer !== null) actors.push(sequencer)

  let failure: ActorError | null = null
  return {
    config,
    engine,
    derivation,
    sequencer,
    get failure() {
      return failure
    },
    safeHeads: ports.safeHeadStore === null ? null : safeHeads,
    status: trackStatus({ engine, watcher, derivation }),
    followStatus: () => followed?.followStatus() ?? null,
    async run(signal) {
      try {
        const patienceMs = config.startTimeoutMs
        const ignoreBeacon = config.beacon?.ignoreCheck ?? false
        await checkStart(
          {
            rollup,
            upgrades: config.follow !== null && config.sequencer === null ? null : config.upgrades,
            l1: ports.l1,
            beacon: ports.beacon,
            ignoreBeacon,
            l2,
            engine: ports.engine,
            clock,
            random,
            logger,
            patienceMs,
          },
          signal,
        )
        await supervise(actors, signal, (error) => {
          failure = error
        })
      } catch (error) {
        if (signal.aborted) return
        // A source of another chain is known only by asking it: its sentence needs no actor's name.
        throw error instanceof ActorError && error.cause instanceof StartCheckError ? error.cause : error
      }
    },
    async finish() {
      if (sequencer === null) return
      const { signal } = new AbortController()
      await withDeadline('the last block', finishMsMax, clock, signal, () => sequencer.finish()).catch(
        (error: unknown) =>
          logger.warn('the last block may not be with the peers', { error: errorText(error) }),
      )
    },
  }
}

/** A follower's safe head comes from its source, with or without blocks: only a node that derives has an initial sync. */
function elSyncOptions({ follow, sync }: NodeConfig): Pick<EngineActorOptions, 'elSync' | 'initialElSync'> {
  const elSync = sync.mode === 'execution-layer'
  if (follow !== null || !elSync) return { elSync: follow !== null }
  return {
    elSync,
    initialElSync: { offsetMs: sync.offsetElSafeMs, afterFinality: sync.elSyncAfterFinality },
  }
}

function createOwnSequencer(
  config: NodeConfig,
  { l1, l2, clock, logger, metrics, gossip }: NodePorts,
  engine: EngineActor,
  watcher: L1Watcher,
): Sequencer | null {
  if (config.sequencer === null) return null
  const sequencerLogger = logger.child({ actor: 'sequencer' })
  return createSequencer({
    config: config.rollup,
    sequencer: config.sequencer,
    follows: config.follow !== null,
    engine,
    attributes: createAttributesBuilder({ config: config.rollup, upgrades: config.upgrades, l1, l2 }),
    watcher,
    publisher: createBlockPublisher(gossip, sequencerLogger, metrics),
    clock,
    logger: sequencerLogger,
    metrics,
  })
}

/** How long a block may take to be made and published after the node was told to stop. */
const finishMsMax = 2_000

/** A payload that arrives while the node stops has nowhere to go; other failures of the engine end it anyway. */
function ignoreStopped(): void {}
