import { expect, it } from 'vitest'
import type { WorldEvent } from '../events/event.ts'
import { createLostRecords } from './lost-records.ts'

const cls = {
  recorded: { mode: { kind: 'derive' }, safeDb: true },
  reference: { mode: { kind: 'derive' } },
  follower: { mode: { kind: 'follow', source: 'reference' } },
  fresh: { mode: { kind: 'derive' } },
} as const

const event = (fact: Partial<WorldEvent>) => ({ seq: 0, t: 0, ...fact }) as WorldEvent
const early = (node: string) => event({ kind: 'reach', mark: 'early batch dropped', node })
const component = (name: string, action: 'exit' | 'wipe') =>
  event({ kind: 'component', component: name, action })

it.each([
  ['a node without a record that restarted', [early('fresh'), component('reference', 'exit')], true],
  ['before the batch', [component('reference', 'exit'), early('fresh')], true],
  ['a record that was wiped', [early('fresh'), component('recorded', 'wipe')], true],
  ['no early batch', [component('reference', 'exit')], false],
  ['one that somebody else dropped', [early('reference'), component('reference', 'exit')], false],
  ['no restart', [early('fresh')], false],
  ['a node that kept its record', [early('fresh'), component('recorded', 'exit')], false],
  ['a node that derives nothing', [early('fresh'), component('follower', 'exit')], false],
])('the chain depends on restarts: %s', (_, events, expected) => {
  const records = createLostRecords(cls)
  for (const one of events) records.add(one)
  expect(records.mayDifferFrom('fresh')).toBe(expected)
})
