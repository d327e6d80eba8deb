import { randomBytes } from 'node:crypto'
import type { Clock } from '../../node/ports/clock.ts'
import type { Logger } from '../../node/ports/logger.ts'
import { createEventStream } from '../events/stream.ts'
import type { FaultContext } from '../faults/fault-stand.ts'
import { createRandomStreams } from '../world/random-streams.ts'

/** The faults of a program that runs without a devstack: what becomes of them is in its log, each hit at level debug. */
export function loggedFaults(clock: Clock, logger: Logger): FaultContext {
  const events = createEventStream(clock)
  events.subscribe((event) => {
    if (event.kind !== 'fault') return
    const { action, id, point, fault, hits } = event
    const facts = { id, point, fault, ...(hits === undefined ? {} : { hits }) }
    if (action === 'hit') logger.debug('fault hit', facts)
    else logger.info(action === 'install' ? 'fault stands' : 'fault removed', facts)
  })
  let installed = 0
  return {
    ...{ clock, events, nextId: () => ++installed },
    random: createRandomStreams(randomBytes(8).toString('hex')),
  }
}
