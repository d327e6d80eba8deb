import { defineTopology, expect, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

const batchesInBlobs = defineTopology({
  ...twoVerifiersFollowing,
  batcher: { sequencer: 'sequencer', dataAvailability: 'blobs' },
})

/**
 * A beacon has one block for each slot. When L1 reorgs, the slot of an orphaned block has another one without its blobs,
 * and they come back in the slot of a later block.
 */
scenario(
  'L1Reorg_ReplacesBlobTransactions',
  {
    claim:
      'After an L1 reorg that moves blob transactions to other slots, the safe chain goes on with the blobs of the new fork, also for a node that reads L1 anew.',
    tags: ['l1-reorg', 'blobs', 'derivation'],
    topology: batchesInBlobs,
  },
  async ({ sequencer, reference, follower, nodes, l1, rollup, step }) => {
    const inbox = rollup.batchInboxAddress.toLowerCase()
    const inSync = () =>
      Promise.all([
        sequencer.inSync(reference, 'localSafe'),
        follower.inSync(reference, 'localSafe'),
        ...nodes.map((node) => node.originsCanonical()),
      ])

    const newestBlobTransaction = async () => {
      for (let { number } = await l1.head(); number > 0n; number--) {
        const { transactions } = await l1.client.getBlock({ blockNumber: number, includeTransactions: true })
        const found = transactions.find(({ to, type }) => to?.toLowerCase() === inbox && type === 'eip4844')
        if (found !== undefined) return { hash: found.hash, block: await l1.block(number) }
      }
      throw new Error('expected a blob transaction to the inbox on L1, found none')
    }

    await step('batches in blobs become safe', () => reference.advanced('localSafe', 2))

    const hash = await step(
      'an L1 reorg orphans a block with blobs that the reference has read',
      async () => {
        // Nothing is mined while the reference reads, so that the reorg stays above finalized.
        await l1.stopProduction()
        const found = await newestBlobTransaction()
        await l1.mine()
        await reference.derivedFrom(found.block)
        const { orphaned } = await l1.reorg(found.block)
        expect(orphaned[0]).toEqual(found.block)
        l1.startProduction()
        return found.hash
      },
    )

    await step('the safe chain goes on with the blobs of the new fork', async () => {
      const { blockNumber } = await l1.included(hash)
      await reference.derivedFrom(await l1.block(blockNumber))
      await reference.advanced('localSafe', 3)
      await inSync()
    })

    await step('a node that reads L1 anew finds all blobs of the new fork', async () => {
      await reference.restart()
      await reference.derivedFrom(await l1.head())
      const found = { target: 'beacon', method: 'blobs', outcome: 'ok' }
      expect((await reference.metrics()).value('rpc_client_requests_total', found)).toBeGreaterThan(0)
      await inSync()
    })
  },
)
