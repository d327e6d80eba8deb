import { expect, it } from 'vitest'
import { createNodeWorld, type WorldNode } from './testing/node-world.ts'

const plain = (_key: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)

/** What three nodes say, log and ask of their engines, tick by tick, over a reorg of L1. */
async function trace(): Promise<readonly string[]> {
  const world = createNodeWorld()
  const reference = await world.start('reference')
  const sequencer = await world.start('sequencer', { follows: reference, sequencer: {} })
  const follower = await world.start('follower', { follows: reference })
  const nodes: readonly WorldNode[] = [reference, sequencer, follower]
  const lines: string[] = []
  const logged = nodes.map(() => 0)
  const passed = async (seconds: number) => {
    for (let tick = 0; tick < seconds * 10; tick++) {
      await world.pass(0.1)
      nodes.forEach(({ name, el, logger, status }, index) => {
        const log = logger.lines.slice(logged[index])
        logged[index] = logger.lines.length
        lines.push(JSON.stringify({ name, status: status(), calls: [...el.calls], log }, plain))
      })
    }
  }
  await passed(12)
  world.l1.reorg(world.l1.head.number - 2n, 4)
  await passed(12)
  expect(reference.status().localSafeL2.number).toBeGreaterThan(5n)
  await world.stop()
  return lines
}

it('runs of equal nodes on equal inputs are equal, step by step', { timeout: 60_000 }, async () => {
  const first = await trace()
  expect(await trace()).toEqual(first)
})
