import type { HeadLevel } from '../../events/event.ts'
import type { BlockHeader } from '../record/block-header.ts'
import type { LoggedBlock } from './block-text.ts'
import type { ReadLog } from './read-log.ts'
import type { ReadMetrics } from './read-metrics.ts'
import type { ReadPolls } from './read-polls.ts'

/** Everything that was read, by the name of the node that it is of. */
export interface Material {
  readonly runId: string
  readonly logs: readonly { readonly node: string; readonly log: ReadLog }[]
  readonly polls: readonly { readonly node: string; readonly polls: ReadPolls }[]
  readonly metrics: readonly ReadMetrics[]
  /** L1 as it is now; empty when it was not asked. */
  readonly l1: readonly BlockHeader[]
  /** Whom a node follows. */
  readonly follows: Readonly<Record<string, string>>
  /** In seconds. */
  readonly l1BlockTime: number
  readonly l2BlockTime: number
}

/** A head as somebody told it. What is better known of a head of a node is taken, and what is worse is left out. */
export interface ToldHead {
  readonly t: number
  readonly node: string
  readonly level: HeadLevel
  readonly block: LoggedBlock
  /** 3: the node answered it; 2: it logged it; 1: a follower logged what it was told; 0: a metric without a hash. */
  readonly rank: number
}
