import { formatRef } from '../../node/protocol/refs.ts'
import { type SafeHeadAtL1, safeHeadAtL1 } from '../world/safe-head-at-l1.ts'
import type { ClHandle, World } from '../world/world.ts'

/**
 * Whether a node has on record that another block was safe at an L1 block than a node that has derived all from that L1;
 * null when none has. What it does not know is no difference: a record has gaps, and says nothing new of L1 blocks that the
 * node has yet to read.
 */
export async function wrongRecord(
  { failed }: Pick<World, 'failed'>,
  deriver: ClHandle,
  nodes: readonly ClHandle[],
): Promise<string | null> {
  const readBy = ({ status }: ClHandle) => status.latest!.status.currentL1.number
  const last = readBy(deriver)
  const recording = nodes.filter(({ spec }) => spec.safeDb === true)
  for (let number = 0n; number < last; number++) {
    const expected = await safeHeadAtL1(deriver.rpc, number, failed)
    if (expected === null) continue
    for (const node of recording) {
      if (number >= readBy(node)) continue
      const { name, rpc } = node
      const found = await safeHeadAtL1(rpc, number, failed)
      if (found === null || textOf(found) === textOf(expected)) continue
      return `at L1 block ${number}: expected ${textOf(expected)}, as ${deriver.name} has it, found ${textOf(found)} on the record of ${name}`
    }
  }
  return null
}

const textOf = ({ safeHead, l1Block }: SafeHeadAtL1) =>
  `${formatRef(safeHead)} since L1 block ${formatRef(l1Block)}`
