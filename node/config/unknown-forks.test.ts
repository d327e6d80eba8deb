import { describe, expect, it } from 'vitest'
import { forkNames } from './forks.ts'
import { type ForkKeySpelling, refusedForkKeys } from './unknown-forks.ts'

const rollup: ForkKeySpelling = { suffix: '_time', alsoKnown: ['block_time'] }
const genesis: ForkKeySpelling = { suffix: 'Time', alsoKnown: ['cancunTime'] }

describe('refusedForkKeys', () => {
  it.each<[string, ForkKeySpelling, string, unknown, RegExp]>([
    [
      'an unknown fork',
      rollup,
      'marble_time',
      1,
      /this program knows, found 1; it knows regolith, .*, karst$/,
    ],
    ['an unknown fork of a genesis', genesis, 'marbleTime', 0, /found 0; it knows .*, karst$/],
    [
      'a fork that is like a known one by its ending alone',
      rollup,
      'unicorn_time',
      5,
      /found 5; it knows .*, karst$/,
    ],
    ['an unknown fork at genesis', rollup, 'marble_time', 0, /found 0/],
    ['a fork with letters exchanged', rollup, 'kasrt_time', 5, /nearest known key is karst_time/],
    ['a time that is text', rollup, 'marble_time', '0x5', /found "0x5"/],
    ['the next fork', rollup, 'lagoon_time', 5, /found 5: this program knows the fork lagoon by name only/],
    ['its old name', genesis, 'interopTime', 5, /the fork interop by name only/],
    ['a misspelt suffix', rollup, 'karst_tiem', 5, /another spelling of karst_time/],
    ['the spelling of the other file', rollup, 'karstTime', 5, /another spelling of karst_time/],
    [
      'the spelling of the other file, turned round',
      genesis,
      'karst_time',
      5,
      /another spelling of karstTime/,
    ],
    ['capital letters', rollup, 'KARST_TIME', 5, /another spelling of karst_time/],
    ['the next fork in another spelling', rollup, 'lagoonTime', 5, /another spelling of lagoon_time/],
  ])('refuses %s', (_, spelling, key, value, message) => {
    expect(refusedForkKeys({ [key]: value }, spelling)).toEqual([
      { key, message: expect.stringMatching(message) },
    ])
  })

  it('names every such key', () => {
    const keys = refusedForkKeys({ a_time: 1, karst_time: 2, lagoon_time: 3 }, rollup).map(({ key }) => key)
    expect(keys).toEqual(['a_time', 'lagoon_time'])
  })

  it.each<[string, ForkKeySpelling, object]>([
    ['each known fork', rollup, Object.fromEntries(forkNames.map((name) => [`${name}_time`, 1]))],
    [
      'each known fork of a genesis',
      genesis,
      Object.fromEntries(forkNames.map((name) => [`${name}Time`, 1])),
    ],
    ['what is also known', rollup, { block_time: 2 }],
    [
      'an unknown fork without a value',
      rollup,
      { marble_time: null, lagoon_time: null, other_time: undefined },
    ],
    ['unknown keys that schedule nothing', rollup, { explorer: 'https://x', governed_by_optimism: true }],
  ])('passes %s', (_, spelling, json) => {
    expect(refusedForkKeys(json, spelling)).toEqual([])
  })

  it('shortens a long value', () => {
    expect(refusedForkKeys({ x_time: 'a'.repeat(1000) }, rollup)[0]!.message.length).toBeLessThan(200)
  })
})
