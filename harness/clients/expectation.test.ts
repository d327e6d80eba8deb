import { describe, expect, it } from 'vitest'
import { slowestPolls } from '../world/poll-periods.ts'
import { expectationOf, type Occupant } from './expectation.ts'
import { konaNode } from './kona-node.ts'
import { lockstepNode } from './lockstep-node.ts'
import { opNode } from './op-node.ts'

const follower = (client: Occupant['client']): Occupant => ({ node: 'follower', role: 'follower', client })
const sequencer = (client: Occupant['client']): Occupant => ({ node: 'sequencer', role: 'sequencer', client })

describe('what is expected of a scenario', () => {
  it.each([
    {
      name: 'our own node',
      scenario: 'FollowL2_ReorgRecovery',
      needs: { follower: ['metrics' as const] },
      occupants: [follower(lockstepNode), sequencer(lockstepNode)],
      expected: { kind: 'run' },
    },
    {
      name: 'a capability that is missing',
      scenario: 'X',
      needs: { follower: ['metrics' as const, 'safe-head-db' as const] },
      occupants: [follower(konaNode)],
      expected: {
        kind: 'skip',
        reason:
          'follower is kona-node, which serves no metrics under the names that the scenario reads; follower is kona-node, which has no safe-head database (optimism_safeHeadAtL1Block)',
      },
    },
    {
      name: 'a capability that another node misses',
      scenario: 'X',
      needs: { sequencer: ['metrics' as const] },
      occupants: [follower(konaNode), sequencer(lockstepNode)],
      expected: { kind: 'run' },
    },
    {
      name: 'a deviation, with its link',
      scenario: 'FollowL2_ReorgRecovery_UnderLoad',
      needs: {},
      occupants: [sequencer(konaNode)],
      expected: {
        kind: 'expectFail',
        because: [
          {
            node: 'sequencer',
            client: 'kona-node',
            link: 'https://github.com/ethereum-optimism/optimism/issues/18676',
          },
        ],
      },
    },
    {
      name: 'a deviation of another role',
      scenario: 'FollowL2_ReorgRecovery',
      needs: {},
      occupants: [follower(konaNode)],
      expected: { kind: 'run' },
    },
    {
      name: 'a deviation that concerns another scenario',
      scenario: 'FollowL2_WithoutCLP2P',
      needs: {},
      occupants: [follower(opNode), sequencer(konaNode)],
      expected: { kind: 'run' },
    },
  ])('$name', ({ scenario, needs, occupants, expected }) => {
    expect(expectationOf({ scenario, needs }, occupants)).toMatchObject(expected)
  })
})

describe('slowestPolls', () => {
  it('takes the slowest of each', () => {
    expect(slowestPolls([lockstepNode.polls, konaNode.polls, { followSourceMs: 9_000 }])).toEqual({
      l1HeadMs: 4_000,
      l1FinalizedMs: 60_000,
      followSourceMs: 9_000,
    })
    expect(slowestPolls([lockstepNode.polls])).toEqual({})
  })
})
