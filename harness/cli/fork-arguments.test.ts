import { describe, expect, it } from 'vitest'
import { forksActiveFrom } from '../../node/config/forks.ts'
import { forkParameters } from './fork-arguments.ts'

const genesis = { forks: forksActiveFrom('karst') }

describe('--fork-at', () => {
  it('moves a fork, and keeps those before it', () => {
    expect(forkParameters(genesis, { forkAt: ['karst=20'], upgrade: ['karst=k.json'] })).toEqual({
      forks: { ...forksActiveFrom('jovian'), karst: 20n },
      upgrades: { karst: 'k.json' },
    })
  })

  it('schedules none of the later forks unless they are given', () => {
    expect(forkParameters(genesis, { forkAt: ['jovian=8'], upgrade: [] }).forks).toEqual({
      ...{ ...forksActiveFrom('isthmus'), jovian: 8n },
    })
    expect(forkParameters(genesis, { forkAt: ['karst=30', 'jovian=8'], upgrade: [] }).forks).toEqual({
      ...{ ...forksActiveFrom('isthmus'), jovian: 8n, karst: 30n },
    })
  })

  it('changes nothing without flags', () => {
    expect(forkParameters(genesis, { forkAt: [], upgrade: [] })).toEqual({})
  })

  it.each([
    [['karst'], 'expected FORK=SECONDS'],
    [['carst=3'], 'did you mean karst?'],
    [['karst=soon'], 'expected seconds'],
    [['karst=-1'], 'expected seconds'],
    [['jovian=9', 'karst=3'], 'expected at least the 9 s of jovian'],
    [['isthmus=9', 'karst=30'], 'a time for jovian too'],
  ])('refuses %j', (forkAt, why) => {
    expect(() => forkParameters(genesis, { forkAt, upgrade: [] })).toThrow(why)
  })
})
