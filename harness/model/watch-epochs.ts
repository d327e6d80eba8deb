import { isZeroRef, type L2BlockRef } from '../../node/protocol/refs.ts'
import type { WatchedWorld } from '../invariants/monitor.ts'
import { headOf, levels } from '../world/levels.ts'
import type { Observation } from '../world/status-stream.ts'
import { ModelViolation } from './model-violation.ts'

const rememberedMax = 10_000

/**
 * The blocks of an epoch count from 0, and each lies one block time after its parent (specs/protocol/deposits.md, "L1
 * Attributes Deposited Transaction"; derivation.md, "Batch Queue"). Returns what ends it.
 */
export function watchEpochs(world: WatchedWorld): () => void {
  const { cls, parameters } = world
  const blockTime = BigInt(parameters.l2BlockTime)
  const blocks = new Map<string, L2BlockRef>()

  function judge(name: string, block: L2BlockRef): void {
    if (isZeroRef(block) || blocks.has(block.hash)) return
    blocks.set(block.hash, block)
    if (blocks.size > rememberedMax) blocks.delete(blocks.keys().next().value as string)
    const parent = blocks.get(block.parentHash)
    if (parent === undefined) return
    const isNew = parent.l1Origin.hash !== block.l1Origin.hash
    const expected = isNew ? 0n : parent.sequenceNumber + 1n
    const found =
      block.sequenceNumber !== expected
        ? `block ${block.number} has the sequence number ${block.sequenceNumber}, expected ${expected}`
        : block.timestamp !== parent.timestamp + blockTime
          ? `block ${block.number} has the time ${block.timestamp}, its parent ${parent.timestamp}`
          : null
    if (found !== null && !world.failed.aborted) world.fail(new ModelViolation(name, 'epochs', found))
  }

  const observe = ({ node, status }: Observation) => {
    for (const level of levels) judge(node, headOf(status, level))
  }
  const ends = [...cls.values()].map(({ status }) => status.onObservation(observe))
  return () => {
    for (const end of ends) end()
  }
}
