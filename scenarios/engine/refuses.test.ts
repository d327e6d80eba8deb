import { expect, faults, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

/** What an engine may answer in place of doing what it is told, to each update and payload (Engine API, paris.md). */
const cases = [
  {
    name: 'Engine_RefusesForkchoice',
    claim:
      'A follower whose engine answers −38002 to every forkchoice update publishes no head that it does not have, and goes on when it is taken again.',
    fault: faults.error(-38_002),
  },
  {
    name: 'Engine_FindsBlocksInvalid',
    claim:
      'A follower whose engine finds every block INVALID adopts none of them, and takes the same blocks when they are valid again.',
    fault: faults.answers('INVALID'),
  },
] as const

for (const { name, claim, fault } of cases)
  scenario(
    name,
    { claim, tags: ['engine', 'follow', 'faults'], topology: twoVerifiersFollowing },
    async ({ sequencer, reference, follower, point, step }) => {
      await follower.reached('localSafe', 3)
      const { starts } = follower
      const refusing = await step('the engine refuses what it is told: no head moves', async () => {
        const installed = await point('follower→follower-el(engine)').install(fault)
        await installed.hit(2)
        await Promise.all([
          follower.notAdvanced('unsafe', { blocks: 4 }),
          follower.notAdvanced('localSafe', { blocks: 4 }),
          reference.advanced('localSafe', 3),
        ])
        return installed
      })
      await step('it takes them again: the follower has what the others have', async () => {
        const safe = await reference.head('localSafe')
        await refusing.remove()
        await follower.reached('localSafe', safe.number)
        await follower.holds(safe)
        await Promise.all([
          follower.inSync(reference, 'localSafe'),
          follower.inSync(sequencer, 'unsafe', { by: 'gossip' }),
        ])
      })
      expect(follower.starts).toBe(starts)
    },
  )
