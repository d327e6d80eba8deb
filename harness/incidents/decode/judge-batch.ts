import type { Hash } from 'viem'
import { isForkActive } from '../../../node/config/forks.ts'
import type { RollupConfig } from '../../../node/config/rollup-config.ts'
import type { BatchContext, BatchValidity } from '../../../node/derivation/pipeline/batch-validity.ts'
import { checkBatchedBlock } from '../../../node/derivation/pipeline/batch-validity-block.ts'
import { checkSingularBatch } from '../../../node/derivation/pipeline/batch-validity-singular.ts'
import { checkSpanBatchPrefix } from '../../../node/derivation/pipeline/batch-validity-span.ts'
import type { L2Source } from '../../../node/ports/l2-source.ts'
import type { Batch, SpanBatch } from '../../../node/protocol/batch.ts'
import { l2BlockRefFromPayload } from '../../../node/protocol/block-ref.ts'
import { type L1BlockRef, type L2BlockRef, zeroHash } from '../../../node/protocol/refs.ts'

/** A batch with what derivation makes of it. Numbers are of L2 blocks. */
export interface JudgedBatch {
  readonly type: 'singular' | 'span'
  readonly from: bigint
  readonly to: bigint
  readonly epochs: readonly [bigint, bigint]
  readonly transactions: number
  /** How many of its blocks become safe. */
  readonly safeBlocks: number
  readonly verdict: 'safe' | 'dropped' | 'past' | 'undecided'
  /** Why it is dropped or not decided: the names of the node, or a sentence. */
  readonly reason: string | null
  /** False when no L2 was there to say which block it builds on: its parent was taken as it says. */
  readonly isParentKnown: boolean
}

export interface BatchJudgeOptions {
  readonly config: RollupConfig
  /** Null above the head. */
  readonly l1Block: (number: bigint) => Promise<L1BlockRef | null>
  /** The L2 chain as it is now; null when there is none to ask. */
  readonly l2: L2Source | null
  readonly signal: AbortSignal
}

/** A span batch of more epochs than a sequencing window has is none. */
const epochsMax = 4_096

