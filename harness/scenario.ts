import { keepCompiled } from './compile-cache.ts'
import { createScenario } from './dsl/scenario.ts'
import { startLiveWorld } from './world/live/live-world.ts'
import { prepareSimWorld, startSimWorld } from './world/sim/sim-world.ts'

/**
 * Declares a scenario: a test with a world of its own, which is made before the body and is gone after it. All
 * invariants are checked all the time; a violation ends the scenario at once.
 *
 * @example
 * ```ts
 * import { scenario } from 'lockstep'
 * import { twoVerifiersFollowing } from 'lockstep/topologies'
 *
 * scenario(
 *   'FollowerCatchesUp',
 *   {
 *     claim: 'A follower comes to the safe chain of its source.',
 *     tags: ['follow'],
 *     topology: twoVerifiersFollowing,
 *   },
 *   async ({ reference, follower }) => {
 *     await reference.advanced('localSafe', 3)
 *     await follower.inSync(reference, 'localSafe')
 *   },
 * )
 * ```
 */
export const scenario = createScenario({
  live: { start: startLiveWorld },
  sim: {
    start: startSimWorld,
    async prepare(options) {
      await prepareSimWorld(options)
      keepCompiled()
    },
  },
})
