import { describe, expect, it } from 'vitest'
import { createFakeL1 } from '../ports/testing/fake-l1.ts'
import { createSafeHistory } from './safe-history.ts'
import { ref } from './testing/refs.ts'

const l1 = createFakeL1()
l1.mine(20)

describe('safe history', () => {
  it('keeps the newest safe block of each L1 block', () => {
    const history = createSafeHistory()
    history.add({ safe: ref('a', 1n), derivedFrom: l1.at(5n) })
    history.add({ safe: ref('a', 2n), derivedFrom: l1.at(5n) })
    history.add({ safe: ref('a', 3n), derivedFrom: l1.at(6n) })
    expect(history.records.map(({ safe }) => safe.number)).toEqual([2n, 3n])
    expect(history.lastDerivedFrom).toEqual(l1.at(6n))
  })

  it('forgets what lies above a rewound safe head', () => {
    const history = createSafeHistory()
    for (const number of [1n, 2n, 3n]) history.add({ safe: ref('a', number), derivedFrom: l1.at(number) })
    history.rewind(ref('a', 2n))
    expect(history.lastDerivedFrom).toEqual(l1.at(2n))
    history.clear()
    expect(history.lastDerivedFrom).toBeNull()
  })

  it('stays within its limit and keeps the newest', () => {
    const history = createSafeHistory(8)
    for (let number = 1n; number <= 20n; number++)
      history.add({ safe: ref('a', number), derivedFrom: l1.at(number) })
    expect(history.records.length).toBeLessThanOrEqual(8)
    expect(history.records.length).toBeGreaterThanOrEqual(4)
    expect(history.records.at(-1)?.safe.number).toBe(20n)
  })
})
