import { describe, expect, it } from 'vitest'
import { type Mutant, mutate, testNamePattern } from './mutant.ts'

const mutant = (find: string, replace: string): Mutant => ({
  name: 'one',
  rule: 'a rule',
  source: 'a page',
  file: 'a.ts',
  find,
  replace,
  killers: [],
})

describe('a mutant', () => {
  it('replaces its text, whatever that holds', () => {
    expect(mutate(mutant('a > b', '$& $1'), 'if (a > b) return')).toBe('if ($& $1) return')
  })

  it.each([
    ['0 times', 'nothing of it'],
    ['2 times', 'a > b or a > b'],
  ])('is an error when its text is found %s', (times, text) => {
    expect(() => mutate(mutant('a > b', 'a < b'), text)).toThrow(
      `mutant one: expected its text once in a.ts, found it ${times}`,
    )
  })

  it.each<[string, string, boolean]>([
    ['outer > inner', 'outer inner', true],
    ['outer > inner', 'outer between inner', true],
    ['outer > inner', 'inner outer', false],
    ['outer > in', 'outer begin', false],
    ['outer > %s costs %i', 'outer a call costs 5', true],
    ['outer > $name', 'outer a row', true],
    ['a (b)', 'x a (b)', true],
    ['a (b)', 'a b', false],
  ])('names tests by titles: %s is %s: %s', (test, fullName, expected) => {
    expect(testNamePattern({ file: 'a.test.ts', test }).test(fullName)).toBe(expected)
  })
})
