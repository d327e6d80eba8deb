import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLruCache } from './lru-cache.ts'

describe('LRU cache', () => {
  it('forgets what was not used for longest', () => {
    const cache = createLruCache<string, number>(2)
    cache.set('a', 1)
    cache.set('b', 2)
    expect(cache.get('a')).toBe(1)
    cache.set('c', 3)
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3])
  })

  it('forgets as much as the weight of what comes in asks for, but never that itself', () => {
    const cache = createLruCache<string, string>(10, { max: 5, of: (value) => value.length })
    cache.set('a', '12')
    cache.set('b', '1')
    cache.set('c', '12')
    cache.set('b', '')
    expect(cache.size).toBe(3)
    cache.set('d', '1234')
    expect([cache.get('a'), cache.get('c'), cache.get('b'), cache.get('d')]).toEqual([
      undefined,
      undefined,
      '',
      '1234',
    ])
    cache.set('e', '123456')
    expect([cache.get('b'), cache.get('d'), cache.get('e')]).toEqual([undefined, undefined, '123456'])
    cache.set('f', '12345')
    expect(cache.size).toBe(1)
  })

  it('is a map that never holds more than it may', () => {
    const operation = fc.record({ set: fc.boolean(), key: fc.nat(9), value: fc.nat(99) })
    fc.assert(
      fc.property(fc.array(operation), fc.integer({ min: 1, max: 5 }), (operations, entriesMax) => {
        const cache = createLruCache<number, number>(entriesMax)
        /** Most recently used last. */
        let model: [number, number][] = []
        for (const { set, key, value } of operations) {
          const known = model.find(([one]) => one === key)
          if (set) {
            cache.set(key, value)
            model = [...model.filter((entry) => entry !== known), [key, value] as [number, number]].slice(
              -entriesMax,
            )
          } else {
            expect(cache.get(key)).toBe(known?.[1])
            if (known !== undefined) model = [...model.filter((entry) => entry !== known), known]
          }
          expect(cache.size).toBe(model.length)
        }
      }),
    )
  })
})
