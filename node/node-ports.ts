import type { NodeMetrics } from './metrics.ts'
import type { Beacon } from './ports/beacon.ts'
import type { Clock } from './ports/clock.ts'
import type { Decompressor } from './ports/decompressor.ts'
import type { EngineApi } from './ports/engine-api.ts'
import type { FollowSource } from './ports/follow-source.ts'
import type { Gossip } from './ports/gossip.ts'
import type { SharedL1 } from './ports/l1-source.ts'
import type { L2Source } from './ports/l2-source.ts'
import type { Logger } from './ports/logger.ts'
import type { Random } from './ports/random.ts'
import type { SafeHeadStore } from './ports/safe-head-store.ts'

/** Everything that the node needs from outside. */
export interface NodePorts {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: NodeMetrics
  /** The node's own L1; required in both modes. */
  readonly l1: SharedL1
  /** Null when blobs are not to be read: without `config.beacon`, and in follow mode. */
  readonly beacon: Beacon | null
  /** Null in follow mode. */
  readonly decompressor: Decompressor | null
  readonly engine: EngineApi
  readonly l2: L2Source
  /** Present exactly when `config.follow` is. */
  readonly followSource: FollowSource | null
  /** Null without p2p. */
  readonly gossip: Gossip | null
  /** Null without `--safedb.path`: then safe heads are remembered until the node ends. */
  readonly safeHeadStore: SafeHeadStore | null
}
