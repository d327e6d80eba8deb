import { describe, expect, it } from 'vitest'
import { checkReplay } from '../testing/check-replay.ts'
import { knownIncidents } from '../testing/incidents.ts'
import { recordSimulated } from '../testing/record-simulated.ts'

/** `npm run incidents -- --replay` does all; each takes some ten seconds of a processor. */
const names = ['a follower that is stuck after an L1 reorg', 'a source that replays after a restart']

describe('replayRecording', () => {
  it.each(names)(
    '%s fails the same way with the bug, and passes without',
    { timeout: 180_000 },
    async (name) => {
      const incident = knownIncidents[name]!
      const { events } = await recordSimulated({ ...incident, seed: '1' })
      expect(await checkReplay(events, incident.bug)).toBeNull()
    },
  )
})
