import { describe, expect, it } from 'vitest'
import type { Fact, HeadLevel, WorldEvent } from '../../events/event.ts'
import { type Incident, readIncident } from './incident.ts'
import { replays } from './reorg-explains.ts'

const run: Fact = {
  ...{ kind: 'run', version: 2, runId: 'x', scenario: 'x', topology: 'recording', runnerPid: 0 },
  ...{ startedAt: '', parameters: { l1BlockTime: 2, l2BlockTime: 1 } },
}
const block = (number: number) => ({ number, hash: `0x${number}`, parent: `0x${number - 1}` })
/** An L1 origin is of two blocks. */
const head = (level: HeadLevel, number: number): Fact => ({
  ...{ kind: 'head', node: 'reference', level, block: block(number) },
  origin: { number: number >> 1, hash: `0xa${number >> 1}` },
})
const zero = (level: HeadLevel): Fact => ({
  ...{ kind: 'head', node: 'reference', level },
  block: { ...block(0), hash: `0x${'0'.repeat(64)}` },
})
const orphaned = (from: number): Fact => ({
  kind: 'l1-reorg',
  ...{ orphaned: [{ number: from, hash: `0xa${from}` }], replaced: [{ number: from, hash: `0xb${from}` }] },
})

/** A second between each. */
function incidentOf(...facts: readonly Fact[]): Incident {
  return readIncident([run, ...facts].map((fact, seq): WorldEvent => ({ seq, t: seq * 1_000, ...fact })))
}

describe('replays', () => {
  const before = [head('finalized', 30), head('localSafe', 60)]
  it.each<[string, readonly Fact[], boolean]>([
    ['back without a reorg', [head('localSafe', 50)], true],
    ['back to what was not orphaned', [orphaned(26), head('localSafe', 50)], false],
    ['back to its finalized head after a reorg', [orphaned(26), head('localSafe', 30)], false],
    ['back below its finalized head after a reorg', [orphaned(26), head('localSafe', 28)], true],
    [
      'started again after a reorg, and back to what was finalized before',
      [orphaned(26), zero('finalized'), zero('localSafe'), head('localSafe', 30)],
      false,
    ],
    ['back to its finalized head without a reorg', [head('localSafe', 30)], true],
  ])('%s', (_, facts, expected) => {
    const incident = incidentOf(...before, ...facts)
    expect(replays(incident, incident.nodes.get('reference')!).length > 0).toBe(expected)
  })
})
