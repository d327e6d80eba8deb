import { expect, type Fault, onRequest, rule, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

const slow = {
  claim:
    'A slow or silent source delays only what it decides: blocks are built and gossiped on time, with one request under way at a time.',
  tags: ['follow', 'source', 'faults'],
  topology: twoVerifiersFollowing,
}

/** A follower's and a sequencer's source answers slowly, then not at all: only what it decides has to wait. */
scenario('Source_Slow', slow, async (devstack) => {
  const { sequencer, reference, follower, point, step } = devstack
  const sources = [point('sequencer→reference'), point('follower→reference')]
  await follower.reached('localSafe', 3)

  await step('each answer takes 1.2 s: safe goes on, and one request is under way at a time', async () => {
    const slow = await Promise.all(
      sources.map(async (source) => {
        const counted = slowly(1_200)
        return { ...counted, installed: await source.install(rule('slow', counted.fault)) }
      }),
    )
    await Promise.all([
      sequencer.advanced('unsafe', 8),
      follower.advanced('unsafe', 8),
      follower.advanced('localSafe', 6),
      sequencer.advanced('localSafe', 6),
    ])
    // On a busy machine one answer may have brought all of that.
    while (slow.some(({ installed }) => installed.hits < 2)) await sequencer.advanced('unsafe', 1)
    for (const { installed, inFlightMax } of slow) {
      expect(inFlightMax()).toBe(1)
      await installed.remove()
    }
  })

  await step('no answer comes: safe stands still, unsafe goes on', async () => {
    const silence = rule('silent', onRequest('optimism_syncStatus', { kind: 'drop' }))
    const silent = await Promise.all(sources.map((source) => source.install(silence)))
    // What was on its way when the fault came may still arrive: each asks once more only after that.
    while (silent.some(({ hits }) => hits === 0)) await follower.advanced('unsafe', 1)
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

/** Delays each status, and counts how many requests for it are under way at once. */
function slowly(ms: number): { readonly fault: Fault; inFlightMax(): number } {
  let [inFlight, most] = [0, 0]
  return {
    fault({ phase, rpcMethods }) {
      if (!rpcMethods.includes('optimism_syncStatus')) return { kind: 'pass' }
      // The answer to what was asked before the fault came is nobody's.
      inFlight = Math.max(0, inFlight + (phase === 'request' ? 1 : -1))
      most = Math.max(most, inFlight)
      return phase === 'request' ? { kind: 'delay', ms } : { kind: 'pass' }
    },
    inFlightMax: () => most,
  }
}
