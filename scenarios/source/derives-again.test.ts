import { expect, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

const options = {
  claim:
    'A source that lost its chain and derives it again takes nobody back: its followers hold what they have until it is past them.',
  tags: ['source', 'follow', 'restart'],
  topology: twoVerifiersFollowing,
}

/** Its engine comes back empty, cut off from all peers that could give it more than L1 does. */
scenario('Source_DerivesAgainFromGenesis', options, async (devstack) => {
  const { sequencer, reference, follower, step } = devstack
  const followers = [sequencer, follower]
  await Promise.all(followers.map((node) => node.reached('localSafe', 6)))
  const safe = await follower.head('localSafe')
  const starts = followers.map((node) => node.starts)

  await step('the source starts with nothing', async () => {
    await reference.stop()
    await reference.el.restart()
    expect((await reference.el.block('latest'))?.number).toBe(0n)
    await reference.start()
  })
  await step('it derives the same chain, and nobody has lost a block', async () => {
    await reference.holds(safe)
    await Promise.all(followers.map((node) => node.holds(safe)))
    await Promise.all(followers.map((node) => node.advanced('localSafe', 3)))
    await Promise.all(followers.map((node) => node.inSync(reference, 'localSafe')))
    await follower.inSync(sequencer, 'unsafe', { by: 'gossip' })
  })
  expect(followers.map((node) => node.starts)).toEqual(starts)
})
