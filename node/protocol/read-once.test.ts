import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { parseJson } from './json-schema.ts'
import { readOnce } from './read-once.ts'

function counting() {
  let reads = 0
  const inner = z.object({ n: z.number() }).transform(({ n }) => {
    reads++
    return { double: 2 * n }
  })
  return { schema: z.object({ one: readOnce(inner) }), reads: () => reads }
}

describe('readOnce', () => {
  it('reads what is frozen once, and what is not each time', () => {
    const { schema, reads } = counting()
    const one = { n: 1 }
    expect(schema.parse({ one })).toEqual({ one: { double: 2 } })
    one.n = 2
    expect(schema.parse({ one })).toEqual({ one: { double: 4 } })
    Object.freeze(one)
    const [first, second] = [schema.parse({ one }), schema.parse({ one })]
    expect(first).toEqual({ one: { double: 4 } })
    expect(second.one).toBe(first.one)
    expect(reads()).toBe(3)
  })

  it('says where a field is wrong, of what is frozen too, each time', () => {
    const { schema } = counting()
    for (const one of [{ n: 'x' }, Object.freeze({ n: 'x' })])
      for (const _ of [1, 2])
        expect(() => parseJson(schema, { one }, 'it')).toThrow(/^it is not valid: one\.n: .*number/)
    expect(() => parseJson(schema, {}, 'it')).toThrow(/^it is not valid: one: /)
    expect(() => parseJson(schema, { one: null }, 'it')).toThrow(/^it is not valid: one: /)
  })
})
