import { describe, expect, it } from 'vitest'
import { mustRepeat } from './repeatable.ts'

describe('mustRepeat', () => {
  it('takes the same for the same', () => mustRepeat(['a', 'b'], ['a', 'b']))

  it.each([
    [['a', 'b'], ['a', 'c'], 'from event 2 of 2 on\n  first   b\n  second  c'],
    [['a', 'b'], ['a'], 'first   b\n  second  nothing more'],
    [['a'], ['a', 'b'], 'first   nothing more\n  second  b'],
  ])('names the first event that differs: %j and %j', (a, b, expected) => {
    expect(() => mustRepeat(a, b)).toThrow(expected)
  })
})
