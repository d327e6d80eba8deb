import { scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'
import { unsafeBlocksAlone } from '../l1-reorg/unsafe-blocks.ts'

const options = {
  claim:
    'A follower that is away while L1 replaces the origin of its unsafe head drops its blocks when it is back, with nobody to tell it of a safe one, and has the new chain.',
  tags: ['follow', 'restart', 'l1-reorg', 'upstream'],
  topology: twoVerifiersFollowing,
  expects: ['the orphaned block is still in its engine'],
}

/** TestUnsafeGapFillAfterUnsafeReorg_RestartL2CL: its engine keeps the orphaned blocks while it is away. */
scenario('Restart_FollowerOverUnsafeReorg', options, async (devstack) => {
  const { sequencer, follower, l1, step, reached } = devstack
  const { head } = await unsafeBlocksAlone(devstack)
  await follower.holds(head)

  await step('it is away while L1 replaces the origin of its unsafe head', async () => {
    await follower.stop()
    await l1.reorg(head.l1Origin)
    await sequencer.reorged(head)
    // A longer chain: what it had must not look newer than what it finds.
    await sequencer.reached('unsafe', head.number + 3n)
    if ((await follower.el.block(head.number))?.hash === head.hash)
      reached('the orphaned block is still in its engine')
  })
  await step('it is back, and has the new chain', async () => {
    await follower.start()
    await follower.reorged(head)
    await follower.inSync(sequencer, 'unsafe', { by: 'gossip' })
    await follower.originsCanonical()
  })
})
