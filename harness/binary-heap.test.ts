import fc from 'fast-check'
import { expect, it } from 'vitest'
import { heapPop, heapPush } from './binary-heap.ts'

it('gives what was put in, in order, whenever it is asked', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 20 }), { freq: 2 })), (steps) => {
      const heap: number[] = []
      let expected: number[] = []
      for (const step of steps)
        if (step === null) {
          expect(heapPop(heap, (a, b) => a < b)).toBe(expected[0])
          expected = expected.slice(1)
        } else {
          heapPush(heap, step, (a, b) => a < b)
          expected = [...expected, step].sort((a, b) => a - b)
        }
      expect(heap).toHaveLength(expected.length)
    }),
  )
})
