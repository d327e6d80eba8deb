import { describe, expect, it } from 'vitest'
import { formatSeeds, playSeeds, seedsFrom, seedsText } from './seeds.ts'

describe('seedsFrom', () => {
  it('reads what it writes, and nothing of nothing', () => {
    expect(seedsFrom(formatSeeds({ first: 7, count: 20 }))).toEqual({ first: 7, count: 20 })
    expect(seedsFrom(undefined)).toBeNull()
    expect(seedsFrom('')).toBeNull()
  })

  it.each(['7', '1+0', '1+100001', '-1+2', '1+x', '2000000000+1'])('refuses %s', (text) => {
    expect(() => seedsFrom(text)).toThrow('LOCKSTEP_SEEDS: expected FIRST+COUNT')
  })
})

describe('playSeeds', () => {
  const failing = new Set(['4', '6'])
  const play = async (seed: string) => {
    if (failing.has(seed)) throw new Error(`seed ${seed} broke\nwith more to tell`)
  }

  it('plays all, and keeps the first failure and the names of the others', async () => {
    const played: string[] = []
    const end = await playSeeds(
      { first: 3, count: 5 },
      (seed) => {
        played.push(seed)
        return play(seed)
      },
      () => false,
    )
    expect(played).toEqual(['3', '4', '5', '6', '7'])
    expect(end.seeds.failed).toEqual([
      { seed: '4', what: 'seed 4 broke' },
      { seed: '6', what: 'seed 6 broke' },
    ])
    expect(String(end.failure?.error)).toContain('seed 4 broke')
    expect(seedsText('Some', end.seeds)).toBe(
      '2 of 5 seeds failed: 4, 6; again: npx lockstep accept Some --world sim --seed 4',
    )
  })

  it('has no failure when all pass, and ends at once with what is final', async () => {
    const good = await playSeeds({ first: 1, count: 3 }, play, () => false)
    expect(good).toEqual({ seeds: { first: 1, count: 3, failed: [] } })
    expect(seedsText('Some', good.seeds)).toBe('all 3 seeds passed')
    expect(seedsText('Some', { first: 3, count: 1, failed: [] })).toBe('seed 3 passed')
    expect(seedsText('Some', { first: 3, count: 1, failed: [{ seed: '3', what: '' }] })).toBe(
      'seed 3 failed; again: npx lockstep accept Some --world sim --seed 3',
    )
    await expect(playSeeds({ first: 1, count: 9 }, play, () => true)).rejects.toThrow('seed 4 broke')
  })
})
