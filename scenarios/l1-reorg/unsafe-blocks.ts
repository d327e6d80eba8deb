import { expect, type Fixtures } from 'lockstep'
import type { twoVerifiersFollowing } from 'lockstep/topologies'

/**
 * Lets the unsafe chain run away from the safe one: no batch comes, and L1 can replace the origin of the unsafe head
 * without a change of what is safe.
 */
export async function unsafeBlocksAlone({
  sequencer,
  l1,
  nodes,
  batcher,
  step,
}: Fixtures<keyof typeof twoVerifiersFollowing.cls>) {
  await Promise.all(nodes.map((node) => node.reached('localSafe', 3)))
  return step('no batch comes any more', async () => {
    await batcher.stop()
    // No batch is in this block or above it.
    const quiet = await l1.advanced(2)
    const head = await sequencer.reachedOrigin('unsafe', quiet)
    // The head of one that is a block behind may stand on the origin of the last batch.
    await Promise.all(nodes.map((node) => node.holds(head)))
    const [safe, ...others] = await Promise.all(nodes.map((node) => node.head('localSafe')))
    for (const other of others) expect(other.hash).toBe(safe!.hash)
    expect(safe!.l1Origin.number).toBeLessThan(head.l1Origin.number - 1n)
    return { head, safe: safe! }
  })
}
