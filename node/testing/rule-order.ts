import { expect } from 'vitest'

/** One rule: what breaks it, and what is answered then. */
export type BrokenRule<Input> = readonly [answer: string, break_: (input: Input) => Input]

/**
 * Checks that rules are looked at in the order of the list: an input that breaks two of them gets the answer of the
 * first. `exclusive` names pairs that no input can break at once.
 */
export function expectRuleOrder<Input>(options: {
  readonly good: Input
  readonly rules: readonly BrokenRule<Input>[]
  readonly judge: (input: Input) => string
  readonly exclusive?: readonly (readonly [string, string])[]
}): void {
  const { good, rules, judge, exclusive = [] } = options
  const isExclusive = (a: string, b: string) => exclusive.some((pair) => pair.includes(a) && pair.includes(b))
  for (const [index, [first, breakFirst]] of rules.entries()) {
    expect(judge(breakFirst(good)), `${first} alone`).toBe(first)
    for (const [second, breakSecond] of rules.slice(index + 1))
      if (!isExclusive(first, second))
        expect(judge(breakSecond(breakFirst(good))), `${first} before ${second}`).toBe(first)
  }
}
