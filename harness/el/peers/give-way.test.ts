import { expect, it } from 'vitest'
import { type Place, unprovenMs, whoGivesWay } from './give-way.ts'

const place = (name: string, change: Partial<Place> = {}) => ({
  ...{ name, direction: 'inbound' as const, host: 'a', openedAtMs: 0, isUseful: false },
  ...change,
})

it.each([
  ['the oldest', [place('old'), place('new', { openedAtMs: 1 })], 'old'],
  ['no peer that gave blocks', [place('useful', { isUseful: true }), place('silent')], 'silent'],
  ['no peer that was dialled', [place('ours', { direction: 'outbound' }), place('theirs')], 'theirs'],
  ['one of the address with most', [place('alone', { host: 'b' }), place('one'), place('two')], 'one'],
  ['nobody within its time', [place('new', { openedAtMs: 1 }), place('newer', { openedAtMs: 2 })], undefined],
  ['nobody where all are of use', [place('useful', { isUseful: true })], undefined],
])('%s gives way', (_, places, expected) => {
  expect(whoGivesWay(places, unprovenMs)?.name).toBe(expected)
})
