import { faults, scenario } from 'lockstep'
import { twoWaysToSync } from 'lockstep/topologies'

const options = {
  claim:
    'A node whose beacon has no blobs derives nothing in their place while the others go on, and derives the same chain when it has them.',
  tags: ['l1-view', 'blobs', 'derivation', 'faults'],
  topology: twoWaysToSync,
}

/** All three derive for themselves, so that what one of them lacks concerns nobody else. */
scenario('L1View_BlobsWithheldFromOne', options, async (devstack) => {
  const { sequencer, elSyncing, clSyncing, nodes, batcher, point, step } = devstack
  await Promise.all(nodes.map((node) => node.reached('localSafe', 2)))
  batcher.useBlobs()
  const withheld = await step('the beacon of one has no blobs: it waits, and the others go on', async () => {
    const fault = await point('clSyncing→beacon').install(faults.withholds())
    await fault.hit()
    await clSyncing.advanced('unsafe', 2)
    await Promise.all([
      clSyncing.notAdvanced('localSafe', { blocks: 6 }),
      sequencer.advanced('localSafe', 4),
      elSyncing.advanced('localSafe', 4),
    ])
    return fault
  })
  await step('with its blobs it has the same safe chain', async () => {
    const safe = await sequencer.head('localSafe')
    await withheld.remove()
    await clSyncing.reached('localSafe', safe.number)
    await clSyncing.holds(safe)
    await clSyncing.inSync(sequencer, 'localSafe')
  })
})
