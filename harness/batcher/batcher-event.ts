import type { Hash, Hex } from 'viem'
import type { BlockId } from '../../node/protocol/refs.ts'
import type { DataAvailability } from './data-availability.ts'

/** What a batcher does, as it does it. */
export type BatcherEvent =
  /** What was held is dropped; reading goes on after `base`. */
  | { readonly kind: 'restart'; readonly reason: string; readonly base: BlockId }
  /** A channel was closed. `bytes` is its compressed size. */
  | {
      readonly kind: 'channel'
      readonly id: Hex
      readonly first: BlockId
      readonly last: BlockId
      readonly frames: number
      readonly bytes: number
    }
  | {
      readonly kind: 'transaction'
      readonly hash: Hash
      readonly channelId: Hex
      readonly as: DataAvailability
      readonly bytes: number
    }
  /** A tick failed and will be tried again. */
  | { readonly kind: 'error'; readonly message: string }
