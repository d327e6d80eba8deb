import type { Clock } from '../../../node/ports/clock.ts'
import type { Fact } from '../../events/event.ts'
import { createRandomStreams } from '../../world/random-streams.ts'
import type { FaultContext } from '../fault-stand.ts'

/** The context of fault points in a test; what they record comes into `facts`. */
export function testFaultContext(clock: Clock, facts: Fact[] = [], seed = 'test'): FaultContext {
  let id = 0
  return {
    clock,
    events: { record: (fact) => void facts.push(fact), subscribe: () => () => {}, end: () => {} },
    random: createRandomStreams(seed),
    nextId: () => ++id,
  }
}
