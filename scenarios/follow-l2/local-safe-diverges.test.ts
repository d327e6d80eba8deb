import { expect, faults, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

const options = {
  claim:
    'While the cross-safe head of its source stands still, a follower goes on with the local-safe one alone, and the two are one again when the source says so.',
  tags: ['follow', 'upstream'],
  topology: twoVerifiersFollowing,
  // No block beyond the cross-safe one may become final.
  parameters: { l1FinalizedDistance: 60 },
  expects: ['unsafe > local-safe > cross-safe'],
}

/** TestFollowSource_HeadsDivergeThenConverge: as when the check of messages between chains is paused. */
scenario('FollowL2_LocalSafeDivergesThenConverges', options, async (devstack) => {
  const { sequencer, reference, follower, point, step, reached } = devstack
  await follower.reached('localSafe', 3)

  const paused = await step('the cross-safe head of the source stands still', async () => {
    let crossSafe: unknown
    const stands = faults.replaceResult((status) => {
      const told = status as { readonly safe_l2: unknown }
      crossSafe ??= told.safe_l2
      return { ...told, safe_l2: crossSafe }
    }, 'cross-safe stands still')
    const fault = await point('follower→reference').install(stands.to('optimism_syncStatus'))
    await fault.hit(2)
    return fault
  })
  await step('the follower has three levels', async () => {
    const before = await follower.head('crossSafe')
    await follower.advanced('localSafe', 6)
    const { unsafeL2, localSafeL2, safeL2 } = await follower.status()
    expect(safeL2).toMatchObject({ number: before.number, hash: before.hash })
    expect((await follower.el.client.getBlock({ blockTag: 'safe' })).hash).toBe(before.hash)
    if (unsafeL2.number > localSafeL2.number && localSafeL2.number >= safeL2.number + 6n)
      reached('unsafe > local-safe > cross-safe')
    await Promise.all([
      follower.inSync(reference, 'localSafe'),
      follower.inSync(sequencer, 'unsafe', { by: 'gossip' }),
    ])
  })
  await step('the source says that all is safe: the levels are one', async () => {
    const { number } = await follower.head('localSafe')
    await paused.remove()
    await follower.reached('crossSafe', number)
    await follower.converged('crossSafe', 'localSafe')
    await follower.inSync(reference, 'crossSafe')
  })
})
