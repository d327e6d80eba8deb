import { describe, expect, it } from 'vitest'
import { twoVerifiersFollowing } from '../../topologies.ts'
import { allocateEndpoints, localTargets, planLinks } from './endpoints.ts'
import { createPortAllocator } from './ports.ts'

describe('endpoints of twoVerifiersFollowing', () => {
  it('has a port of its own for everything, and a link for each consumer of each provider', async () => {
    const ports = createPortAllocator({ slot: process.pid })
    const endpoints = await allocateEndpoints(twoVerifiersFollowing, ports)
    expect(new Set(ports.allocated).size).toBe(3 + 3 * 3 + 3 * 3)

    const links = planLinks(twoVerifiersFollowing, localTargets(endpoints))
    expect(links.map(({ name }) => name)).toEqual([
      'sequencer→l1',
      'sequencer→beacon',
      'sequencer→sequencer-el(engine)',
      'sequencer→reference',
      'reference→l1',
      'reference→beacon',
      'reference→reference-el(engine)',
      'follower→l1',
      'follower→beacon',
      'follower→follower-el(engine)',
      'follower→reference',
      'batcher→l1',
      'batcher→sequencer',
      'batcher→sequencer-el',
    ])
    const reference = `http://127.0.0.1:${endpoints.cls.get('reference')?.rpc}`
    expect(links.filter(({ target }) => target === reference).map(({ name }) => name)).toEqual([
      'sequencer→reference',
      'follower→reference',
    ])
  })
})
