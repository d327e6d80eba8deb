import { expect, type L1Node, rule, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'
import type { Address } from 'viem'

/** Types of the transactions to the batch inbox in the canonical L1 blocks after `from`, up to `to`. */
async function inboxTypes(l1: L1Node, inbox: Address, from: bigint, to: bigint): Promise<readonly string[]> {
  const types: string[] = []
  for (let blockNumber = from + 1n; blockNumber <= to; blockNumber++) {
    const { transactions } = await l1.client.getBlock({ blockNumber, includeTransactions: true })
    for (const { to: recipient, type } of transactions)
      if (recipient?.toLowerCase() === inbox.toLowerCase()) types.push(type)
  }
  return types
}

/**
 * From Ecotone on batches come in calldata or in blobs, and one chain may hold both (ecotone/derivation.md, "Blob
 * Retrieval"). Blobs come from a beacon, without which the safe chain waits.
 */
scenario(
  'Derivation_BlobAndCalldataBatches',
  {
    claim:
      'Batches in calldata and in blobs make one safe chain, which waits while the beacon is away and goes on when it is back.',
    tags: ['derivation', 'blobs', 'beacon'],
    topology: twoVerifiersFollowing,
  },
  async ({ sequencer, reference, follower, nodes, batcher, l1, point, rollup, step }) => {
    const starts = nodes.map(({ starts }) => starts)
    const inbox = rollup.batchInboxAddress
    /** Waits until everything that is unsafe now is safe everywhere, by batches that came after it was told to the batcher. */
    const allSafe = async () => {
      const { number } = await sequencer.head('unsafe')
      await Promise.all(nodes.map((node) => node.reached('localSafe', number + 1n)))
      return (await reference.status()).currentL1.number
    }

    const calldataUntil = await step('batches in calldata become safe', allSafe)
    const blobsUntil = await step('batches in blobs become safe', async () => {
      batcher.useBlobs()
      return allSafe()
    })

    await step('without its beacon the reference waits, and says so', async () => {
      const before = await reference.metrics()
      const down = rule('down', () => ({ kind: 'error', error: { status: 503, text: 'no' } }))
      const fault = await point('reference→beacon').install(down)
      // Until the batches that were read before are derived, and it asks for more.
      while (fault.hits === 0) await sequencer.advanced('unsafe', 1)
      // What it derived last is published, and the follower has taken it over.
      await sequencer.advanced('unsafe', 2)
      const waiting = await reference.head('localSafe')
      await follower.reached('localSafe', waiting.number)
      await Promise.all([
        reference.notAdvanced('localSafe', { blocks: 6 }),
        follower.notAdvanced('localSafe', { blocks: 6 }),
        sequencer.advanced('unsafe', 6),
      ])
      const after = await reference.metrics()
      const counted = (name: string, labels?: Record<string, string>) =>
        after.value(name, labels) - before.value(name, labels)
      const refused = { target: 'beacon', method: 'blobs', outcome: 'http_503' }
      expect(counted('rpc_client_requests_total', refused)).toBeGreaterThan(1)
      expect(counted('derivation_errors_total')).toBeGreaterThan(1)
      expect(counted('pipeline_resets_total')).toBe(0)
      await fault.remove()
      await reference.reached('localSafe', waiting.number + 6n)
    })

    const mixedUntil = await step('with it, and with calldata again, all go on together', async () => {
      batcher.useCalldata()
      await allSafe()
      await allSafe()
      await Promise.all(
        (['unsafe', 'localSafe'] as const).flatMap((level) => [
          sequencer.inSync(reference, level),
          follower.inSync(reference, level),
        ]),
      )
      return (await reference.status()).currentL1.number
    })

    await step('L1 holds both kinds of transactions, and one kind after the other', async () => {
      expect(new Set(await inboxTypes(l1, inbox, 0n, calldataUntil))).toEqual(new Set(['eip1559']))
      const blobs = await inboxTypes(l1, inbox, calldataUntil, blobsUntil)
      expect(blobs.at(-1)).toBe('eip4844')
      const rest = await inboxTypes(l1, inbox, blobsUntil, mixedUntil)
      expect(rest[0]).toBe('eip4844')
      expect(rest.at(-1)).toBe('eip1559')
      expect(rest.lastIndexOf('eip4844')).toBeLessThan(rest.indexOf('eip1559'))
    })
    expect(nodes.map(({ starts }) => starts)).toEqual(starts)
  },
)
