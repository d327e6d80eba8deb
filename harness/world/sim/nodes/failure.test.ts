import { describe, expect, it } from 'vitest'
import type { WorldEvent } from '../../../events/event.ts'
import { faults } from '../../../faults/vocabulary.ts'
import { simulated } from '../testing/simulated.ts'
import { followed as topology } from '../testing/small-topologies.ts'

type Cl = keyof typeof topology.cls
type El = keyof typeof topology.els

/** Which component ended by itself, and why. The world ends with it, and says no more than that. */
async function ended(
  options: Parameters<typeof simulated<Cl, El>>[0],
  body: Parameters<typeof simulated<Cl, El>>[1],
): Promise<readonly (readonly [string, string | undefined])[]> {
  let events: readonly WorldEvent[] = []
  const run = simulated<Cl, El>(options, (given) => {
    ;({ events } = given)
    return body(given)
  })
  await expect(run).rejects.toThrow()
  return events.flatMap((event) =>
    event.kind === 'component' && event.action === 'exit' && event.reason !== 'it was stopped'
      ? [[event.component, event.reason] as const]
      : [],
  )
}

describe('a node that cannot go on', () => {
  it('stops with one sentence when its source is of another chain', async () => {
    const exits = await ended({ topology, stopped: ['follower'] }, async ({ follower, point }) => {
      await point('follower→source').install(faults.anotherChain(10))
      await follower.el.start()
      await follower.start()
      await follower.reached('localSafe', 1)
    })
    const why = /^the follow source serves another chain \(L2 chain id: expected 901, found 10;/
    expect(exits).toEqual([['follower', expect.stringMatching(why)]])
  })

  it('names the actor that ended it', async () => {
    const exits = await ended({ topology }, async ({ source, l1 }) => {
      await source.reachedL1('finalized', 2)
      await l1.reorg(1n)
      await source.advanced('localSafe', 10)
    })
    const why = /^engine: the finalized L2 block .* was reorged/
    expect(exits).toEqual([['source', expect.stringMatching(why)]])
  })
})
