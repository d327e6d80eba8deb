import type { Hash } from 'viem'
import { retryCall } from '../concurrency/retry-call.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import type { Clock } from '../ports/clock.ts'
import type { L1Source } from '../ports/l1-source.ts'
import type { L2Source } from '../ports/l2-source.ts'
import type { Random } from '../ports/random.ts'
import { l2BlockRefFromPayload } from '../protocol/block-ref.ts'
import { formatRef, type L2BlockRef } from '../protocol/refs.ts'
import { TemporaryEngineError } from './errors.ts'

/** What a walk down the L2 chain has read. It outlives a walk that failed, and serves the next one from the same head. */
export interface WalkMemory {
  head: Hash | null
  readonly blocks: Map<Hash, L2BlockRef>
}

/** Blocks that are remembered; a walk that is longer reads the rest again when it fails. */
const rememberedMax = 20_000

/** One call of a walk is made again this often before the walk fails. */
const patience = { attemptsMax: 6, backOff: { firstMs: 50, maxMs: 500 } }

export function createWalkMemory(): WalkMemory {
  return { head: null, blocks: new Map() }
}

/** What a walk reads. Each call that fails is made again by itself: a walk that begins anew at each would hardly end. */
export interface WalkReads {
  readonly l1: Pick<L1Source, 'headerByNumber'>
  readonly l2: Pick<L2Source, 'blockByLabel' | 'blockByNumber' | 'blockByHash'>
  /** @throws TemporaryEngineError when the execution engine does not have it. */
  parentOf(block: L2BlockRef): Promise<L2BlockRef>
}

export interface WalkReadsOptions {
  readonly config: RollupConfig
  readonly l1: Pick<L1Source, 'headerByNumber'>
  readonly l2: L2Source
  readonly clock: Clock
  /** Default: the waits between attempts are exact. */
  readonly random?: Random
  readonly memory: WalkMemory
  readonly signal?: AbortSignal
}

export function createWalkReads(options: WalkReadsOptions): WalkReads {
  const { config, l1, l2, clock, random, memory, signal } = options
  const again = <T>(call: () => Promise<T>) => retryCall(call, { clock, random, signal, ...patience })
  const blockByHash = (hash: Hash) => again(() => l2.blockByHash(hash, signal))
  return {
    l1: { headerByNumber: (number) => again(() => l1.headerByNumber(number, signal)) },
    l2: {
      blockByLabel: (label) => again(() => l2.blockByLabel(label, signal)),
      blockByNumber: (number) => again(() => l2.blockByNumber(number, signal)),
      blockByHash,
    },
    async parentOf(block) {
      const known = memory.blocks.get(block.parentHash)
      if (known !== undefined) return known
      const parent = await blockByHash(block.parentHash)
      if (parent === null)
        throw new TemporaryEngineError(`the execution engine has no parent of its block ${formatRef(block)}`)
      const ref = l2BlockRefFromPayload(config, parent.payload)
      if (memory.blocks.size < rememberedMax) memory.blocks.set(ref.hash, ref)
      return ref
    },
  }
}
