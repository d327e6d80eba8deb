import { batcherStopped } from './batcher-stopped.ts'
import type { ClassRule } from './class-rule.ts'
import { elLostBlocks } from './el-lost-blocks.ts'
import { elStuckSyncing } from './el-stuck-syncing.ts'
import { faultOfTheRun } from './fault-of-the-run.ts'
import { finalityStall } from './finality-stall.ts'
import { followerLeftBehind } from './follower-left-behind.ts'
import { gapInGossip } from './gap-in-gossip.ts'
import { gasLimitOrForkDiffers } from './gas-limit-or-fork-differs.ts'
import { l1Reorg } from './l1-reorg.ts'
import { l1ReorgBelowFinalized } from './l1-reorg-below-finalized.ts'
import { l1ReorgMissed } from './l1-reorg-missed.ts'
import { nodeEnded } from './node-ended.ts'
import { ownL1Lagging } from './own-l1-lagging.ts'
import { safeAboveUnsafe } from './safe-above-unsafe.ts'
import { sequencerOscillates } from './sequencer-oscillates.ts'
import { signerRotated } from './signer-rotated.ts'
import { sourceBehind } from './source-behind.ts'
import { sourceOnAnotherL1Fork } from './source-on-another-l1-fork.ts'
import { sourceReplays } from './source-replays.ts'
import { sourceRestarted } from './source-restarted.ts'

/** Every class that an explanation knows. Of two that are as likely the first is named. */
export const classes: readonly ClassRule[] = [
  faultOfTheRun,
  l1ReorgBelowFinalized,
  nodeEnded,
  l1ReorgMissed,
  sourceOnAnotherL1Fork,
  sourceReplays,
  sequencerOscillates,
  elLostBlocks,
  gasLimitOrForkDiffers,
  ownL1Lagging,
  batcherStopped,
  sourceBehind,
  sourceRestarted,
  elStuckSyncing,
  finalityStall,
  signerRotated,
  gapInGossip,
  safeAboveUnsafe,
  followerLeftBehind,
  l1Reorg,
]
