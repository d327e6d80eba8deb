import { expect, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

scenario('FailsOnPurpose', { topology: twoVerifiersFollowing }, async ({ follower }) => {
  const head = await follower.reached('unsafe', 1)
  expect(head.number, 'on purpose').toBe(-1n)
})
