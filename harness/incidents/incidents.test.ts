import { afterAll, describe, expect, it } from 'vitest'
import type { WorldEvent } from '../events/event.ts'
import { explainEvents } from './explain/explain.ts'
import { explanationText } from './explain/explanation-text.ts'
import { confusionTable } from './testing/confusion-table.ts'
import { environments, knownIncidents } from './testing/incidents.ts'
import { keepRecording } from './testing/kept-recordings.ts'
import { recordSimulated } from './testing/record-simulated.ts'

/** `LOCKSTEP_INCIDENT_SEEDS=1,2,3`: all incidents, under these seeds. Each takes some ten seconds of a processor. */
const wantedSeeds = process.env['LOCKSTEP_INCIDENT_SEEDS']
const seeds = (wantedSeeds ?? '1').split(',')
/** Without that, one of each kind of cause: the sequencer, the engine, L1. The replays begin with two more. */
const always = [
  'a sequencer that oscillates',
  'an engine that lost its blocks',
  'a source on another L1 fork',
]

describe('explain, of recordings by public endpoints alone', () => {
  const said: { readonly is: string; readonly said: string }[] = []
  afterAll(() => {
    if (wantedSeeds !== undefined) process.stdout.write(`\n${confusionTable(said)}\n`)
  })

  for (const [name, incident] of Object.entries({ ...knownIncidents, ...environments }))
    it.skipIf(wantedSeeds === undefined && !always.includes(name)).each(seeds)(
      `${name}, seed %s`,
      { timeout: 180_000 },
      async (seed) => {
        const logs: Extract<WorldEvent, { kind: 'log' }>[] = []
        const events = await recordSimulated({ ...incident, seed, onLog: (line) => logs.push(line) })
        if (seed === '1') keepRecording(incident.class, { events, logs })
        const explanation = explainEvents(events)
        said.push({ is: incident.class, said: explanation.class?.name ?? 'none' })
        expect(explanation.class?.name, explanationText(explanation)).toBe(incident.class)
        expect(explanation.first?.node, explanationText(explanation)).toBe(incident.node)
        // Everybody had followed for forty seconds.
        expect(explanation.first!.t - explanation.from, explanationText(explanation)).toBeGreaterThan(25_000)
      },
    )

  it('says that nothing was wrong where nothing was', { timeout: 120_000 }, async () => {
    const events = await recordSimulated({ seed: '1', happens: (_world, seconds) => seconds(60) })
    const explanation = explainEvents(events)
    expect(explanation.class, explanationText(explanation)).toBeNull()
    expect(explanation.findings).toEqual([])
  })
})
