import { expect, it } from 'vitest'
import { zeroL1BlockRef, zeroL2BlockRef } from '../../node/protocol/refs.ts'
import { testRollupConfig } from '../../node/protocol/testing/rollup-config.ts'
import type { BatchableBlock } from '../batcher/channel-out.ts'
import type { World } from '../world/world.ts'
import { strangerTransfer, wrongBlocks } from './wrong-channel.ts'

const rollup = { ...testRollupConfig({ delta: 0n }), maxSequencerDrift: 12n }
const origin = { ...zeroL1BlockRef, number: 1n, timestamp: 1_000n }
const block = (number: number): BatchableBlock => ({
  ref: {
    ...zeroL2BlockRef,
    ...{ number: BigInt(number), timestamp: 1_000n + 2n * BigInt(number), l1Origin: origin },
  },
  transactions: ['0x02'],
})
const world = (blocks: readonly BatchableBlock[]) => {
  const l1 = { controller: { block: async () => origin } } as unknown as World['l1']
  return wrongBlocks({ rollup, l1, parameters: {} as World['parameters'] }, blocks, 'drift')
}

// Seed 1046: the second of the same transfer was invalid, and took the whole span along.
it('a channel with users beyond the drift has the transfer of the stranger once, in the first such block', async () => {
  const blocks = [5, 6, 7, 8].map(block)
  const made = await world(blocks)
  expect(made?.map(({ transactions }) => transactions)).toEqual([
    ['0x02'],
    ['0x02'],
    [strangerTransfer],
    ['0x02'],
  ])
})

it('there is none where no block lies beyond the drift', async () => {
  expect(await world([5, 6].map(block))).toBeNull()
})
