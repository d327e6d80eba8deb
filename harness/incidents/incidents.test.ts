import { describe, expect, it } from 'vitest'
import type { WorldEvent } from '../events/event.ts'
import { explainEvents } from './explain/explain.ts'
import { explanationText } from './explain/explanation-text.ts'
import { readIncident } from './explain/incident.ts'
import { deedsOfRecording } from './shrink/deeds-of-recording.ts'
import { checkIncident } from './testing/check-incident.ts'
import { environments, knownIncidents } from './testing/incidents.ts'
import { keepRecording } from './testing/kept-recordings.ts'
import { recordSimulated } from './testing/record-simulated.ts'

/** `npm run incidents` makes all of them, under five seeds. Each takes some ten seconds of a processor. */
const names =
  process.env['LOCKSTEP_KEEP_RECORDINGS'] === undefined
    ? ['a sequencer that oscillates', 'an engine that lost its blocks', 'a source on another L1 fork']
    : Object.keys({ ...knownIncidents, ...environments })
const incidents = { ...knownIncidents, ...environments }

describe('explain, of recordings by public endpoints alone', () => {
  it.each(names)('%s', { timeout: 300_000 }, async (name) => {
    const incident = incidents[name]!
    const logs: Extract<WorldEvent, { kind: 'log' }>[] = []
    const recorded = await recordSimulated({ ...incident, seed: '1', onLog: (line) => logs.push(line) })
    keepRecording(incident.class, { events: recorded.events, logs })
    const { wrong, text } = checkIncident(incident, recorded)
    expect(wrong, text).toBeNull()
  })

  it('says of an L1 reorg that everybody follows that it was one, and of nothing else', {
    timeout: 120_000,
  }, async () => {
    const { events } = await recordSimulated({
      seed: '1',
      async happens({ world, seconds }) {
        const { number } = await world.l1.controller.head()
        await world.l1.controller.reorg(number - 4n)
        await seconds(60)
      },
    })
    const explanation = explainEvents(events)
    const text = explanationText(explanation)
    expect([explanation.class?.name, explanation.also, explanation.findings], text).toEqual([
      'l1-reorg',
      [],
      [],
    ])
    expect(text).toMatch(/every node stood on the new chain again after/)
    // Nobody was stopped, whatever went back.
    const incident = readIncident(events)
    const [follower, source] = ['follower', 'reference'].map((name) => incident.nodes.get(name)!)
    const deeds = deedsOfRecording(incident, { follower: follower!, source: source! })
    expect(deeds.map(({ kind }) => kind)).toEqual(['l1-reorg'])
  })

  it('says that nothing was wrong where nothing was', { timeout: 120_000 }, async () => {
    const { events } = await recordSimulated({ seed: '1', happens: ({ seconds }) => seconds(60) })
    const explanation = explainEvents(events)
    expect(explanation.class, explanationText(explanation)).toBeNull()
    expect(explanation.findings).toEqual([])
  })
})
