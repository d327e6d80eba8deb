import { expect, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'
import { encodeFunctionData, type Hash, parseAbi } from 'viem'
import { getL2TransactionHashes } from 'viem/op-stack'

const abi = parseAbi(['function depositTransaction(address, uint256, uint64, bool, bytes) payable'])
/** Nobody's: its balance comes from the deposit alone. */
const recipient = '0x00000000000000000000000000000000000de905'

/**
 * The batcher is silent for longer than the sequencing window: derivation makes blocks of deposits alone, with an epoch
 * for each L1 block (derivation.md, "Batch Queue", from "If no batch can be accept-ed"), and all go on from there.
 */
scenario(
  'Derivation_SequencingWindowExpiry',
  {
    claim:
      'When no batch comes within the sequencing window, all nodes derive the same blocks of deposits alone, and go on from there.',
    tags: ['derivation', 'sequencing-window'],
    topology: twoVerifiersFollowing,
    parameters: { seqWindowSize: 6, genesisAge: 24 },
    stopped: ['l1', 'batcher'],
  },
  async ({ sequencer, reference, nodes, l1, batcher, inbox, accounts, rollup, step }) => {
    const starts = nodes.map(({ starts }) => starts)
    const spend = () => sequencer.el.sendTransaction(accounts.users[2]!, { to: recipient, value: 1n })

    const lost = await step('every node has an unsafe block with a transaction', async () => {
      await sequencer.reached('unsafe', 20)
      const { blockNumber, blockHash } = await sequencer.el.included(await spend())
      const block = { number: blockNumber, hash: blockHash }
      await Promise.all(nodes.map((node) => node.holds(block)))
      return block
    })

    const deposit = await step(
      'the sequencer recovers; L1 goes on without batches, with a deposit',
      async () => {
        await sequencer.setRecoverMode(true)
        await l1.mine({ blocks: 2, everySlot: true })
        const hash = await l1.sendTransaction(accounts.users[1]!, {
          to: rollup.depositContractAddress,
          value: 5n,
          data: encodeFunctionData({ abi, args: [recipient, 5n, 100_000n, false, '0x'] }),
        })
        await l1.mine({ blocks: 8, everySlot: true })
        return l1.included(hash)
      },
    )

    await step('the windows of epochs 0 to 4 end: their blocks are empty, on every node', async () => {
      const derived = await reference.reached('localSafe', 9)
      await Promise.all(nodes.map((node) => node.holds(derived)))
      const blocks = await inbox.blocks(reference, 1, 9)
      expect(blocks.flatMap(({ transactions }) => transactions)).toEqual([])
      expect(blocks.map(({ ref }) => ref.l1Origin.number)).toEqual([0n, 1n, 1n, 2n, 2n, 3n, 3n, 4n, 4n])
      expect(blocks.every(({ ref }) => l1.isCanonical(ref.l1Origin))).toBe(true)

      const [l2Hash] = getL2TransactionHashes(deposit) as [Hash]
      const receipts = await Promise.all(nodes.map(({ el }) => el.included(l2Hash)))
      expect(receipts.map(({ status, blockNumber }) => [status, blockNumber])).toEqual(
        nodes.map(() => ['success', 6n]),
      )
    })

    const waiting = await step(
      'what the sequencer builds to recover is what derivation makes next',
      async () => {
        await Promise.all(nodes.map((node) => node.reorged(lost)))
        expect((await reference.head('localSafe')).number).toBe(9n)
        const recovered = (await sequencer.el.block(13))!
        const hash = await spend()
        await l1.mine({ blocks: 2, everySlot: true })
        await Promise.all(nodes.map((node) => node.reached('localSafe', 13)))
        await Promise.all(nodes.map((node) => node.holds(recovered)))
        return hash
      },
    )

    await step('of batches that come late those count that are not safe by now', async () => {
      const head = await sequencer.advanced('unsafe', 2)
      const blocks = await inbox.blocks(sequencer, 10, Number(head.number))
      // To recover, the sequencer takes nothing from the pool.
      expect(blocks.flatMap(({ transactions }) => transactions)).toEqual([])
      await inbox.send(await inbox.channel(blocks, { batchType: 'singular' }))
      await l1.mine({ everySlot: true })
      await Promise.all(nodes.map((node) => node.reached('localSafe', head.number)))
      await Promise.all(nodes.map((node) => node.holds(head)))
    })

    await step('with batches transactions become safe again', async () => {
      l1.startProduction()
      await batcher.start()
      await sequencer.setRecoverMode(false)
      const { blockNumber } = await sequencer.el.included(waiting)
      await Promise.all(nodes.map((node) => node.reached('localSafe', blockNumber)))
      const receipts = await Promise.all(nodes.map(({ el }) => el.included(waiting)))
      expect(new Set(receipts.map(({ blockHash }) => blockHash)).size).toBe(1)
    })
    expect(nodes.map(({ starts }) => starts)).toEqual(starts)
  },
)
