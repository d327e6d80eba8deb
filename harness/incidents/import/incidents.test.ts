import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WorldEvent } from '../../events/event.ts'
import { explainEvents } from '../explain/explain.ts'
import { explanationText } from '../explain/explanation-text.ts'
import type { BlockHeader } from '../record/block-header.ts'
import { type ClientLog, gethLog, konaNodeLog, lockstepNodeLog, opNodeLog } from '../testing/client-logs.ts'
import { type KeptIncident, keptIncidents, keptRecording } from '../testing/kept-recordings.ts'
import { importMaterial } from './import.ts'
import { readLog } from './read-log.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-import-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** The follower of these was a fake that logs nothing: its lines are made of what it published. */
const fakeFollower: readonly KeptIncident[] = [
  ...(['l1-reorg-missed', 'source-replays', 'sequencer-oscillates', 'gas-limit-or-fork-differs'] as const),
  'signer-rotated',
]
/** Our nodes log their heads every ten seconds: a head that goes back and comes again in between is in no line. */
const unseen = (client: string, incident: KeptIncident) =>
  client === 'our nodes' && incident === 'sequencer-oscillates'
const cls = ['sequencer', 'reference', 'follower']
const els = cls.map((name) => `${name}-el`)

/** Every kind of log for every consensus node; engines log as geth does. */
const clients: Readonly<Record<string, (incident: KeptIncident) => (node: string) => readonly string[]>> = {
  'op-node, logfmt': made((node) => opNodeLog({ derives: node === 'reference', json: false })),
  'op-node, JSON': made((node) => opNodeLog({ derives: node === 'reference', json: true })),
  'kona-node, text': made(() => konaNodeLog({ json: false })),
  'kona-node, JSON': made(() => konaNodeLog({ json: true })),
  'our nodes': (incident) => (node) => {
    const { events, logs } = keptRecording(incident)
    if (node === 'follower' && fakeFollower.includes(incident)) return lockstepNodeLog(events, node)
    return logs
      .filter(({ component }) => component === node)
      .map(
        ({ t, level, message }) =>
          `${new Date(t).toISOString().slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${message}`,
      )
  },
}

function made(log: (node: string) => ClientLog) {
  return (incident: KeptIncident) => (node: string) => log(node)(keptRecording(incident).events, node)
}

/** The eight that everybody knows; and what happens to nodes that have no bug. */
const eight = keptIncidents.slice(0, 8)

describe('import, of the logs of the recorded incidents alone', () => {
  /** By the kind of log, the incidents whose first violation the logs tell too. */
  const told = new Map(Object.keys(clients).map((client) => [client, new Set<KeptIncident>()]))

  describe.each(Object.keys(clients))('%s', (client) => {
    it.each(keptIncidents.filter((name) => name !== 'source-on-another-l1-fork'))(
      '%s: the same first violation as the recording',
      async (incident) => {
        const linesOf = clients[client]!(incident)
        const { imported, recorded } = await explained(incident, linesOf, [])
        if (JSON.stringify(firstOf(imported)) === JSON.stringify(firstOf(recorded)))
          told.get(client)!.add(incident)
        expect(firstOf(imported), explanationText(imported)).toEqual(
          unseen(client, incident) ? null : firstOf(recorded),
        )
      },
    )

    it.each<KeptIncident>(['l1-reorg-missed', 'source-on-another-l1-fork'])(
      '%s: with L1 of afterwards the class is the same too',
      async (incident) => {
        const { imported, recorded } = await explained(incident, clients[client]!(incident), l1Of(incident))
        expect(imported.class?.name, explanationText(imported)).toBe(recorded.class?.name)
      },
    )
  })

  it('tells the same first violation of at least six of the eight, whosever logs they are', () => {
    const counts = Object.fromEntries(
      told.entries().map(([client, incidents]) => [client, eight.filter((one) => incidents.has(one)).length]),
    )
    expect(counts).toEqual({
      ...{ 'op-node, logfmt': 8, 'op-node, JSON': 8, 'kona-node, text': 8, 'kona-node, JSON': 8 },
      'our nodes': 7,
    })
  })
})

async function explained(
  incident: KeptIncident,
  linesOf: (node: string) => readonly string[],
  l1: readonly BlockHeader[],
) {
  const { events } = keptRecording(incident)
  const run = events[0]
  if (run?.kind !== 'run') throw new Error('expected a recording with its header')
  const files = [
    ...cls.map((node) => ({ node, lines: linesOf(node) })),
    ...els.map((node) => ({ node, lines: gethLog(events, node) })),
  ]
  const logs = await Promise.all(
    files.map(async ({ node, lines }) => {
      const path = join(directory, `${node}.log`)
      writeFileSync(path, `${lines.join('\n')}\n`)
      const endS = (events.at(-1)?.t ?? 0) / 1000
      utimesSync(path, endS, endS)
      return { node, log: await readLog({ node, path, date: null, zoneMs: 0, statementsMax: 100_000 }) }
    }),
  )
  const { l1BlockTime, l2BlockTime } = run.parameters
  const { facts } = importMaterial({
    ...{ runId: incident, logs, polls: [], metrics: [], l1 },
    follows: { follower: 'reference', sequencer: 'reference' },
    ...{ l1BlockTime: Number(l1BlockTime), l2BlockTime: Number(l2BlockTime) },
  })
  const stream = facts.map(({ t, fact }, seq): WorldEvent => ({ seq, t, ...fact }))
  return { imported: explainEvents(stream), recorded: explainEvents(events) }
}

const firstOf = ({ findings: [first] }: ReturnType<typeof explainEvents>) =>
  first === undefined ? null : { rule: first.rule, node: first.node }

/** L1 as it is when all is over. */
function l1Of(incident: KeptIncident): readonly BlockHeader[] {
  const canonical = new Map<number, BlockHeader>()
  for (const event of keptRecording(incident).events)
    if (event.kind === 'l1-block') {
      const { number, hash } = event.block
      canonical.set(number, {
        ...{ number: BigInt(number), hash: hash as `0x${string}`, parentHash: '0x' },
        timestamp: BigInt(event.timestamp),
      })
    }
  return [...canonical.values()].sort((a, b) => Number(a.number - b.number))
}
