import { type ClNode, defineTopology, derive, expect, scenario, seededRandom } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

/** How many times a node is killed: a few always, more when somebody asks. */
const kills = Number(process.env['LOCKSTEP_KILLS'] ?? 4)
const seed = Number(process.env['LOCKSTEP_KILLS_SEED'] ?? 1)
/** The longest time from the last check to a kill, and from a start to a kill that ends it. */
const workMaxMs = 1_500
const startMaxMs = 1_500
/** L1 blocks whose safe head is compared after each kill; all of them at the end. */
const comparedBlocks = 20n

/** Everybody is killed but the sequencer, which derives too: it knows what they must find. */
const topology = defineTopology({
  ...twoVerifiersFollowing,
  name: 'verifiersKilled',
  cls: {
    ...twoVerifiersFollowing.cls,
    sequencer: { ...twoVerifiersFollowing.cls.sequencer, mode: derive, safeDb: true },
    reference: { ...twoVerifiersFollowing.cls.reference, safeDb: true },
  },
})

scenario('Restart_Killed', { topology }, async ({ sequencer, reference, follower, l1, step }) => {
  const random = seededRandom(seed)
  const figures = { kills: 0, whileStarting: 0, headsChecked: 0, safeHeadsCompared: 0 }

  /** SIGKILL, and a new start; every third start is killed as well. */
  const killAndStart = async (victim: ClNode) => {
    const [afterMs, again, startMs] = [random() * workMaxMs, random() < 1 / 3, random() * startMaxMs]
    await victim.kill({ afterMs })
    figures.kills++
    if (again) {
      await Promise.allSettled([victim.start(), victim.kill({ afterMs: startMs })])
      figures.whileStarting += victim.pid === null ? 1 : 0
    }
    if (victim.pid === null) await victim.start()
  }

  /** Its heads are on the chain of the sequencer, and none of them is lost. */
  const headsAreRight = async (victim: ClNode, before: Awaited<ReturnType<ClNode['status']>>) => {
    await victim.reached('unsafe', before.unsafeL2.number)
    const { unsafeL2, localSafeL2, finalizedL2 } = await victim.status()
    expect(finalizedL2.number).toBeGreaterThanOrEqual(before.finalizedL2.number)
    const heads = [unsafeL2, localSafeL2, finalizedL2, before.localSafeL2, before.finalizedL2]
    await Promise.all(heads.map((head) => sequencer.holds(head)))
    await Promise.all([before.localSafeL2, before.finalizedL2].map((head) => victim.holds(head)))
    figures.headsChecked += heads.length
  }

  /** Where both have derived all of L1, both answer the same. */
  const safeHeadsAgree = async (from: bigint, upTo: bigint) => {
    const derived = await l1.block(upTo)
    await Promise.all([sequencer.derivedFrom(derived), reference.derivedFrom(derived)])
    for (let number = from < 0n ? 0n : from; number <= upTo; number++) {
      const [expected, found] = await Promise.all(
        [sequencer, reference].map((node) => node.safeHeadAt(number)),
      )
      expect(expected).not.toBeNull()
      expect(found).toEqual(expected)
      figures.safeHeadsCompared++
    }
  }

  await Promise.all([reference, follower].map((node) => node.reached('localSafe', 1)))
  while (figures.kills < kills) {
    const choice = random()
    const victims = choice < 0.5 ? [reference] : choice < 0.75 ? [follower] : [reference, follower]
    await step(`kill ${figures.kills + 1}: ${victims.map(({ name }) => name).join(' and ')}`, async () => {
      const before = await Promise.all(victims.map((victim) => victim.status()))
      await Promise.all(victims.map(killAndStart))
      await Promise.all(victims.map((victim, index) => headsAreRight(victim, before[index]!)))
      const { number } = (await sequencer.status()).currentL1
      await safeHeadsAgree(number - 1n - comparedBlocks, number - 1n)
    })
  }

  await step('all converge, and all that was derived is known', async () => {
    const nodes = [reference, follower]
    await Promise.all(nodes.map((node) => node.network.joined()))
    await Promise.all(nodes.map((node) => node.advanced('finalized', 3)))
    await Promise.all(
      (['unsafe', 'localSafe', 'finalized'] as const).flatMap((level) =>
        nodes.map((node) => node.inSync(sequencer, level)),
      ),
    )
    await safeHeadsAgree(0n, (await sequencer.status()).currentL1.number - 1n)
  })
  process.stdout.write(`killed nodes: ${JSON.stringify({ seed, ...figures })}\n`)
})
