import { type BlockId, formatRef } from '../../node/protocol/refs.ts'
import type { ClHandle } from '../world/world.ts'
import { readElBlock } from './el-block.ts'
import { finalizedInstead } from './finality.ts'
import { createNodeStatus } from './node-status.ts'
import type { Run } from './run.ts'

/** Waits for single blocks of one node's canonical chain. */
export interface BlockWaits {
  /** Waits until the node's canonical chain has that block. Fails at once when another one is finalized there. */
  holds(ref: BlockId): Promise<void>
  /** Waits until the node's canonical chain has another block at that height. Fails at once when the old one is finalized. */
  reorged(ref: BlockId): Promise<BlockId>
}

/** How far a safe chain may have to go until it has the block, for the limits. */
const someBlocks = 20n

export function createBlockWaits(run: Run, component: ClHandle): BlockWaits {
  const { name } = component
  const blockAt = (at: bigint) => readElBlock(component.el, at, run.world.failed)
  const status = createNodeStatus(run, component)
  return {
    holds: (ref) =>
      status.wait({
        what: `holds ${formatRef(ref)}`,
        expected: `${name}'s block ${ref.number} to be ${ref.hash}`,
        limits: run.limits('localSafe', someBlocks),
        async look(now) {
          const block = await blockAt(ref.number)
          if (block?.hash === ref.hash) return { done: true, value: undefined }
          const found = `${name}'s block ${ref.number} is ${block?.hash ?? 'not there yet'}`
          if (block !== null && now.finalizedL2.number >= ref.number)
            return { done: false, found, never: finalizedInstead(run.world, name, ref, block) }
          return { done: false, found, progress: `${found} ${now.unsafeL2.hash} ${now.localSafeL2.hash}` }
        },
      }),
    reorged: (ref) =>
      status.wait({
        what: `replaces ${formatRef(ref)}`,
        expected: `${name}'s block ${ref.number} to be another than ${ref.hash}`,
        limits: run.limits('localSafe', someBlocks),
        async look(now) {
          const block = await blockAt(ref.number)
          if (block !== null && block.hash !== ref.hash) return { done: true, value: block }
          const found = `${name}'s block ${ref.number} is ${block?.hash ?? 'not there'}`
          if (block !== null && now.finalizedL2.number >= ref.number)
            return { done: false, found, never: `${found}, finalized` }
          // Unsafe blocks on top of the old one are no progress.
          return { done: false, found, progress: `${found} ${now.localSafeL2.hash} ${now.currentL1.hash}` }
        },
      }),
  }
}
