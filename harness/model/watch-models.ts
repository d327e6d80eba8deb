import type { WatchedWorld } from '../invariants/monitor.ts'
import { watchBatches } from './watch-batches.ts'
import { watchBlocks } from './watch-blocks.ts'
import { watchEpochs } from './watch-epochs.ts'
import { watchFinalized } from './watch-finalized.ts'
import { watchFollowModel } from './watch-follow.ts'
import { watchGossip } from './watch-gossip.ts'
import { watchGossipTimes } from './watch-gossip-times.ts'
import { watchHolds } from './watch-holds.ts'
import { watchInvalid } from './watch-invalid.ts'
import { watchL1 } from './watch-l1.ts'
import { watchLabels } from './watch-labels.ts'
import { watchOrigins } from './watch-origins.ts'
import { watchPolls } from './watch-polls.ts'
import { watchProgress } from './watch-progress.ts'
import { watchRecord } from './watch-record.ts'
import { watchSafe } from './watch-safe.ts'
import { watchSequencing } from './watch-sequencing.ts'
import { watchUnsafe } from './watch-unsafe.ts'

const watches = [
  watchFollowModel,
  watchProgress,
  watchHolds,
  watchSequencing,
  watchGossip,
  watchGossipTimes,
  watchBlocks,
  watchL1,
  watchPolls,
  watchLabels,
  watchEpochs,
  watchBatches,
  watchSafe,
  watchOrigins,
  watchFinalized,
  watchInvalid,
  watchRecord,
  watchUnsafe,
]

/** All that a node may do, as small models that know what was done to the world. Returns what ends them. */
export function watchModels(world: WatchedWorld): () => void {
  const ends = watches.map((watch) => watch(world))
  return () => {
    for (const end of ends) end()
  }
}
