import type { Mutant } from '../mutant.ts'
import { batcherMutants } from './batcher.ts'
import { derivationMutants } from './derivation.ts'
import { engineMutants } from './engine.ts'
import { executionMutants } from './execution.ts'
import { followMutants } from './follow.ts'
import { l1Mutants } from './l1.ts'
import { networkMutants } from './network.ts'
import { sequencerMutants } from './sequencer.ts'
import { startingHeadsMutants } from './starting-heads.ts'

/** Every rule that is broken, room by room. */
export const mutants: readonly Mutant[] = [
  ...followMutants,
  ...engineMutants,
  ...startingHeadsMutants,
  ...l1Mutants,
  ...derivationMutants,
  ...sequencerMutants,
  ...batcherMutants,
  ...networkMutants,
  ...executionMutants,
]
