import { expect, type Fault, faults, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

/** Each answer takes that long; a timer may be early by a little. */
const [answerMs, timerMs] = [1_200, 20]

const slow = {
  claim:
    'A slow or silent source delays only what it decides: blocks are built and gossiped on time, with one request under way at a time.',
  tags: ['follow', 'source', 'faults'],
  topology: twoVerifiersFollowing,
}

/** A follower's and a sequencer's source answers slowly, then not at all: only what it decides has to wait. */
scenario('Source_Slow', slow, async (devstack) => {
  const { sequencer, reference, follower, clock, point, step } = devstack
  const sources = [point('sequencer→reference'), point('follower→reference')] as const
  const install = (fault: Fault) => Promise.all(sources.map((source) => source.install(fault)))
  await follower.reached('localSafe', 3)

  await step('each answer takes 1.2 s: safe goes on, and one request is under way at a time', async () => {
    const slow = await install(faults.slow(answerMs).to('optimism_syncStatus'))
    const asked = slow.map((fault) => {
      const atMs: number[] = []
      fault.onHit(() => atMs.push(clock.nowMs))
      return atMs
    })
    await Promise.all([
      sequencer.advanced('unsafe', 8),
      follower.advanced('unsafe', 8),
      follower.advanced('localSafe', 6),
      sequencer.advanced('localSafe', 6),
    ])
    // On a busy machine one answer may have brought all of that.
    await Promise.all(slow.map((fault) => fault.hit(3)))
    await Promise.all(slow.map((fault) => fault.remove()))
    for (const atMs of asked)
      for (const [at, ms] of atMs.entries())
        if (at > 0) expect(ms - (atMs[at - 1] ?? 0)).toBeGreaterThan(answerMs - timerMs)
  })

  await step('no answer comes: safe stands still, unsafe goes on', async () => {
    const silent = await install(faults.drop().to('optimism_syncStatus'))
    // What was on its way when the fault came may still arrive: each asks once more only after that.
    await Promise.all(silent.map((fault) => fault.hit()))
    await follower.advanced('unsafe', 2)
    await Promise.all([
      follower.notAdvanced('localSafe', { blocks: 5 }),
      sequencer.advanced('unsafe', 5),
      follower.advanced('unsafe', 5),
      reference.advanced('localSafe', 3),
    ])
    for (const fault of silent) await fault.remove()
  })

  await step('it answers again: all catch up', () =>
    Promise.all([
      follower.inSync(reference, 'localSafe'),
      sequencer.inSync(reference, 'localSafe'),
      follower.inSync(sequencer, 'unsafe'),
      follower.currentL1Matches(reference),
    ]),
  )
})
