import type { RollupConfig } from '../config/rollup-config.ts'
import type { NodeMetrics } from '../metrics.ts'
import type { Clock } from '../ports/clock.ts'
import type { EngineApi } from '../ports/engine-api.ts'
import type { L1Source } from '../ports/l1-source.ts'
import type { L2Source } from '../ports/l2-source.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { BlockId } from '../protocol/refs.ts'
import type { SafeHeads } from '../safe-heads/safe-heads.ts'

/** Everything that the engine actor is made with. */
export interface EngineActorOptions {
  readonly config: RollupConfig
  readonly engine: EngineApi
  readonly l1: L1Source
  /** True for an L1 block that own L1 was seen to replace. Must answer at once: payloads wait for no L1. */
  readonly isOrphan: (block: BlockId) => boolean
  /**
   * True when own L1 speaks with one voice. What it says while it shows two forks in turn may move heads, but does not end
   * the node. Default: it always does.
   */
  readonly isL1Settled?: () => boolean
  /** True while own L1 shows another fork, which is not believed yet. Default: it never does. */
  readonly isL1InDoubt?: () => boolean
  readonly l2: L2Source
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: NodeMetrics
  /** Where derived safe heads are recorded; null in follow mode, where a source tells them. */
  readonly safeHeads: SafeHeads | null
  /** The node sequences: a new chain from the follow source is adopted under a hold (`EngineState.holding`). */
  readonly sequencer: boolean
  /**
   * How a SYNCING answer for a head that the execution engine should have is taken. True (follow mode, or
   * `--syncmode=execution-layer`): the engine fetches it from its peers; keep the target and wait. False (local
   * derivation from L1): the engine lost it; reset to what it has and derive again. Default: true.
   */
  readonly elSync?: boolean
  /** Initial EL sync of a node that derives; null for none. Needs `elSync`. Default: null */
  readonly initialElSync?: InitialElSyncOptions | null
}

/** See `SyncConfig`. */
export interface InitialElSyncOptions {
  /** How far behind the synced head safe and finalized are put, in milliseconds of chain time. */
  readonly offsetMs: number
  /** Also when the execution engine has a finalized block beyond genesis. */
  readonly afterFinality: boolean
}
