import type { NodeConfig } from './config/node-config.ts'
import type { Derivation } from './derivation/derivation.ts'
import type { FollowStatus } from './derivation/follow-status.ts'
import type { EngineClient } from './engine/engine-client.ts'
import type { NodeMetrics } from './metrics.ts'
import type { Clock } from './ports/clock.ts'
import type { EngineApi } from './ports/engine-api.ts'
import type { FollowSource } from './ports/follow-source.ts'
import type { Gossip } from './ports/gossip.ts'
import type { L1Source } from './ports/l1-source.ts'
import type { L2Source } from './ports/l2-source.ts'
import type { Logger } from './ports/logger.ts'
import type { Random } from './ports/random.ts'
import type { SyncStatus } from './protocol/sync-status.ts'
import type { SequencerAdmin } from './sequencer/sequencer-admin.ts'

/** Everything that the node needs from outside. */
export interface NodePorts {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: NodeMetrics
  /** The node's own L1; required in both modes. */
  readonly l1: L1Source
  readonly engine: EngineApi
  readonly l2: L2Source
  /** Present exactly when `config.follow` is. */
  readonly followSource: FollowSource | null
  /** Null without p2p. */
  readonly gossip: Gossip | null
}

/** A rollup node: what RPC and the program around it may use. */
export interface RollupNode {
  readonly config: NodeConfig
  readonly engine: EngineClient
  readonly derivation: Derivation
  /** Null on a node that was not started with `--sequencer.enabled`. */
  readonly sequencer: SequencerAdmin | null
  /** `optimism_syncStatus`; costs no call to anything. */
  status(): SyncStatus
  /** Provenance of the safe heads; null in normal mode. */
  followStatus(): FollowStatus | null
  /**
   * Runs until the signal aborts, then stops everything and resolves. Rejects, with everything stopped, when a start
   * check fails or an actor ends with an error; the message names which.
   */
  run(signal: AbortSignal): Promise<void>
}

/** Wires the actors. Nothing runs and nothing is asked before `run`. */
export function createRollupNode(_config: NodeConfig, _ports: NodePorts): RollupNode {
  throw new Error('createRollupNode: the actors are being landed')
}
