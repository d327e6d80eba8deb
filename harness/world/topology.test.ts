import { describe, expect, it } from 'vitest'
import { twoVerifiersFollowing } from '../topologies.ts'
import { defineTopology, derive, follow, mesh, type Topology } from './topology.ts'

const base: Topology = twoVerifiersFollowing
const reference = base.cls['reference']!

describe('defineTopology', () => {
  it.each<{ name: string; change: Partial<Topology>; error: string }>([
    {
      name: 'an unknown source',
      change: { cls: { ...base.cls, follower: { ...base.cls['follower']!, mode: follow('nobody') } } },
      error:
        'topology twoVerifiersFollowing: cls.follower.mode: expected one of sequencer, reference, follower, found nobody',
    },
    {
      name: 'a cycle',
      change: { cls: { ...base.cls, reference: { ...reference, mode: follow('follower') } } },
      error: 'cls.reference.mode: follows itself: reference → follower → reference',
    },
    {
      name: 'an engine with two drivers',
      change: { cls: { ...base.cls, other: { ...reference } } },
      error: 'cls.other.el: reference-el is driven by reference already',
    },
    {
      name: 'an unknown engine',
      change: { cls: { ...base.cls, reference: { ...reference, el: 'geth' } } },
      error: 'cls.reference.el: there is no execution engine geth',
    },
    {
      name: 'a batcher behind a verifier',
      change: { batcher: { sequencer: 'reference' } },
      error: 'batcher.sequencer: reference does not sequence',
    },
    { name: 'an unknown peer', change: { elPeers: [['reference-el', 'x']] }, error: 'elPeers: there is no' },
  ])('refuses $name', ({ change, error }) => {
    expect(() => defineTopology({ ...base, ...change })).toThrow(error)
  })

  it('accepts a chain of followers', () => {
    const els = { ...base.els, 'last-el': { kind: 'embedded-el' as const } }
    const last = { kind: 'lockstep-node' as const, el: 'last-el', mode: follow('follower') }
    expect(() => defineTopology({ ...base, els, cls: { ...base.cls, last } })).not.toThrow()
    expect(reference.mode).toEqual(derive)
  })
})

describe('mesh', () => {
  it('names every pair once', () => {
    expect(mesh(['a', 'b', 'c'])).toEqual([
      ['a', 'b'],
      ['a', 'c'],
      ['b', 'c'],
    ])
  })
})
