import { afterEach, beforeEach, expect, it } from 'vitest'
import { createFakeRun, type FakeRun } from './testing/fake-run.ts'

let fake: FakeRun
beforeEach(() => {
  fake = createFakeRun()
  fake.nodes.follower.capabilities.add('reasons')
  fake.run.world.events.record({ kind: 'reach', mark: 'dropped_replay', node: 'follower' })
})
afterEach(() => fake.stop())
const tells = (during: () => Promise<unknown>) => fake.nodes.follower.node.tells('dropped_replay', during)
const reach = (node: string, mark = 'dropped_replay') =>
  fake.run.world.events.record({ kind: 'reach', mark, node })

it('takes a reason that comes while something is done, and gives what that gave', async () => {
  expect(
    await tells(async () => {
      reach('follower')
      return 5
    }),
  ).toBe(5)
})

it('waits for one that comes after it', async () => {
  const telling = tells(async () => 'done')
  await fake.clock.settle()
  reach('follower')
  expect(await telling).toBe('done')
})

it('takes a refused message for a reason', async () => {
  await fake.nodes.follower.node.tells('refused too_early', async () => {
    fake.run.world.events.record({
      ...{ kind: 'gossip', node: 'follower', action: 'reject', reason: 'too_early' },
    })
  })
})

it('fails with what the node told, when that was another reason, of another node, or before', async () => {
  const failed = tells(async () => {
    reach('reference')
    reach('follower', 'error_l1')
  })
  const outcome = expect(failed).rejects.toThrow('it told error_l1')
  await fake.clock.advance(200_000)
  await outcome
})

it('asks nothing of a client that tells no reasons', async () => {
  fake.nodes.follower.capabilities.delete('reasons')
  expect(await tells(async () => 'taken at its word')).toBe('taken at its word')
})
