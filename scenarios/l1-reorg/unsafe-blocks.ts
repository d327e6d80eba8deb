import { expect, type Fixtures } from 'lockstep'
import type { twoVerifiersFollowing } from 'lockstep/topologies'

/** More blocks than L1 has confirmations to wait for: no batch is in the L1 blocks that are the newest origins then. */
const unsafeBlocks = 12

/**
 * Lets the unsafe chain run away from the safe one: no batch comes, and L1 can replace the origin of the unsafe head
 * without a change of what is safe.
 */
export async function unsafeBlocksAlone({
  sequencer,
  nodes,
  batcher,
  step,
}: Fixtures<keyof typeof twoVerifiersFollowing.cls>) {
  await Promise.all(nodes.map((node) => node.reached('localSafe', 3)))
  return step('no batch comes any more', async () => {
    await batcher.stop()
    const head = await sequencer.advanced('unsafe', unsafeBlocks)
    const [safe, ...others] = await Promise.all(nodes.map((node) => node.head('localSafe')))
    for (const other of others) expect(other.hash).toBe(safe!.hash)
    expect(safe!.l1Origin.number).toBeLessThan(head.l1Origin.number - 1n)
    return { head, safe: safe! }
  })
}
