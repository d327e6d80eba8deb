import type { WorldEvent } from '../events/event.ts'
import type { WatchedWorld } from '../invariants/monitor.ts'
import { createClocks } from './clocks.ts'
import { ModelViolation } from './model-violation.ts'

const earlyMsMax = 5_000
/** A minute, in whole seconds of a clock, and what it takes to look at the block. */
const oldMsMax = 62_000

/**
 * Nobody takes a block of a peer that is more than five seconds ahead of its clock, or more than a minute behind it
 * (specs/protocol/rollup-node-p2p.md, "Block validation"). It is its own clock that counts, right or wrong. Returns what ends
 * it.
 */
export function watchGossipTimes(world: WatchedWorld): () => void {
  const { rollup, parameters, cls } = world
  const clocks = createClocks()

  function judge({ node, block, t }: Extract<WorldEvent, { kind: 'gossip' }>): void {
    if (block === undefined || !cls.has(node) || world.failed.aborted) return
    const slotMs = (Number(rollup.genesis.l2Time) + block.number * parameters.l2BlockTime) * 1000
    const earlyMs = slotMs - (t + clocks.aheadMs(node))
    if (earlyMs <= earlyMsMax && -earlyMs <= oldMsMax) return
    const found = earlyMs > 0 ? `${earlyMs / 1000} s ahead of` : `${-earlyMs / 1000} s behind`
    world.fail(
      new ModelViolation(
        node,
        'timely-gossip',
        `it takes block ${block.number} of a peer, which is ${found} its clock`,
      ),
    )
  }

  return world.events.subscribe(
    (event) => {
      clocks.add(event)
      if (event.kind === 'gossip' && event.action === 'accept') judge(event)
    },
    { history: true },
  )
}
