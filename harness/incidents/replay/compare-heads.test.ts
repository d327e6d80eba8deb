import { describe, expect, it } from 'vitest'
import type { HeadLevel, WorldEvent } from '../../events/event.ts'
import { type Incident, readIncident } from '../explain/incident.ts'
import { compareHeads } from './compare-heads.ts'

/** Heads of one node, as seconds and block numbers; L2 has a block each second, so that three are tolerated. */
type Heads = Readonly<Partial<Record<HeadLevel, readonly (readonly [second: number, number: number])[]>>>

function incidentOf(heads: Heads, seconds = 40): Incident {
  const told = Object.entries(heads)
    .flatMap(([level, moves]) =>
      moves.map(([second, number]) => ({ level: level as HeadLevel, second, number })),
    )
    .sort((a, b) => a.second - b.second)
  const events: WorldEvent[] = [
    {
      ...{ seq: 0, t: 0, kind: 'run', version: 2, runId: 'x', scenario: 'x', topology: 'recording' },
      ...{ runnerPid: 0, startedAt: '', parameters: { l1BlockTime: 2, l2BlockTime: 1 } },
    },
    ...told.map(
      ({ level, second, number }): WorldEvent => ({
        ...{ seq: 1, t: 1000 * second, kind: 'head', node: 'follower', level },
        block: { number, hash: `0x${number}` },
      }),
    ),
    { seq: 2, t: 1000 * seconds, kind: 'note', component: 'x', message: 'end' },
  ]
  return readIncident(events)
}
function compared(recorded: Heads, replayed: Heads) {
  const incident = incidentOf(recorded)
  const nodeOf = (one: Incident) => one.nodes.get('follower')!
  return compareHeads(incident, nodeOf(incident), nodeOf(incidentOf(replayed)), 0)
}
const rising = (later: number, from = 1, to = 40): [number, number][] =>
  Array.from({ length: to - from + 1 }, (_, index) => [from + index + later, from + index])

describe('compareHeads', () => {
  it('does not count what the other has a poll or two later', () => {
    const { divergence, rows } = compared({ unsafe: rising(0) }, { unsafe: rising(1.5) })
    const pairs = rows.flatMap(({ heads }) => heads)
    expect(divergence).toBeNull()
    expect(pairs.some(({ recorded, replayed }) => recorded?.hash !== replayed?.hash)).toBe(true)
    expect(pairs.some(({ counts }) => counts)).toBe(false)
  })

  it('counts what stands still since before the comparison begins', () => {
    const { divergence } = compared({ currentL1: [[0, 21]] }, { currentL1: [[1, 19]] })
    expect(divergence).toMatchObject({ t: 5_000, level: 'currentL1' })
  })

  it('names the first time at which a head counts, however soon it moves again: no row that counts is before it', () => {
    // Both go on each second, each with blocks that the other never had, and agree from 20 on.
    const other = rising(0, 1, 19).map(([second, number]): [number, number] => [second, number + 100])
    const both = rising(0, 20)
    const { divergence, rows } = compared(
      { unsafe: [...rising(0, 1, 19), ...both] },
      { unsafe: [...other, ...both] },
    )
    expect(divergence).toMatchObject({ t: 5_000, level: 'unsafe', counts: true })
    const counting = rows.filter(({ heads }) => heads.some(({ counts }) => counts))
    expect(counting.length).toBeGreaterThan(1)
    for (const { t } of counting) expect(t).toBeGreaterThanOrEqual(divergence!.t)
    expect(rows.at(-1)?.heads.some(({ counts }) => counts)).toBe(false)
  })
})
