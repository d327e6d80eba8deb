import { expect, it } from 'vitest'
import type { WorldEvent } from '../../events/event.ts'
import { segments } from './features.ts'
import { readIncident } from './incident.ts'

const head = (t: number, number: number): WorldEvent => ({
  ...{ seq: t, t, kind: 'head', node: 'a', level: 'unsafe' },
  block: { number, hash: `0x${number}` },
})
const gap = (from: number, t: number, component = 'a'): WorldEvent => ({
  ...{ seq: t, t, kind: 'gap', component, from },
  reason: '',
})
const end = (t: number): WorldEvent => ({ seq: t, t, kind: 'end', outcome: 'stopped', durationMs: 0 })

it.each<{ name: string; events: readonly WorldEvent[]; found: readonly (readonly number[])[] }>([
  {
    name: 'no gap',
    events: [head(10, 1), head(20, 2), end(30)],
    found: [
      [1, 10, 20],
      [2, 20, 30],
    ],
  },
  {
    name: 'a gap within one head',
    events: [head(10, 1), gap(15, 20), end(30)],
    found: [
      [1, 10, 15],
      [1, 20, 30],
    ],
  },
  {
    name: 'a gap over the change of a head',
    events: [head(10, 1), head(20, 2), gap(15, 25), end(30)],
    found: [
      [1, 10, 15],
      [2, 25, 30],
    ],
  },
  {
    name: 'gaps that overlap, of the node and of the recorder',
    events: [head(10, 1), gap(12, 20), gap(15, 24, 'recorder'), gap(26, 28), end(30)],
    found: [
      [1, 10, 12],
      [1, 24, 26],
      [1, 28, 30],
    ],
  },
  {
    name: 'a head of which nothing is known but that it was',
    events: [head(10, 1), head(20, 2), gap(15, 40), head(40, 3), end(50)],
    found: [
      [1, 10, 15],
      [3, 40, 50],
    ],
  },
])('times of heads, with $name', ({ events, found }) => {
  const incident = readIncident(events)
  const told = segments(incident, incident.nodes.get('a')!, 'unsafe')
  expect([...told].map((one) => [one.head.number, one.from, one.to])).toEqual(found)
})
