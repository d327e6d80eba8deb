import { describe, expect, it } from 'vitest'
import { topologies, twoVerifiersFollowing as topology, twoSequencers } from '../topologies.ts'
import { hostedComponents, parseDriverChoice } from './placement.ts'

const els = ['sequencer-el', 'reference-el', 'follower-el']
const placed = (choice: Parameters<typeof parseDriverChoice>[0], ownProcess: readonly string[] = []) => [
  ...hostedComponents(topology, { choice: parseDriverChoice(choice), ownProcess }),
]

describe('hostedComponents', () => {
  it.each([
    ['auto', [], [...els, 'sequencer', 'reference']],
    ['auto', ['sequencer-el', 'reference'], ['reference-el', 'follower-el', 'sequencer']],
    ['in-process', [], [...els, 'sequencer', 'reference', 'follower']],
    ['in-process', ['follower'], [...els, 'sequencer', 'reference']],
    ['process', [], []],
    ['process', ['follower'], []],
  ])('by %s, with %j alone, puts %j into one process', (choice, ownProcess, hosted) => {
    expect(placed(choice, ownProcess)).toEqual(hosted)
  })

  it('leaves every node of a topology alone in which none follows without building', () => {
    expect([...hostedComponents(twoSequencers, { choice: 'auto', ownProcess: [] })]).toEqual([
      'first-el',
      'second-el',
    ])
  })

  it('never hosts a node under test by itself', () => {
    for (const each of Object.values(topologies)) {
      const hosted = hostedComponents(each, { choice: 'auto', ownProcess: [] })
      expect(Object.keys(each.cls).some((name) => !hosted.has(name))).toBe(true)
    }
  })

  it('refuses a name that is no component of the topology', () => {
    expect(() => placed('auto', ['folower'])).toThrow(
      'ownProcess: expected some of sequencer-el, reference-el, follower-el, sequencer, reference, follower (topology twoVerifiersFollowing), found folower',
    )
  })
})

describe('parseDriverChoice', () => {
  it('refuses what is no choice', () => {
    expect(() => parseDriverChoice('podman')).toThrow(
      'LOCKSTEP_DRIVER: expected one of auto, in-process, process, docker, found podman',
    )
  })
})
