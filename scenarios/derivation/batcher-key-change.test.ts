import { expect, scenario } from 'lockstep'
import { withFreshVerifier } from 'lockstep/topologies'
import { encodeFunctionData, parseAbi } from 'viem'

const abi = parseAbi(['function setBatcherHash(address batcher)'])

/**
 * Batches are authenticated by the system config "matching the L1 block of the data" (derivation.md, "L1 Retrieval"):
 * a change counts for every transaction of its own L1 block, whatever their order.
 */
scenario(
  'Derivation_BatcherKeyChange',
  {
    claim:
      'A change of the batcher key counts for every batch from its own L1 block on: the old key is derived no more, the new one at once, and a fresh node finds the same chain.',
    tags: ['derivation', 'system-config'],
    topology: withFreshVerifier,
    stopped: ['l1', 'batcher', 'fresh'],
  },
  async ({ sequencer, reference, follower, fresh, l1, batcher, inbox, accounts, rollup, step }) => {
    const [oldKey, newKey] = [accounts.batcher, accounts.users[4]!]
    const nodes = [sequencer, reference, follower]
    const safeHead = async () => (await reference.head('localSafe')).number
    await sequencer.reached('unsafe', 4)

    await step('the first key counts', async () => {
      await inbox.send(await inbox.channel(await inbox.blocks(sequencer, 1, 2)), oldKey)
      await l1.mine()
      await reference.reached('localSafe', 2)
    })

    await step('in the L1 block of the change the old key counts no more, and the new key does', async () => {
      await inbox.send(await inbox.channel(await inbox.blocks(sequencer, 3, 4)), oldKey)
      await l1.sendTransaction(accounts.owner, {
        to: rollup.l1SystemConfigAddress,
        data: encodeFunctionData({ abi, functionName: 'setBatcherHash', args: [newKey.address] }),
      })
      await inbox.send(await inbox.channel(await inbox.blocks(sequencer, 3, 3)), newKey)
      const [change] = await l1.mine({ blocks: 2 })
      expect(await inbox.senders(change!)).toEqual(expect.arrayContaining([oldKey.address, newKey.address]))
      await reference.derivedFrom(change!)
      expect(await safeHead()).toBe(3n)
    })

    await step('the old batcher goes on sending, and nobody derives it', async () => {
      await batcher.start()
      for (let times = 0; times < 3; times++) {
        await batcher.pendingTransaction()
        const [block] = await l1.mine({ blocks: 3 })
        expect(await inbox.senders(block!)).toContain(oldKey.address)
        await reference.derivedFrom(block!)
        expect(await safeHead()).toBe(3n)
      }
    })

    const head = await step('a batcher with the new key makes the blocks of the sequencer safe', async () => {
      const head = await sequencer.head('unsafe')
      await batcher.stop()
      // Whatever the old one has in the pool.
      await l1.mine()
      await batcher.useAccount(newKey)
      await batcher.start()
      await batcher.pendingTransaction()
      await l1.mine()
      await Promise.all(nodes.map((node) => node.reached('localSafe', head.number)))
      await Promise.all(nodes.map((node) => node.holds(head)))
      return head
    })

    await step('a node that starts with nothing derives them too', async () => {
      await fresh.el.start()
      await fresh.start()
      await fresh.reached('localSafe', head.number)
      await fresh.holds(head)
    })
  },
)
