import type { Hash } from 'viem'

/** The sequencer as `admin_` sees it. Error texts are op-node's. */
export interface SequencerAdmin {
  /** Throws "sequencer already running" or "block hash does not match: head …, received …". */
  start(unsafeHead: Hash): Promise<void>
  /** Resolves with the hash of the last sealed block, once it is the head. Throws "sequencer not running". */
  stop(): Promise<Hash>
  active(): boolean
  /** `admin_setRecoverMode`, from the next block on. */
  setRecoverMode(enabled: boolean): void
}
