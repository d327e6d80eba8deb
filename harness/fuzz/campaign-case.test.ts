import { expect, it } from 'vitest'
import { campaignCase } from './campaign-case.ts'
import { campaignPace } from './campaign-pace.ts'

it.each([
  ['a world that is drawn', '1001', campaignPace],
  ['a known incident', 'source-reorgs', campaignPace],
  // What it shows is a matter of how often the node asks.
  ['a known incident that has a pace of its own', 'refused-once-amid-a-deep-reorg', { l1PollsPerBlock: 2 }],
  [
    'one that is changed',
    'refused-once-amid-a-deep-reorg~7',
    { l1PollsPerBlock: 2, batcherPollsPerBlock: 1 },
  ],
])('%s runs at the pace of a campaign or its own', (_, seed, pace) => {
  expect(campaignCase(seed, 'model')).toMatchObject({ ...pace, engine: 'model' })
})
