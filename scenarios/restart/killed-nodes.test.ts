import { type ClNode, defineTopology, derive, expect, type Fixtures, scenario, seededRandom } from 'lockstep'
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

const killed = {
  claim:
    'Nodes that are killed again and again lose no safe or finalized block, and answer which safe head came from which L1 block as a node that was never killed.',
  tags: ['restart', 'safe-head-db'],
  topology,
  ownProcess: ['reference', 'follower'],
}

scenario('Restart_Killed', killed, async (devstack) => {
  const { sequencer, reference, follower, step } = devstack
  const random = seededRandom(seed)
  const figures = { kills: 0, whileStarting: 0, headsChecked: 0, safeHeadsCompared: 0 }

  /** SIGKILL, and a new start; every third start is killed as well. */
  const killAndStart = async (victim: ClNode) => {
    const [afterMs, again, startMs] = [random() * workMaxMs, random() < 1 / 3, random() * startMaxMs]
    await victim.kill({ afterMs })
    figures.kills++
    if (again) {
      await Promise.allSettled([victim.start(), victim.kill({ afterMs: startMs })])
      figures.whileStarting += victim.running ? 0 : 1
    }
    if (!victim.running) await victim.start()
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

  await step(`the first blocks become safe (seed ${seed})`, () =>
    Promise.all([reference, follower].map((node) => node.reached('localSafe', 1))),
  )
  while (figures.kills < kills) {
    const choice = random()
    const victims = choice < 0.5 ? [reference] : choice < 0.75 ? [follower] : [reference, follower]
    await step(`kill ${figures.kills + 1}: ${victims.map(({ name }) => name).join(' and ')}`, async () => {
      const before = await Promise.all(victims.map((victim) => victim.status()))
      await Promise.all(victims.map(killAndStart))
      await Promise.all(victims.map((victim, index) => headsAreRight(victim, before[index]!)))
      const { number } = (await sequencer.status()).currentL1
      figures.safeHeadsCompared += await safeHeadsAgree(devstack, number - 1n - comparedBlocks, number - 1n)
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
    const { number } = (await sequencer.status()).currentL1
    figures.safeHeadsCompared += await safeHeadsAgree(devstack, 0n, number - 1n)
  })
  process.stdout.write(`killed nodes: ${JSON.stringify({ seed, ...figures })}\n`)
})

const killedOverL1Reorg = {
  claim:
    'A node that is dead while L1 reorgs derives from what L1 has when it is back, and forgets what it knew of the orphans.',
  tags: ['restart', 'l1-reorg', 'safe-head-db'],
  topology,
  ownProcess: ['reference'],
}

scenario('Restart_KilledOverL1Reorg', killedOverL1Reorg, async (devstack) => {
  const { sequencer, reference, l1, step } = devstack
  await reference.reached('localSafe', 3)

  const lost = await step('L1 replaces blocks while the reference is dead', async () => {
    await reference.kill({ afterMs: 0 })
    await l1.advanced(1)
    const { number } = (await sequencer.status()).localSafeL2
    const { l1Block } = (await sequencer.safeHeadAt((await l1.head()).number))!
    await l1.reorg(l1Block)
    expect(l1.isCanonical(l1Block)).toBe(false)
    return { l1Block, number }
  })

  await step('it derives from what L1 has now, and says so', async () => {
    await reference.start()
    await Promise.all([sequencer, reference].map((node) => node.reached('localSafe', lost.number + 1n)))
    await reference.inSync(sequencer, 'localSafe')
    await reference.originsCanonical()
    const { number } = (await sequencer.status()).currentL1
    expect(number).toBeGreaterThan(lost.l1Block.number)
    await safeHeadsAgree(devstack, 0n, number - 1n)
  })
  await step('L1 finalizes it', async () => {
    const head = await reference.head('localSafe')
    await reference.reached('finalized', head.number)
    await reference.holds(head)
  })
})

/**
 * Where both have derived all of L1, the reference answers what the sequencer answers, with L1 blocks that are canonical.
 * @returns how many answers were compared.
 */
async function safeHeadsAgree(
  { sequencer, reference, l1 }: Fixtures<keyof typeof topology.cls>,
  from: bigint,
  upTo: bigint,
): Promise<number> {
  const derived = await l1.block(upTo)
  await Promise.all([sequencer.derivedFrom(derived), reference.derivedFrom(derived)])
  const first = from < 0n ? 0n : from
  for (let number = first; number <= upTo; number++) {
    const [expected, found] = await Promise.all([sequencer, reference].map((node) => node.safeHeadAt(number)))
    expect(expected).not.toBeNull()
    expect(found).toEqual(expected)
    expect(l1.isCanonical(found!.l1Block)).toBe(true)
  }
  return Number(upTo - first) + 1
}
