import { expect, it } from 'vitest'
import { createRandomStreams } from './random-streams.ts'

it('gives the same bytes for the same seed and name, however they are drawn', () => {
  const [one, other, seeded] = [createRandomStreams('1'), createRandomStreams('1'), createRandomStreams('2')]
  const whole = one('faults').bytes(100)
  expect(one('peers').bytes(100)).not.toEqual(whole)
  expect(seeded('faults').bytes(100)).not.toEqual(whole)
  other('peers').bytes(7)
  const pieces = [1, 31, 40, 28].map((length) => [...other('faults').bytes(length)])
  expect(pieces.flat()).toEqual([...whole])
  expect(one('faults').bytes(100)).not.toEqual(whole)
})
