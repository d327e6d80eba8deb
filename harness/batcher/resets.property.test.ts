import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createVerifier } from '../../node/derivation/pipeline/testing/derive.ts'
import { createMemorySafeHeadStore } from '../../node/safe-heads/memory-store.ts'
import { createSafeHeads } from '../../node/safe-heads/safe-heads.ts'
import { chainHashes, createInboxWorld, inboxTransaction } from './testing/inbox-world.ts'

const built = 24
const channel = fc.record({
  first: fc.integer({ min: 1, max: built }),
  blocks: fc.integer({ min: 1, max: 6 }),
  batchType: fc.constantFrom('singular', 'span'),
  isForeign: fc.boolean(),
})
const forks = ['delta', 'granite', 'holocene', 'jovian'] as const

/** The channels of so many L1 blocks, and the steps after which derivation is reset. */
const inbox = fc.record({
  fork: fc.constantFrom(...forks),
  l1Blocks: fc.array(fc.array(channel, { maxLength: 4 }), { minLength: 3, maxLength: 10 }),
  resets: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }),
  /** Whether the engine can be asked, step by step. */
  answers: fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
})

/** An L1 with these channels, in this order, and then nothing until the windows of all that was built have passed. */
async function worldOf({
  fork,
  l1Blocks,
}: Pick<typeof inbox extends fc.Arbitrary<infer T> ? T : never, 'fork' | 'l1Blocks'>) {
  const parameters = { seqWindowSize: 8n, channelTimeout: 6n, maxSequencerDrift: 600n }
  const [world, foreign] = [createInboxWorld(fork, parameters), createInboxWorld(fork, parameters)]
  for (const { l1, build } of [world, foreign]) {
    l1.mine(3)
    await build(1000n + BigInt(built))
  }
  foreign.sequencer.rewind(3n)
  foreign.l1.mine(10)
  await foreign.build(1000n + BigInt(built))
  world.l1.mine(2)
  for (const channels of l1Blocks) {
    const transactions = await Promise.all(
      channels.map(async ({ first, blocks, batchType, isForeign }) => {
        const { sequencer, channel: encode } = isForeign ? foreign : world
        const last = Math.min(first + blocks - 1, Number(sequencer.head.number))
        return inboxTransaction(await encode(BigInt(Math.min(first, last)), BigInt(last), { batchType }))
      }),
    )
    world.l1.mine(1, { transactions })
  }
  world.l1.mine(14)
  return world
}

it('a reset at any moment changes nothing of the chain, whatever the inbox holds in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(inbox, async (given) => {
      const { config, l1 } = await worldOf(given)
      const fresh = createVerifier(config, l1)
      await fresh.deriveAll()
      const subject = createVerifier(config, l1, null, createSafeHeads(createMemorySafeHeadStore()))
      let asked = 0
      for (const steps of given.resets) {
        for (let step = 0; step < steps; step++) {
          const answers = given.answers[asked++ % given.answers.length]
          subject.l2.failure = answers === true ? null : new Error('the engine is away')
          await subject.step().catch(() => {})
        }
        subject.l2.failure = null
        await subject.reset()
      }
      await subject.deriveAll()
      expect(chainHashes(subject.l2)).toEqual(chainHashes(fresh.l2))
    }),
    { numRuns: 25, endOnFailure: true },
  )
}, 60_000)

it('an engine that cannot be asked while a safe head is repeated takes no batch away', async () => {
  const world = createInboxWorld('jovian', { seqWindowSize: 8n, channelTimeout: 6n, maxSequencerDrift: 600n })
  const { config, l1 } = world
  l1.mine(6)
  await world.build(1012n)
  l1.mine(1, { transactions: [inboxTransaction(await world.channel(1n, 6n))] })
  l1.mine(1, { transactions: [inboxTransaction(await world.channel(7n, 12n))] })
  const subject = createVerifier(config, l1, null, createSafeHeads(createMemorySafeHeadStore()))
  await subject.deriveUntil(4n)
  await subject.reset()
  for (let step = 0; step < 60; step++) {
    subject.l2.failure = step % 2 === 0 ? new Error('the engine is away') : null
    await subject.step().catch(() => {})
  }
  subject.l2.failure = null
  await subject.deriveAll()
  expect(chainHashes(subject.l2)).toEqual(chainHashes(world.sequencer, 12n))
  expect(subject.resets).toEqual(['not-started'])
})
