import { afterAll, describe, expect, it } from 'vitest'
import type { WorldEvent } from '../events/event.ts'
import { explainEvents } from './explain/explain.ts'
import { explanationText } from './explain/explanation-text.ts'
import { confusionTable } from './testing/confusion-table.ts'
import { environments, type KnownIncident, knownIncidents } from './testing/incidents.ts'
import { keepRecording } from './testing/kept-recordings.ts'
import { type RecordedIncident, recordSimulated } from './testing/record-simulated.ts'

/** `npm run incidents`: all incidents under five seeds. Each takes some ten seconds of a processor. */
const wantedSeeds = process.env['LOCKSTEP_INCIDENT_SEEDS']
const seeds = (wantedSeeds ?? '1').split(',')
/** Without that, one of each kind of cause: the sequencer, the engine, L1. The replays begin with two more. */
const always = [
  'a sequencer that oscillates',
  'an engine that lost its blocks',
  'a source on another L1 fork',
]
/** How much later than what happens its first sign may be, in L1 blocks. */
const blocksAfter = 6

describe('explain, of recordings by public endpoints alone', () => {
  const said: { readonly is: string; readonly said: string }[] = []
  afterAll(() => {
    if (wantedSeeds !== undefined) process.stdout.write(`\n${confusionTable(said)}\n`)
  })

  for (const [name, incident] of Object.entries({ ...knownIncidents, ...environments }))
    it.skipIf(wantedSeeds === undefined && !always.includes(name)).each(seeds)(
      `${name}, seed %s`,
      { timeout: 300_000 },
      async (seed) => {
        const logs: Extract<WorldEvent, { kind: 'log' }>[] = []
        const recorded = await recordSimulated({ ...incident, seed, onLog: (line) => logs.push(line) })
        if (seed === '1') keepRecording(incident.class, { events: recorded.events, logs })
        const span = expectedSpan(incident, recorded)
        const named = explainEvents(recorded.events)
        said.push({ is: nameOf(incident.class, incident.also), said: saidBy(named) })
        // Without being told, and when somebody says that his follower is in trouble.
        for (const explanation of [named, explainEvents(recorded.events, { node: 'follower' })]) {
          const text = `${explanationText(explanation)}\nexpected ${JSON.stringify(span)}`
          expect(saidBy(explanation), text).toBe(nameOf(incident.class, incident.also))
          expect(explanation.first?.node, text).toBe(incident.node)
          expect(explanation.first!.t, text).toBeGreaterThanOrEqual(span.from)
          expect(explanation.first!.t, text).toBeLessThanOrEqual(span.to)
        }
      },
    )

  it('says that nothing was wrong where nothing was', { timeout: 120_000 }, async () => {
    const { events } = await recordSimulated({ seed: '1', happens: ({ seconds }) => seconds(60) })
    const explanation = explainEvents(events)
    expect(explanation.class, explanationText(explanation)).toBeNull()
    expect(explanation.findings).toEqual([])
  })
})

const nameOf = (name: string, also: readonly string[] = []) => [name, ...also].join(' + ')
const saidBy = ({ class: likely, also }: ReturnType<typeof explainEvents>) =>
  nameOf(
    likely?.name ?? 'none',
    also.map(({ name }) => name),
  )

/** Between which times the first event has to be; Unix time in milliseconds. */
function expectedSpan(
  { begins, blocksBefore = 2 }: KnownIncident,
  { events, happenedMs }: RecordedIncident,
): { readonly from: number; readonly to: number } {
  const run = events.find((event) => event.kind === 'run')
  const blockMs = Number(run?.parameters['l1BlockTime']) * 1000
  const reached = events.find(
    (event) =>
      event.kind === 'head' &&
      event.node === 'reference' &&
      event.level === begins?.level &&
      event.block.number >= begins.number,
  )
  const t = begins === undefined ? happenedMs : (reached?.t ?? Number.NaN)
  return { from: t - blocksBefore * blockMs, to: t + blocksAfter * blockMs }
}
