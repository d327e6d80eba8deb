import { expect, it } from 'vitest'
import { derive, follow } from '../world/topology.ts'
import { capabilitiesIn } from './capabilities.ts'
import { konaNode } from './kona-node.ts'
import { lockstepNode } from './lockstep-node.ts'

it.each([
  [
    'a node that derives',
    lockstepNode,
    { mode: derive, safeDb: true as const },
    ['metrics', 'admin', 'gossip-control', 'safe-head-db', 'el-sync', 'clock-offset', 'reasons'],
  ],
  [
    'a follower',
    lockstepNode,
    { mode: follow('reference') },
    ['metrics', 'admin', 'gossip-control', 'clock-offset', 'reasons'],
  ],
  [
    'a sequencer of another kind',
    konaNode,
    { mode: derive, sequencer: { l1Confirmations: 2 } },
    ['admin', 'gossip-control', 'recover-mode'],
  ],
])('%s can do what its slot has a use for', (_, client, spec, expected) => {
  expect([...capabilitiesIn(client, spec)]).toEqual(expected)
})
