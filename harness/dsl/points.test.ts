import { expect, it } from 'vitest'
import type { PointName } from './points.ts'

type Name = PointName<'follower' | 'reference', 'follower-el' | 'reference-el'>

it('takes the names that the topology makes, and no other', () => {
  const names: readonly Name[] = [
    'follower',
    'follower-el',
    'follower→reference',
    'follower→l1',
    'follower→beacon',
    'batcher→l1',
    '*→l1',
    'follower→follower-el',
    'follower↔reference',
    'follower↔*',
    'follower-el↔reference-el',
  ]
  const typos: readonly Name[] = [
    // @ts-expect-error there is no such node
    'follower→refrence',
    // @ts-expect-error an arrow of two dashes
    'follower->reference',
    // @ts-expect-error an engine does not gossip
    'follower↔reference-el',
  ]
  expect(names).not.toContain(typos)
})
