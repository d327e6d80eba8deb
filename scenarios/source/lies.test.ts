import { type Fault, faults, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

/** What a source may lie about, and the one reason for which a follower must not believe it (follow mode, steps 3 to 5). */
const lies = [
  {
    name: 'Source_LiesAboutFinalized',
    claim:
      'A status whose finalized block is above its local-safe one moves nothing, and is refused for its structure.',
    lie: faults.lies.finalizedAboveSafe(),
    reason: 'dropped_structure',
  },
  {
    name: 'Source_LiesAboutCurrentL1',
    claim:
      'A status whose current L1 block is on no chain moves nothing, and is refused because own L1 contradicts it.',
    lie: faults.lies.currentL1(),
    reason: 'dropped_not_canonical',
  },
] as const satisfies readonly { name: string; claim: string; lie: Fault; reason: string }[]

for (const { name, claim, lie, reason } of lies)
  scenario(
    name,
    { claim, tags: ['source', 'follow', 'faults'], topology: twoVerifiersFollowing },
    async ({ sequencer, reference, follower, point, step }) => {
      await follower.reached('localSafe', 3)
      const fault = await step('the source lies: the follower says why it does not believe it', () =>
        follower.tells(reason, () => point('follower→reference').install(lie)),
      )
      await step('it keeps what it has, while the source goes on', () =>
        Promise.all([
          follower.notAdvanced('localSafe', { blocks: 4 }),
          follower.advanced('unsafe', 3),
          reference.advanced('localSafe', 3),
        ]),
      )
      await step('it follows again when the source tells the truth', async () => {
        await fault.remove()
        await Promise.all([
          follower.inSync(reference, 'localSafe'),
          follower.inSync(sequencer, 'unsafe', { by: 'gossip' }),
          follower.currentL1Matches(reference),
        ])
      })
    },
  )
