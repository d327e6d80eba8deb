import { describe, expect, it } from 'vitest'
import { checkShrink } from '../testing/check-shrink.ts'
import { knownIncidents } from '../testing/incidents.ts'
import { recordSimulated } from '../testing/record-simulated.ts'
import { shrinkRecording } from './shrink-recording.ts'

/** `npm run incidents -- --shrink` does all; each takes a minute of a processor. */
const name = 'a follower that is stuck after an L1 reorg'
const incident = knownIncidents[name]!

describe('shrinkRecording', () => {
  it(`${name}: at most five deeds show the same, our node passes them, and the scenario runs as printed`, {
    timeout: 900_000,
  }, async () => {
    const { events } = await recordSimulated({ ...incident, seed: '1' })
    expect(await checkShrink(name, incident, events)).toBeNull()
  })

  it('keeps all that happened when our node does not show it, and says what it shows', {
    timeout: 180_000,
  }, async () => {
    const { events } = await recordSimulated({ ...incident, seed: '1' })
    const { case: one, deeds, whole, wanted } = await shrinkRecording(events, { name: 'x' })
    expect(wanted?.reason).toBe('explained as l1-reorg-missed')
    // It follows the reorg, which is all that is left to tell.
    expect(whole?.reason).toBe('explained as l1-reorg')
    expect(one.deeds).toHaveLength(deeds)
    expect(one.deeds.map(({ kind }) => kind)).toContain('l1-reorg')
  })
})