/** Judges batches in their order: each on what the ones before it made safe. */
export function createBatchJudge({ config, l1Block, l2, signal }: BatchJudgeOptions) {
  let safeHead: L2BlockRef | null = null

  const numberAt = (timestamp: bigint) =>
    config.genesis.l2.number + (timestamp - config.genesis.l2Time) / config.blockTime

  async function l2Ref(number: bigint): Promise<L2BlockRef | null> {
    const block = number < 0n ? null : ((await l2?.blockByNumber(number, signal)) ?? null)
    return block === null ? null : l2BlockRefFromPayload(config, block.payload)
  }

  /** What the first batch builds on, or what the last one made safe. */
  async function parentOf(first: { readonly timestamp: bigint; readonly epochNum: bigint }, hash: Hash) {
    const number = numberAt(first.timestamp) - 1n
    if (safeHead === null) safeHead = await l2Ref(number)
    const isKnown = safeHead !== null && safeHead.hash !== zeroHash
    const epoch = await l1Block(first.epochNum)
    const assumed: L2BlockRef = {
      ...{ hash, number, parentHash: zeroHash, timestamp: first.timestamp - config.blockTime },
      ...{ l1Origin: epoch ?? { hash: zeroHash, number: first.epochNum }, sequenceNumber: 0n },
    }
    // Nobody but its engine knows the hash of a block that was not looked up.
    const parent = safeHead === null ? assumed : isKnown ? safeHead : { ...safeHead, hash }
    return { parent, isKnown }
  }

  async function contextOf(
    parent: L2BlockRef,
    lastEpoch: bigint,
    inclusion: L1BlockRef,
  ): Promise<BatchContext> {
    const l1Blocks: L1BlockRef[] = []
    const end = lastEpoch + 1n < inclusion.number ? lastEpoch + 1n : inclusion.number
    for (let number = parent.l1Origin.number; number <= end && l1Blocks.length < epochsMax; number++) {
      const block = await l1Block(number)
      if (block === null) break
      l1Blocks.push(block)
    }
    return { config, l1Blocks, safeHead: parent, inclusion }
  }

  async function accept(number: bigint, timestamp: bigint, origin: L1BlockRef): Promise<void> {
    const known = await l2Ref(number)
    const unknown = { hash: zeroHash, number, parentHash: zeroHash, timestamp, sequenceNumber: 0n }
    safeHead = known ?? { ...unknown, l1Origin: origin }
  }

  return async function judge(batch: Batch, inclusion: L1BlockRef): Promise<JudgedBatch> {
    const [first, last] = batch.kind === 'span' ? [batch.blocks.at(0), batch.blocks.at(-1)] : [batch, batch]
    if (first === undefined || last === undefined) throw new Error('expected a batch with a block')
    const claimed = batch.kind === 'span' ? paddedHash(batch) : batch.parentHash
    const { parent, isKnown } = await parentOf(first, claimed)
    const context = await contextOf(parent, last.epochNum, inclusion)
    const facts = {
      ...{ type: batch.kind, from: numberAt(first.timestamp), to: numberAt(last.timestamp) },
      ...{ epochs: [first.epochNum, last.epochNum] as const, isParentKnown: isKnown },
      transactions: batch.kind === 'span' ? sum(batch) : batch.transactions.length,
    }
    if (batch.kind === 'singular') {
      const validity = checkSingularBatch(context, batch)
      const origin = context.l1Blocks.find(({ number }) => number === batch.epochNum)
      if (validity.kind === 'accept' && origin !== undefined) await accept(facts.to, batch.timestamp, origin)
      return { ...facts, ...told(validity), safeBlocks: validity.kind === 'accept' ? 1 : 0 }
    }
    const prefix = await prefixOf(context, batch)
    if (prefix === 'needs L2')
      return {
        ...{ ...facts, safeBlocks: 0, verdict: 'undecided' },
        reason: 'it overlaps blocks that are safe already, which only L2 can tell: give --l2',
      }
    if (prefix.kind !== 'accept') return { ...facts, ...told(prefix), safeBlocks: 0 }
    return { ...facts, ...(await judgeBlocks(context, batch)) }
  }

  async function prefixOf(context: BatchContext, batch: SpanBatch): Promise<BatchValidity | 'needs L2'> {
    const reads = checkSpanBatchPrefix(context, batch)
    let step = reads.next()
    while (!step.done) {
      const block = step.value === undefined ? undefined : await l2?.blockByNumber(step.value, signal)
      if (step.value !== undefined && (block === undefined || block === null)) return 'needs L2'
      step = reads.next(block ?? undefined)
    }
    return step.value.kind === 'accept' ? { kind: 'accept' } : step.value
  }

  /** From Holocene on the blocks before a bad one stay; before, a span is taken as a whole. */
  async function judgeBlocks(context: BatchContext, batch: SpanBatch) {
    const { l1Blocks, safeHead: parent, inclusion } = context
    let previous = parent.l1Origin.number
    let safeBlocks = 0
    let end: { readonly timestamp: bigint; readonly origin: L1BlockRef } | null = null
    for (const { timestamp, epochNum, transactions } of batch.blocks) {
      const advancesOrigin = epochNum > previous
      previous = epochNum
      if (timestamp <= parent.timestamp) continue
      const index = Number(epochNum - (l1Blocks[0]?.number ?? 0n))
      const origin = l1Blocks[index]
      const nextOrigin = l1Blocks[index + 1]
      const validity: BatchValidity =
        origin === undefined
          ? { kind: 'drop', reason: 'MissingL1Origin' }
          : checkBatchedBlock(config, { timestamp, transactions, origin, nextOrigin, advancesOrigin })
      if (validity.kind !== 'accept' || origin === undefined) {
        const keeps = isForkActive(config.forks, 'holocene', inclusion.timestamp)
        if (keeps && end !== null) await accept(numberAt(end.timestamp), end.timestamp, end.origin)
        return { ...told(validity), safeBlocks: keeps ? safeBlocks : 0 }
      }
      safeBlocks++
      end = { timestamp, origin }
    }
    if (end !== null) await accept(numberAt(end.timestamp), end.timestamp, end.origin)
    return { ...told({ kind: 'accept' }), safeBlocks }
  }
}

function told(validity: BatchValidity): Pick<JudgedBatch, 'verdict' | 'reason'> {
  switch (validity.kind) {
    case 'accept':
      return { verdict: 'safe', reason: null }
    case 'drop':
      return { verdict: 'dropped', reason: validity.reason }
    case 'past':
      return { verdict: 'past', reason: 'its blocks are safe already' }
    case 'future':
      return { verdict: 'undecided', reason: 'blocks before it are missing' }
    case 'undecided':
      return { verdict: 'undecided', reason: 'it needs L1 blocks that were not there when it was complete' }
  }
}

/** A span names its parent by the first 20 bytes of the hash. */
function paddedHash({ parentCheck }: SpanBatch): Hash {
  return `0x${parentCheck.slice(2).padEnd(64, '0')}`
}

function sum({ blocks }: SpanBatch): number {
  let count = 0
  for (const { transactions } of blocks) count += transactions.length
  return count
}
