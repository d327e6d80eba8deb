import { type BlockId, formatRef } from '../../node/protocol/refs.ts'
import type { ClHandle } from '../world/world.ts'
import { createNodeStatus } from './node-status.ts'
import type { Run } from './run.ts'

/**
 * Waits until `currentL1` of both nodes went on from where it is now, and both are on the canonical L1: then the two
 * have the same block at the lower height. Equality at one moment would be chance.
 */
export async function compareCurrentL1(run: Run, a: ClHandle, b: ClHandle): Promise<void> {
  const { failed, l1 } = run.world
  const sides = await Promise.all(
    [a, b].map(async ({ name, status }) => {
      const start = (await status.observe(failed)).status.currentL1
      return { name, start, now: () => status.latest?.status.currentL1 ?? start }
    }),
  )
  await run.wait({
    what: `${a.name}: currentL1 matches ${b.name}`,
    expected: `${sides.map(({ name, start }) => `${name}.currentL1 > ${start.number}`).join(' and ')}, both on the canonical L1`,
    limits: run.limits('currentL1', 2n),
    streams: [a.status, b.status],
    look() {
      const behind = sides.filter(
        ({ start, now }) => now().number <= start.number || !l1.view.isCanonical(now()),
      )
      if (behind.length === 0) return { done: true, value: undefined }
      const at = (of: typeof sides) => of.map(({ name, now }) => `${name} ${formatRef(now())}`).join(', ')
      // What a node does that is where it must be is no progress.
      return {
        done: false,
        found: at(sides),
        progress: at(behind),
        lagging: behind.map(({ name, now }) => `${name} at ${now().number}`).join(', '),
      }
    },
  })
}

/** Waits until the node is past that L1 block: what it holds is derived then, as far as it is valid. */
export async function waitUntilPast(run: Run, component: ClHandle, block: BlockId): Promise<void> {
  const { name } = component
  await createNodeStatus(run, component).wait({
    what: `has derived L1 block ${formatRef(block)}`,
    expected: `${name}.currentL1 > ${block.number}`,
    limits: run.limits('currentL1', 2n),
    look({ currentL1 }) {
      return currentL1.number > block.number
        ? { done: true, value: undefined }
        : { done: false, found: `${name}.currentL1 is ${formatRef(currentL1)}` }
    },
  })
}
