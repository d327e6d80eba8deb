import { expect, faults, scenario } from 'lockstep'
import { twoVerifiersFollowing as topology } from 'lockstep/topologies'

/** Upstream's longest gap, in L2 blocks. */
const gapMax = 2
const stalledBlocks = 12

const options = {
  claim:
    'A sequencer whose follow source stalls goes on building, never two blocks late, asks it one question at a time, and follows again afterwards.',
  tags: ['sequencer', 'follow', 'faults', 'upstream'],
  topology,
}

/** TestLightSequencerKeepsSequencingWhenFollowSourceStalls. */
scenario(
  'Sequencer_SourceStalls',
  options,
  async ({ sequencer, reference, clock, point, parameters, step }) => {
    await sequencer.reached('localSafe', 3)
    const safe = await sequencer.head('localSafe')
    // What it is late by from its start is not the source's doing.
    await sequencer.caughtUp()
    await step('it builds while its source answers nothing', async () => {
      await using stalled = await point('sequencer→reference').install(faults.hang())
      await stalled.hit()
      const asked = stalled.hits
      const told = await sequencer.head('localSafe')
      for (let block = 0; block < stalledBlocks; block++) {
        await clock.passed({ blocks: 1 })
        const late = clock.now - (await sequencer.head('unsafe')).timestamp
        expect(late, 'seconds since its newest block').toBeLessThanOrEqual(
          (gapMax + 1) * parameters.l2BlockTime,
        )
      }
      // A question is given up by its deadline, and none is asked beside it: at its usual pace it would ask four a block.
      expect(stalled.hits - asked, 'questions meanwhile').toBeLessThanOrEqual(stalledBlocks)
      expect((await sequencer.head('localSafe')).hash, 'told of nothing, it moves nothing').toBe(told.hash)
    })
    await step('it follows again', async () => {
      await reference.advanced('localSafe', 3)
      await Promise.all([sequencer.inSync(reference, 'localSafe'), sequencer.inSync(reference, 'unsafe')])
      await sequencer.holds(safe)
    })
  },
)
