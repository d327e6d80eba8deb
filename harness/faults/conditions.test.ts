import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Condition, createMatcher, isNamed } from './conditions.ts'

const never = () => 1
/** How many of so many equal occurrences are struck. */
function struck(conditions: readonly Condition[], occurrences: number, random = never): readonly number[] {
  const matcher = createMatcher(conditions, { installedMs: 0, random })
  return Array.from({ length: occurrences }, (_, at) => at + 1).filter(() => {
    const applies = matcher.applies({ consumer: 'follower', method: 'm_a', nowMs: 0 })
    if (applies) matcher.struck()
    return applies
  })
}
const small = fc.integer({ min: 1, max: 12 })

describe('the conditions of a fault', () => {
  it('after and times: so many are left out, then so many are struck', () => {
    fc.assert(
      fc.property(small, small, small, (after, times, seen) => {
        expect(struck([{ after }, { times }], seen)).toHaveLength(Math.min(times, Math.max(0, seen - after)))
        expect(struck([{ times }, { after }], seen)).toEqual(struck([{ after }, { times }], seen))
      }),
    )
  })

  it('every: the nth, and the ones that are multiples of it', () => {
    fc.assert(
      fc.property(small, small, (every, seen) => {
        expect(struck([{ every }], seen)).toEqual(
          Array.from({ length: seen }, (_, at) => at + 1).filter((at) => at % every === 0),
        )
      }),
    )
  })

  it('counts in the order in which it is written', () => {
    expect(struck([{ after: 2 }, { every: 3 }], 9)).toEqual([5, 8])
    expect(struck([{ every: 3 }, { after: 2 }], 9)).toEqual([9])
  })

  it('withProbability: all at 1, none at 0, and as the draws say between', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 20 }), (draws) => {
        const rest = () => {
          const left = [...draws]
          return () => left.shift() as number
        }
        expect(struck([{ probability: 1 }], draws.length, rest())).toHaveLength(draws.length)
        expect(struck([{ probability: 0 }], draws.length, rest())).toEqual([])
        expect(struck([{ probability: 0.5 }], draws.length, rest())).toHaveLength(
          draws.filter((draw) => draw < 0.5).length,
        )
      }),
    )
  })

  it('counts only what is from and to whom it says, wherever that is written', () => {
    const conditions: readonly Condition[] = [{ times: 1 }, { to: ['m_a'] }, { from: ['follower'] }]
    for (const order of [conditions, conditions.toReversed()]) {
      const matcher = createMatcher(order, { installedMs: 0, random: never })
      const applies = (consumer: string, method: string | null) => {
        const result = matcher.applies({ consumer, method, nowMs: 0 })
        if (result) matcher.struck()
        return result
      }
      expect(applies('sequencer', 'm_a')).toBe(false)
      expect(applies('follower', 'm_b')).toBe(false)
      expect(applies('follower', null)).toBe(false)
      expect(applies('follower', 'm_a')).toBe(true)
      expect(applies('follower', 'm_a')).toBe(false)
    }
  })

  it('during: from its beginning to its end, counted from the installation', () => {
    const matcher = createMatcher([{ during: { fromMs: 10, toMs: 20 } }], { installedMs: 100, random: never })
    const at = (nowMs: number) => matcher.applies({ consumer: 'a', method: null, nowMs })
    expect([109, 110, 119, 120].map(at)).toEqual([false, true, true, false])
  })

  it.each([
    ['engine_newPayloadV4', 'engine_newPayload*', true],
    ['engine_newPayloadV4', 'engine_newPayload', false],
    ['engine_newPayloadV4', 'engine_newPayloadV4', true],
    ['/eth/v1/beacon/blobs/3?x', '/eth/v1/beacon/blobs', true],
    ['/eth/v1/beacon/genesis', '/eth/v1/beacon/blobs', false],
    ['eth_call', '*', true],
  ])('%s is named by %s: %s', (method, name, expected) => expect(isNamed(method, name)).toBe(expected))
})
