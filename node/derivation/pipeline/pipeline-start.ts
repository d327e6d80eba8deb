import type { Hash } from 'viem'
import type { RollupConfig } from '../../config/rollup-config.ts'
import type { L1Header, L1Source } from '../../ports/l1-source.ts'
import type { L2Block, L2Source } from '../../ports/l2-source.ts'
import { l2BlockRefFromPayload, systemConfigFromPayload } from '../../protocol/block-ref.ts'
import { channelTimeout } from '../../protocol/limits.ts'
import { type BlockId, formatRef, type L2BlockRef } from '../../protocol/refs.ts'
import type { SystemConfig } from '../../protocol/system-config.ts'

/** Where traversal starts over after a reset. */
export interface PipelineStart {
  readonly origin: L1Header
  /** As of `origin`, so that its batcher transactions can be told. */
  readonly systemConfig: SystemConfig
}

export interface PipelineSources {
  readonly config: RollupConfig
  readonly l1: L1Source
  readonly l2: L2Source
  /**
   * Makes a call of the walk again by itself when it fails: a channel timeout is 300 epochs before Granite, and a walk of
   * as many calls that begins again at each failure hardly ends. Default: the walk fails with the call.
   */
  readonly again?: CallAgain | undefined
}

/** Makes one call, and again while it fails and that is worth it. @throws what the last attempt threw. */
export type CallAgain = <T>(call: () => Promise<T>, signal: AbortSignal) => Promise<T>

/**
 * The L1 origin of the newest L2 block that is a channel timeout older than the safe head: channels that were opened
 * before it cannot contribute any more. Null when L1 does not have the safe head's origin, or that one, on its chain.
 * Source: specs/protocol/derivation.md, "Finding the sync starting point", step 5.
 * @throws Error (temporary) when L1 or the engine cannot be asked or lacks a block.
 */
export async function findPipelineStart(
  sources: PipelineSources,
  safeHead: L2BlockRef,
  signal: AbortSignal,
): Promise<PipelineStart | null> {
  const { config } = sources
  const l2 = walkedL2(sources, signal)
  const safeOrigin = await canonicalHeader(sources, safeHead.l1Origin, signal)
  if (safeOrigin === null) return null
  const oldest = safeOrigin.number - longestTimeout(config, safeOrigin.timestamp)

  let block = await l2.blockByHash(safeHead.hash)
  if (block === null) throw missingL2Block(formatRef(safeHead))
  let ref = l2BlockRefFromPayload(config, block.payload)
  while (
    ref.number > config.genesis.l2.number &&
    ref.l1Origin.number > config.genesis.l1.number &&
    ref.l1Origin.number > oldest
  ) {
    block = await lastBlockOfPreviousEpoch(config, l2, ref)
    ref = l2BlockRefFromPayload(config, block.payload)
  }

  const origin = await canonicalHeader(sources, ref.l1Origin, signal)
  return origin && { origin, systemConfig: systemConfigFromPayload(config, block.payload) }
}

interface WalkedL2 {
  blockByHash(hash: Hash): Promise<L2Block | null>
  blockByNumber(number: bigint): Promise<L2Block | null>
}

function walkedL2({ l2, again = once }: PipelineSources, signal: AbortSignal): WalkedL2 {
  return {
    blockByHash: (hash) => again(() => l2.blockByHash(hash, signal), signal),
    blockByNumber: (number) => again(() => l2.blockByNumber(number, signal), signal),
  }
}

const once: CallAgain = (call) => call()

/** Granite may come into force while a channel is open: then the longer of both timeouts keeps its frames. */
export function longestTimeout(config: RollupConfig, l1Time: bigint): bigint {
  const now = channelTimeout(config, l1Time)
  const eventually = channelTimeout(config, 2n ** 64n - 1n)
  return now > eventually ? now : eventually
}

async function canonicalHeader(
  { l1 }: PipelineSources,
  block: BlockId,
  signal: AbortSignal,
): Promise<L1Header | null> {
  const header = await l1.headerByNumber(block.number, signal)
  if (header === null)
    throw new Error(`expected L1 to have block ${formatRef(block)}, found none; does it lag behind?`)
  return header.hash === block.hash ? header : null
}

/** All blocks of an epoch have the same origin, so one block of each is enough. */
async function lastBlockOfPreviousEpoch(
  config: RollupConfig,
  l2: WalkedL2,
  { number, sequenceNumber }: L2BlockRef,
): Promise<L2Block> {
  const before = number - sequenceNumber - 1n
  const wanted = before > config.genesis.l2.number ? before : config.genesis.l2.number
  const block = await l2.blockByNumber(wanted)
  if (block === null) throw missingL2Block(String(wanted))
  return block
}

function missingL2Block(which: string): Error {
  return new Error(`expected the engine to have block ${which} of the safe chain, found none; is it syncing?`)
}
