import { forksActiveFrom } from '../../node/config/forks.ts'
import type { ChainParameters } from './chain-parameters.ts'

/** Parameters for tests that need a chain and do not care which. */
export const testChainParameters: ChainParameters = {
  l1ChainId: 900,
  l2ChainId: 901,
  l1BlockTime: 2,
  l2BlockTime: 1,
  l1SafeDistance: 4,
  l1FinalizedDistance: 4,
  seqWindowSize: 100,
  maxSequencerDrift: 600,
  channelTimeout: 50,
  gasLimit: 30_000_000,
  forks: forksActiveFrom('isthmus'),
}
