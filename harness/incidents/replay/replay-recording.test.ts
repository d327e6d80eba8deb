import { describe, expect, it } from 'vitest'
import { knownIncidents } from '../testing/incidents.ts'
import { recordSimulated } from '../testing/record-simulated.ts'
import { nodeFactory } from './node-under-test.ts'
import { replayRecording } from './replay-recording.ts'
import { replayText } from './replay-text.ts'

/** All of them with `LOCKSTEP_INCIDENT_SEEDS`; each takes some ten seconds of a processor. */
const always = ['a follower that is stuck after an L1 reorg', 'a source that replays after a restart']
const names = process.env['LOCKSTEP_INCIDENT_SEEDS'] === undefined ? always : Object.keys(knownIncidents)

describe('replayRecording', () => {
  it.each(names)(
    '%s fails the same way with the bug, and passes without',
    { timeout: 180_000 },
    async (name) => {
      const incident = knownIncidents[name]!
      const { bug } = incident
      const { events } = await recordSimulated({ ...incident, seed: '1' })
      const again = await replayRecording(events, { create: nodeFactory(bug) })
      const text = replayText(again, 'with the bug')
      expect(again.node, text).toBe('follower')
      expect(again.verdict.outcome, text).toBe('fails-the-same-way')
      const ours = await replayRecording(events, { create: nodeFactory(null) })
      expect(ours.verdict.outcome, replayText(ours, 'ours')).toBe('passes')
      expect(ours.comparison.divergence, replayText(ours, 'ours')).not.toBeNull()
    },
  )
})
