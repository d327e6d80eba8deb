import { expect, scenario } from 'lockstep'
import { twoVerifiersFollowing as topology } from 'lockstep/topologies'

const options = {
  claim:
    'A follower that is away while L1 replaces the origin of its safe head takes the chain of its source when it is back, and keeps nothing of the orphans.',
  tags: ['follow', 'restart', 'l1-reorg', 'upstream'],
  topology,
  // Nothing of the orphaned fork becomes final, however slow the machine is.
  parameters: { l1FinalizedDistance: 60 },
}

/** TestUnsafeGapFillAfterSafeReorg and its forms: the node that was away has seen nothing of the reorg. */
scenario('Restart_FollowerOverL1Reorg', options, async ({ reference, follower, l1, step, reached }) => {
  await Promise.all([reference, follower].map((node) => node.reached('localSafe', 8)))
  const safe = await follower.reachedL1('localSafe', 1)
  await follower.holds(safe)
  await step('it is away while L1 reorgs', async () => {
    await follower.stop()
    const { orphaned } = await l1.reorg(safe.l1Origin)
    expect(orphaned.map(({ hash }) => hash)).toContain(safe.l1Origin.hash)
    reached('orphaned safe block was followed')
    await reference.reorged(safe)
    await reference.reached('localSafe', safe.number + 1n)
  })
  await step('it is back', async () => {
    await follower.start()
    await follower.reached('localSafe', safe.number + 1n)
    await Promise.all([follower.inSync(reference, 'localSafe'), follower.inSync(reference, 'unsafe')])
    expect((await follower.el.block(safe.number))?.hash).not.toBe(safe.hash)
    await follower.originsCanonical()
  })
})
