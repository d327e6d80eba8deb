import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Fault } from './fault.ts'
import { FaultError } from './fault-error.ts'
import { faultSamples as values } from './testing/samples.ts'
import { faultFromJson, faults, vocabulary } from './vocabulary.ts'

const parts = ({ name, carriers, json, conditions }: Fault) => ({ name, carriers, json, conditions })

describe('the vocabulary', () => {
  it('is covered by this test: every fault that JSON can hold', () => {
    const names = Object.values(vocabulary)
      .flat()
      .filter(({ fromJson }) => fromJson !== null)
      .map(({ fault }) => fault)
    expect(new Set(values.map(({ json }) => json.fault))).toEqual(new Set(names))
    expect(names).toHaveLength(new Set(names).size)
  })

  it.each(values.map((value) => [value.name, value] as const))(
    '%s is made again from its JSON',
    (_, value) => {
      const json: unknown = JSON.parse(JSON.stringify(value.json))
      expect(parts(faultFromJson(json))).toEqual(parts(value))
    },
  )

  it('keeps any conditions through JSON', () => {
    const count = fc.integer({ min: 1, max: 1_000 })
    const step = fc.oneof(
      count.map((n) => (fault: Fault) => fault.after(n)),
      count.map((n) => (fault: Fault) => fault.times(n)),
      count.map((n) => (fault: Fault) => fault.every(n)),
      fc.double({ min: 0, max: 1, noNaN: true }).map((p) => (fault: Fault) => fault.withProbability(p + 0)),
      count.map((n) => (fault: Fault) => fault.during({ fromMs: n, toMs: n + 5 })),
      count.map((n) => (fault: Fault) => fault.to(`m_${n}`)),
      count.map((n) => (fault: Fault) => fault.from(`n${n}`)),
    )
    fc.assert(
      fc.property(fc.constantFrom(...values), fc.array(step, { maxLength: 6 }), (value, steps) => {
        const fault = steps.reduce((whole, apply) => apply(whole), value)
        expect(parts(faultFromJson(JSON.parse(JSON.stringify(fault.json))))).toEqual(parts(fault))
      }),
    )
  })

  it('says in the JSON of replaceResult that it cannot be made again, and refuses to', () => {
    const { json, name } = faults.replaceResult((result) => result, 'a lie')
    expect([name, json]).toEqual([
      'replaceResult(a lie)',
      { fault: 'replaceResult', name: 'a lie', reproducible: false },
    ])
    expect(() => faultFromJson(json)).toThrow('replaceResult holds a function, which JSON does not')
  })

  it.each<[string, unknown, string]>([
    ['an unknown name', { fault: 'slwo', ms: 1 }, 'there is no fault "slwo"; the nearest one is slow'],
    ['a name that is almost another', { fault: 'lies.orgin' }, 'the nearest one is lies.origin'],
    ['a missing parameter', { fault: 'slow' }, 'slow: expected slow(ms, jitterMs = 0)'],
    ['a parameter too many', { fault: 'hang', ms: 1 }, 'hang: expected hang()'],
    ['a negative time', { fault: 'slow', ms: -1 }, 'slow: expected slow(ms, jitterMs = 0)'],
    ['an unknown condition', { fault: 'hang', when: [{ sometimes: 1 }] }, 'expected a fault as JSON'],
    ['no object', 5, 'expected a fault as JSON'],
    [
      'a fault of faults that is none of requests',
      { fault: 'flaps', a: { fault: 'kill' }, b: null },
      'flaps: expected',
    ],
  ])('refuses %s', (_, json, message) => {
    expect(() => faultFromJson(json)).toThrow(FaultError)
    expect(() => faultFromJson(json)).toThrow(message)
  })

  it('refuses a parameter or a count that makes no sense where it is written', () => {
    expect(() => faults.bandwidth(0)).toThrow('bandwidth: expected bandwidth(bytesPerSecond)')
    expect(() => faults.hang().times(0)).toThrow(FaultError)
    expect(() => faults.hang().withProbability(1.5)).toThrow(FaultError)
  })

  it('names a fault with its parameters and conditions', () => {
    expect(faults.slow(1_200).to('optimism_syncStatus').after(2).times(1).name).toBe(
      'slow(1200 ms) to optimism_syncStatus, after 2, 1 time',
    )
  })
})
