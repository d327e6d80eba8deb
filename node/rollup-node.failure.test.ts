import { describe, expect, it } from 'vitest'
import { ActorError } from './concurrency/supervise.ts'
import { zeroHash } from './protocol/refs.ts'
import { StartCheckError } from './start-checks.ts'
import { createNodeWorld, followSourceOf } from './testing/node-world.ts'

describe('a node that cannot go on', () => {
  it('stops with one sentence when its source is of another chain', async () => {
    const world = createNodeWorld()
    const reference = await world.start('reference')
    const identity = { l1ChainId: 900n, l2ChainId: 10n, l1GenesisHash: zeroHash, l2GenesisHash: zeroHash }
    const lost = await world.start('lost', {
      follows: { syncStatus: async () => reference.status(), chainIdentity: async () => identity },
    })
    await world.until('it stops', () => lost.failure !== null)
    expect(lost.failure).toBeInstanceOf(StartCheckError)
    expect(lost.failure?.message).toMatch(/serves another chain \(L2 chain id: expected 901, found 10;/)
    await world.stop()
    expect(reference.failure).toBeNull()
  })

  it('does not start without the upgrade bundle of a fork to come, unless it only follows', async () => {
    const world = createNodeWorld()
    const reference = await world.start('reference')
    const { forks } = reference.node.config.rollup
    const rollup = { forks: { ...forks, jovian: 0n, karst: 9_999_999_999n } }
    const source = followSourceOf(reference)
    const deriving = await world.start('deriving', { rollup })
    const building = await world.start('building', { rollup, follows: source, sequencer: {} })
    const following = await world.start('following', { rollup, follows: source })
    await world.until('both stop', () => deriving.failure !== null && building.failure !== null)
    for (const { failure } of [deriving, building])
      expect(failure).toMatchObject({
        name: 'StartCheckError',
        message: expect.stringMatching(
          /^karst activates at time 9999999999, .* give --rollup\.upgrades karst=FILE/,
        ),
      })
    expect(following.failure).toBeNull()
    await world.stop()
  })

  it('names the actor that ended it, with everything stopped', async () => {
    const world = createNodeWorld()
    const node = await world.start('node', { sequencer: {} })
    await world.until('finalized', () => node.status().finalizedL2.l1Origin.number > 1n)
    world.l1.reorg(1n, 12)
    await world.until('it stops', () => node.failure !== null)
    expect(node.failure).toBeInstanceOf(ActorError)
    expect(node.failure?.message).toMatch(/^engine: the finalized L2 block .* was reorged/)
    expect(node.node.failure).toBe(node.failure)
    await world.clock.settle()
    expect(world.clock.sleeping).toBe(0)
  })
})
