import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Fault } from './fault.ts'
import { FaultError } from './fault-error.ts'
import { faultFromJson, faults, vocabulary } from './vocabulary.ts'

const hash = `0x${'ab'.repeat(32)}` as const
/** One value of each fault, with its parameters. */
const values: readonly Fault[] = [
  faults.slow(1_200, 50),
  faults.hang(),
  faults.drop(0.25),
  faults.refuse(),
  faults.reset(),
  faults.halfClose(),
  faults.bandwidth(1_000),
  faults.status(429, { 'retry-after': '3' }),
  faults.rpcError(-32000, 'no (really)'),
  faults.nullResult(),
  faults.garbage(),
  faults.truncated(),
  faults.patch({ a: [1, { b: null }] }),
  faults.stale({ m_a: 1 }),
  faults.reorderedBatch(),
  faults.lag(3),
  faults.shows(1),
  faults.alternates(hash, 'canonical'),
  faults.forgetsOrphans(),
  faults.emptyReceipts(),
  faults.refusesLabels(),
  faults.labelsGoBack(2),
  faults.finalityStall(),
  faults.withholds([hash]),
  faults.stalls(),
  faults.replays(),
  faults.lies.origin(),
  faults.lies.finalizedAboveSafe(),
  faults.lies.currentL1(),
  faults.anotherChain(77),
  faults.flaps(faults.stalls(), null),
  faults.answers('SYNCING'),
  faults.forgets(hash),
  faults.error(-38002),
  faults.notFoundAsError('reth'),
  faults.isolate(),
  faults.partition([['a', 'b'], ['c']]),
  faults.heal(),
  faults.badSignature(),
  faults.wrongHash(),
  faults.oldBlock(),
  faults.futureBlock(),
  faults.duplicate(),
  faults.anotherChainBlock(),
  faults.oversized(),
  faults.stop(),
  faults.kill(),
  faults.pause(),
  faults.wipe(),
  faults.restart({ newPort: true }),
  faults.clockSkew(-500),
]
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
