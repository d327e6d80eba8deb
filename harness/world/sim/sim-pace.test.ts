import { describe, expect, it } from 'vitest'
import type { WorldEvent } from '../../events/event.ts'
import { twoVerifiersFollowing } from '../../topologies.ts'
import { type SimWorldOptions, startSimWorld } from './sim-world.ts'

const virtualMs = 60_000
const l1BlockTime = 12

/** How often a node asks L1 about a block by label or number, in an L1 block's time. */
async function questionsPerL1Block(pace: Pick<SimWorldOptions, 'l1PollsPerBlock'>): Promise<number> {
  const events: WorldEvent[] = []
  const world = await startSimWorld({
    ...{ name: 'pace', seed: 'pace', topology: twoVerifiersFollowing, engine: 'model' },
    parameters: { l2BlockTime: 2, l1BlockTime },
    onEvent: (event) => events.push(event),
    ...pace,
  })
  try {
    events.length = 0
    await world.within(() => world.clock.sleep(virtualMs, world.failed))
  } finally {
    await world.stop()
  }
  const asked = events.filter(
    (event) =>
      event.kind === 'rpc' && event.link === 'follower→l1' && event.methods.includes('eth_getBlockByNumber'),
  )
  return (asked.length * l1BlockTime * 1000) / virtualMs
}

describe('how often a simulated node asks L1', () => {
  it('is as often as a live one by default: four times in an L2 block', async () => {
    expect(await questionsPerL1Block({})).toBeGreaterThanOrEqual(24)
  })

  it('is as often as it is told', async () => {
    // The head itself; each label with a new head and now and then; and the head once more for a block above it.
    expect(await questionsPerL1Block({ l1PollsPerBlock: 2 })).toBeLessThan(24)
  })
})
