import { describe, expect, it } from 'vitest'
import { twoVerifiersFollowing } from '../topologies.ts'
import { createScenario, timeoutFrom } from './scenario.ts'

describe('timeoutFrom', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['90', 90_000],
    ['0.5', 500],
  ])('%j', (text, ms) => expect(timeoutFrom(text)).toBe(ms))

  it.each(['0', '-1', 'soon', 'Infinity'])('refuses %j', (text) => {
    expect(() => timeoutFrom(text)).toThrow('LOCKSTEP_SCENARIO_TIMEOUT: expected a number of seconds above 0')
  })
})

it('refuses a world that there is not, when the scenario is declared', () => {
  const declare = createScenario({ live: { start: () => Promise.reject(new Error('not here')) } })
  const options = { topology: twoVerifiersFollowing, world: 'sim' }
  expect(() => declare('Some', options, async () => {})).toThrow('Some: expected a world of live, found sim')
})
