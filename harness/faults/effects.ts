import type { Hash } from 'viem'

/** One JSON-RPC call of a message, or a REST call. */
export interface RequestCall {
  /** The JSON-RPC method, or the path of a REST call. */
  readonly method: string
  readonly params: readonly unknown[]
}

/** Answers a call in place of the provider. */
export type CallAnswer =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } }

/** What a standing fault remembers of the answers that passed it; empty when it is installed. */
export type FaultMemory = Map<string, unknown>

/** What becomes of one call, alone or in a batch. */
export interface CallEffect {
  readonly kind: 'call'
  /** The only calls that it is about, by the names of `Fault.to`; all when it is not there. */
  readonly about?: readonly string[]
  /** Answers in place of the provider, which is not asked; undefined: ask it. */
  readonly answer?: (call: RequestCall) => CallAnswer | undefined
  /** Changes the provider's answer; gives the same object back when it has nothing to change. */
  readonly change?: (answer: CallAnswer, call: RequestCall, memory: FaultMemory) => CallAnswer
}

/** What becomes of a request. All but a {@link CallEffect} are about the whole HTTP message. */
export type RequestEffect =
  | { readonly kind: 'slow'; readonly ms: number; readonly jitterMs: number }
  | { readonly kind: 'bandwidth'; readonly bytesPerSecond: number }
  | {
      readonly kind:
        | 'hang'
        | 'drop'
        | 'refuse'
        | 'reset'
        | 'halfClose'
        | 'garbage'
        | 'truncated'
        | 'reordered'
    }
  | {
      readonly kind: 'status'
      readonly code: number
      readonly headers: Readonly<Record<string, string>>
    }
  | CallEffect
  /** One after the other, a call each; null is the truth. */
  | {
      readonly kind: 'turns'
      readonly about?: readonly string[]
      readonly of: readonly (RequestEffect | null)[]
    }

/** A fork of L1: the number of reorgs before it, the hash of a block that is its head, or whatever is canonical. */
export type ForkName = number | Hash | 'canonical'

/** What a consumer sees of L1. Faults about different things stand beside each other. */
export type L1Effect =
  | { readonly about: 'head'; readonly kind: 'lag'; readonly blocks: number }
  | { readonly about: 'head'; readonly kind: 'shows'; readonly forks: readonly ForkName[] }
  | { readonly about: 'orphans'; readonly kind: 'forgetsOrphans' }
  | { readonly about: 'receipts'; readonly kind: 'emptyReceipts' }
  | { readonly about: 'labels'; readonly kind: 'refusesLabels' | 'finalityStall' }
  | { readonly about: 'labels'; readonly kind: 'labelsGoBack'; readonly blocks: number }
  | { readonly about: 'blobs'; readonly kind: 'withholds'; readonly blobs: readonly Hash[] | 'all' }

/** What becomes of the connections of two peers. */
export type PeerEffect =
  | { readonly kind: 'cut' }
  /** Those between members of different groups; whoever is in no group is a group of its own. */
  | { readonly kind: 'partition'; readonly groups: readonly (readonly string[])[] }
  /** Ends every fault of the point. */
  | { readonly kind: 'heal' }
  | { readonly kind: 'slow'; readonly ms: number; readonly jitterMs: number }
  /** Each packet is lost with that probability, and comes a retransmission later: all that TCP shows of a loss. */
  | { readonly kind: 'loss'; readonly probability: number }

export type NodeEffect =
  | { readonly kind: 'stop' | 'kill' | 'pause' | 'wipe' }
  | { readonly kind: 'restart'; readonly newPort: boolean }
  | { readonly kind: 'clockSkew'; readonly ms: number }

export interface HostileEffect {
  readonly kind:
    | 'badSignature'
    | 'wrongHash'
    | 'oldBlock'
    | 'futureBlock'
    | 'duplicate'
    | 'anotherChainBlock'
    | 'oversized'
}
