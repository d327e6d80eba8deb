import { expect, it } from 'vitest'
import { misdescribed } from './known-refs.ts'
import { ref } from './testing/refs.ts'

const known = [ref('a', 9n), ref('a', 7n)]

it.each([
  ['what is known', [ref('a', 9n), ref('a', 7n)], null],
  ['blocks that are not known', [ref('a', 12n)], null],
  [
    'another time',
    [ref('a', 9n), { ...ref('a', 7n), timestamp: 1n }],
    /^the follow source says of 7:.* its time 1: expected /,
  ],
  [
    'another origin',
    [{ ...ref('a', 9n), l1Origin: { ...ref('a', 9n).l1Origin, number: 77n } }],
    /^the follow source says of 9:.* that its L1 origin is 77:/,
  ],
])('a source that says of a block: %s', (_, told, expected) => {
  const found = misdescribed(told, known)
  if (expected === null) expect(found).toBeNull()
  else expect(found).toMatch(expected)
})
