import { afterEach, describe, expect, it, vi } from 'vitest'
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

describe('a simulated world that is compared with a live one', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('builds nothing before that one had booted, while L1 goes on', async () => {
    const startMs = 1_700_000_000_000
    vi.stubEnv('LOCKSTEP_SIM_START', String(startMs))
    vi.stubEnv('LOCKSTEP_SIM_BOOTED', String(startMs + 9_000))
    const events: WorldEvent[] = []
    const world = await startSimWorld({
      ...{ name: 'late', seed: 'late', topology: twoVerifiersFollowing, engine: 'model' },
      onEvent: (event) => events.push(event),
    })
    await world.stop()
    const booted = events.findIndex(({ kind }) => kind === 'booted')
    expect(events[booted]?.t).toBeGreaterThanOrEqual(startMs + 9_000)
    const before = events.slice(0, booted)
    expect(before.filter(({ kind }) => kind === 'l1-block').length).toBeGreaterThanOrEqual(4)
    const blocks = before.flatMap((event) =>
      event.kind === 'head' && event.level === 'unsafe' ? event.block.number : [],
    )
    expect(Math.max(...blocks)).toBe(0)
  })
})
