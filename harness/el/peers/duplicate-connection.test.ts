import { describe, expect, it } from 'vitest'
import { replacesConnection } from './duplicate-connection.ts'

const [low, high] = ['0x01', '0x02'] as const

describe('replacesConnection', () => {
  it.each([
    [low, high, 'outbound', 'inbound', true],
    [low, high, 'inbound', 'outbound', false],
    [high, low, 'outbound', 'inbound', false],
    [high, low, 'inbound', 'outbound', true],
    [low, high, 'outbound', 'outbound', false],
    [high, low, 'inbound', 'inbound', false],
  ] as const)('own %s, peer %s: a new %s beside an old %s', (own, peer, next, old, expected) => {
    expect(replacesConnection(own, { id: peer, direction: next }, { direction: old })).toBe(expected)
  })

  it('is the same choice on both sides, whichever connection each saw first', () => {
    for (const lowFirst of ['outbound', 'inbound'] as const)
      for (const highFirst of ['outbound', 'inbound'] as const) {
        // The direction that `low` sees, of the connection that each side keeps.
        const other = (direction: 'outbound' | 'inbound') =>
          direction === 'outbound' ? 'inbound' : 'outbound'
        const keptBy = (own: '0x01' | '0x02', peer: '0x01' | '0x02', first: 'outbound' | 'inbound') =>
          replacesConnection(own, { id: peer, direction: other(first) }, { direction: first })
            ? other(first)
            : first
        expect(keptBy(low, high, lowFirst)).toBe(other(keptBy(high, low, highFirst)))
      }
  })
})
