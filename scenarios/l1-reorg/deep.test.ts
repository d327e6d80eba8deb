import { expect, scenario } from 'lockstep'
import { withFreshVerifier } from 'lockstep/topologies'
import { encodeFunctionData, type Hash, parseAbi } from 'viem'
import { getL2TransactionHashes } from 'viem/op-stack'

const abi = parseAbi([
  'function depositTransaction(address, uint256, uint64, bool, bytes) payable',
  'function setGasLimit(uint64)',
])
/** Nobody's: its balance comes from the deposit alone. */
const recipient = '0x00000000000000000000000000000000000de905'
const newGasLimit = 31_000_000n

/**
 * L1 replaces everything but what it called finalized: more blocks than a channel may stay open, and so more than a
 * pipeline walks back, with a deposit and a change of the system config among them.
 */
scenario(
  'L1Reorg_Deep',
  {
    claim:
      'When L1 replaces everything above its finalized block, with a deposit and a change of the system config among it, all nodes have the chain that a fresh node derives.',
    tags: ['l1-reorg', 'derivation', 'slow'],
    topology: withFreshVerifier,
    parameters: { l1BlockTime: 1, l1SafeDistance: 4, l1FinalizedDistance: 48, genesisAge: 40 },
    stopped: ['l1', 'sequencer', 'batcher', 'fresh'],
  },
  async ({
    sequencer,
    reference,
    follower,
    fresh,
    l1,
    batcher,
    inbox,
    accounts,
    rollup,
    parameters,
    step,
  }) => {
    const nodes = [sequencer, reference, follower]
    const starts = nodes.map(({ starts }) => starts)

    await step('the first blocks become safe', async () => {
      await sequencer.startSequencer()
      await sequencer.reached('unsafe', 3)
      await sequencer.stopSequencer()
      await inbox.send(await inbox.channel(await inbox.blocks(sequencer, 1, 3)))
      await l1.mine({ blocks: 9, everySlot: true })
      await Promise.all(nodes.map((node) => node.reached('localSafe', 3)))
    })

    const depositHash = await step('a deposit, and a change of the system config', async () => {
      const hash = await l1.sendTransaction(accounts.users[1]!, {
        to: rollup.depositContractAddress,
        value: 5n,
        data: encodeFunctionData({
          abi,
          functionName: 'depositTransaction',
          args: [recipient, 5n, 100_000n, false, '0x'],
        }),
      })
      await l1.sendTransaction(accounts.owner, {
        to: rollup.l1SystemConfigAddress,
        data: encodeFunctionData({ abi, functionName: 'setGasLimit', args: [newGasLimit] }),
      })
      await l1.mine({ blocks: 35, everySlot: true })
      return hash
    })

    /** The L2 block that has the deposit, on each node. */
    const deposited = async () => {
      const [hash] = getL2TransactionHashes(await l1.included(depositHash)) as [Hash]
      return Promise.all(nodes.map(async ({ el }) => (await el.included(hash)).blockNumber))
    }

    const orphaned = await step('all of it becomes safe, and L1 finalizes the first blocks', async () => {
      await sequencer.startSequencer()
      await batcher.start()
      l1.startProduction()
      const [at] = await deposited()
      await Promise.all(nodes.map((node) => node.reached('localSafe', at! + 10n)))
      await Promise.all(nodes.map((node) => node.reached('finalized', 3)))
      return reference.head('localSafe')
    })

    const depth = await step('reorg L1 right above its finalized block', async () => {
      const finalized = await l1.block('finalized')
      const { orphaned } = await l1.reorg(finalized.number + 1n)
      return orphaned.length
    })
    expect(depth).toBeGreaterThan(50)

    await step('every node has another chain, with the deposit and the change in its new place', async () => {
      await Promise.all(nodes.map((node) => node.reorged(orphaned)))
      const [at] = await deposited()
      await Promise.all(nodes.map((node) => node.reached('localSafe', at!)))
      await Promise.all(nodes.map((node) => node.inSync(reference, 'unsafe')))
      await Promise.all(nodes.map((node) => node.originsCanonical()))
      for (const { el } of nodes) {
        const gasLimits = [await el.block(at! - 1n), await el.block(at!)].map((block) => block?.gasLimit)
        expect(gasLimits).toEqual([BigInt(parameters.gasLimit), newGasLimit])
      }
    })

    await step('it is the chain that a fresh node derives', async () => {
      const safe = await reference.head('localSafe')
      await fresh.el.start()
      await fresh.start()
      await fresh.reached('localSafe', safe.number)
      await Promise.all([fresh, ...nodes].map((node) => node.holds(safe)))
    })
    expect(nodes.map(({ starts }) => starts)).toEqual(starts)
  },
)
