import { expect, it } from 'vitest'
import type { Fact, WorldEvent } from '../../events/event.ts'
import { engineLosses } from './engine-losses.ts'
import { readIncident } from './incident.ts'

const run: Fact = {
  ...{ kind: 'run', version: 2, runId: 'x', scenario: 'x', topology: 'recording', runnerPid: 0 },
  ...{ startedAt: '', parameters: { l1BlockTime: 2, l2BlockTime: 1, els: ['reference-el'] } },
}
const l1 = (number: number, fork: string) => ({ number, hash: `0x${fork}${number}` })
const l1Block = (number: number, fork: string): Fact => ({
  ...{ kind: 'l1-block', block: l1(number, fork), timestamp: 2 * number, fork: 0 },
})
const engineHead = (number: number): Fact => ({
  ...{ kind: 'head', node: 'reference-el', level: 'unsafe' },
  block: { number, hash: `0x${number}`, parent: `0x${number - 1}` },
})
/** Long after the reorg, its node takes what its engine has back to where that L1 leads. */
const atS = [0, 1, 2, 3, 4, 100, 130]

it.each<[string, string, number]>([
  ['a', 'an engine whose node stands on a fork of L1 lost nothing', 0],
  ['b', 'an engine whose node stands on L1 lost its blocks', 1],
])('reference on fork %s: %s', (fork, _, losses) => {
  const facts: readonly Fact[] = [
    run,
    l1Block(9, 'a'),
    l1Block(9, 'b'),
    { kind: 'head', node: 'reference', level: 'currentL1', block: { ...l1(9, fork), parent: '0x' } },
    engineHead(40),
    engineHead(20),
    engineHead(21),
  ]
  const incident = readIncident(
    facts.map((fact, seq): WorldEvent => ({ seq, t: atS[seq]! * 1_000, ...fact })),
  )
  const lost = engineLosses(incident, incident.nodes.get('reference-el')!)
  expect(lost.map(({ to }) => to.number)).toEqual(losses === 0 ? [] : [20])
})
