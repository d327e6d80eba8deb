import type { Mutant } from '../mutant.ts'
import { attributesMutants } from './attributes.ts'
import { batcherMutants } from './batcher.ts'
import { derivationMutants } from './derivation.ts'
import { engineMutants } from './engine.ts'
import { executionMutants } from './execution.ts'
import { followMutants } from './follow.ts'
import { inboxMutants } from './inbox.ts'
import { l1Mutants } from './l1.ts'
import { networkMutants } from './network.ts'
import { replayMutants } from './replay.ts'
import { sequencerMutants } from './sequencer.ts'
import { sourceStatusMutants } from './source-status.ts'
import { startingHeadsMutants } from './starting-heads.ts'

/** Every rule that is broken, room by room. */
export const mutants: readonly Mutant[] = [
  ...sourceStatusMutants,
  ...replayMutants,
  ...followMutants,
  ...engineMutants,
  ...startingHeadsMutants,
  ...l1Mutants,
  ...derivationMutants,
  ...inboxMutants,
  ...attributesMutants,
  ...sequencerMutants,
  ...batcherMutants,
  ...networkMutants,
  ...executionMutants,
]
