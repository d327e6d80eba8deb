import { expect, scenario } from 'lockstep'
import { twoVerifiersFollowing as topology } from 'lockstep/topologies'

/** A new follower at the tip of a running chain. */
const joining = { topology, stopped: ['follower'] as const }

scenario(
  'TipMode_BasicSync',
  {
    claim:
      'A follower that starts from nothing reaches the unsafe and local-safe heads of a chain that runs already.',
    tags: ['follow', 'sync', 'upstream'],
    ...joining,
  },
  async ({ sequencer, reference, follower }) => {
    await reference.reached('localSafe', 6)
    const [safe, unsafe] = [await reference.head('localSafe'), await reference.head('unsafe')]
    await follower.el.start()
    await follower.start()
    await Promise.all([follower.holds(safe), follower.holds(unsafe)])
    await Promise.all([follower.inSync(reference, 'localSafe'), follower.inSync(sequencer, 'unsafe')])
  },
)

scenario(
  'TipMode_FinalizedSync',
  {
    claim:
      'A follower that starts from nothing reaches the finalized head of its source, and never one beyond it.',
    tags: ['follow', 'sync', 'finality', 'upstream'],
    ...joining,
  },
  async ({ reference, follower }) => {
    await reference.reached('finalized', 2)
    const finalized = await reference.head('finalized')
    await follower.el.start()
    await follower.start()
    await follower.reached('finalized', finalized.number)
    await follower.holds(finalized)
    await follower.inSync(reference, 'finalized')
  },
)

scenario(
  'TipMode_UnsafeViaP2P',
  {
    claim:
      'While no batch reaches L1 a follower has the unsafe chain by gossip alone, and its safe head stays where that of its source is.',
    tags: ['follow', 'gossip', 'sync', 'upstream'],
    topology,
  },
  async ({ sequencer, reference, follower, batcher, step }) => {
    await follower.reached('localSafe', 3)
    await batcher.stop()
    await step('unsafe goes on', async () => {
      await follower.advanced('unsafe', 8)
      await follower.inSync(sequencer, 'unsafe', { by: 'gossip' })
      const [unsafe, safe] = [await follower.head('unsafe'), await follower.head('localSafe')]
      expect(unsafe.number).toBeGreaterThan(safe.number)
      await reference.holds(safe)
    })
    await step('batches come, and what was unsafe is safe', async () => {
      const unsafe = await follower.head('unsafe')
      await batcher.start()
      await follower.reached('localSafe', unsafe.number)
      await follower.holds(unsafe)
    })
  },
)

scenario(
  'TipMode_ContinuousSync',
  {
    claim:
      'A follower stays at the tip of its source at every level, round after round, and replaces no block.',
    tags: ['follow', 'sync', 'upstream'],
    topology,
  },
  async ({ reference, follower, step }) => {
    await follower.reached('localSafe', 3)
    const seen = [await follower.head('localSafe')]
    for (const round of [1, 2, 3])
      await step(`round ${round}`, async () => {
        await reference.advanced('localSafe', 3)
        for (const level of ['unsafe', 'localSafe', 'finalized'] as const)
          await follower.inSync(reference, level)
        await follower.currentL1Matches(reference)
        seen.push(await follower.head('localSafe'))
      })
    for (const block of seen) await Promise.all([follower.holds(block), reference.holds(block)])
    expect(seen.at(-1)?.number).toBeGreaterThanOrEqual((seen[0]?.number ?? 0n) + 9n)
  },
)
