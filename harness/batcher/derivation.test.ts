import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import type { ForkName } from '../../node/config/forks.ts'
import type { RollupConfig } from '../../node/config/rollup-config.ts'
import { createVerifier } from '../../node/derivation/pipeline/testing/derive.ts'
import { createFakeL2, type FakeL2 } from '../../node/derivation/pipeline/testing/fake-l2.ts'
import { sequence } from '../../node/derivation/pipeline/testing/sequence.ts'
import {
  testBatcher,
  testHash,
  testInbox,
  testRollupConfig,
} from '../../node/derivation/pipeline/testing/test-config.ts'
import { testTransaction } from '../../node/derivation/pipeline/testing/test-transaction.ts'
import type { L1Transaction } from '../../node/ports/l1-source.ts'
import { createFakeL1, type FakeL1 } from '../../node/ports/testing/fake-l1.ts'
import { bytesToHex } from '../../node/protocol/bytes.ts'
import { encodeBatcherPayload, type Frame } from '../../node/protocol/frame.ts'
import { batchableBlock } from './batchable-block.ts'
import { type BatchType, type ChannelFormat, channelId, encodeChannel } from './channel-out.ts'

interface World {
  readonly config: RollupConfig
  readonly l1: FakeL1
  readonly sequencer: FakeL2
}

/** L1 blocks every two seconds from time 1000, where L2 starts with a block each second. */
function createWorld(fork: ForkName = 'jovian', overrides: Partial<RollupConfig> = {}): World {
  const l1 = createFakeL1({ genesisTime: 1000n })
  const config = testRollupConfig(fork, { l1Genesis: l1.head, ...overrides })
  return { config, l1, sequencer: createFakeL2(config) }
}

const transactions = (number: bigint) =>
  Array.from({ length: Number(number % 3n) }, (_, index) => testTransaction(Number(number) * 3 + index))

function batcherTransaction(frames: readonly Frame[], from = testBatcher): L1Transaction {
  return {
    hash: testHash('77'),
    type: 2,
    from,
    to: testInbox,
    input: bytesToHex(encodeBatcherPayload(frames)),
  }
}

async function channel(
  world: World,
  first: bigint,
  last: bigint,
  format: Partial<ChannelFormat> = {},
): Promise<Frame[]> {
  const { config, sequencer } = world
  const blocks = sequencer.chain
    .slice(Number(first), Number(last) + 1)
    .map((block) => batchableBlock(config, block))
  return encodeChannel(channelId(blocks, 0), blocks, {
    config,
    batchType: 'span',
    compression: 'zlib',
    maxFrameBytes: 120_000,
    ...format,
  })
}

const hashes = (l2: FakeL2, last: bigint): Hex[] =>
  l2.chain.slice(0, Number(last) + 1).map((block) => block.payload.blockHash)

describe('from blocks to a batch inbox and back', () => {
  const forks: ForkName[] = [
    'regolith',
    'canyon',
    'delta',
    'ecotone',
    'fjord',
    'granite',
    'holocene',
    'isthmus',
    'jovian',
  ]
  it.each(forks)('derives the sequenced chain under %s', async (fork) => {
    const world = createWorld(fork)
    const { config, l1, sequencer } = world
    l1.mine(6)
    await sequence({ config, l1, l2: sequencer, until: 12n, transactions })
    const batchType: BatchType = config.forks.delta === undefined ? 'singular' : 'span'
    const compression = config.forks.fjord === undefined ? 'zlib' : 'brotli'
    const frames = await channel(world, 1n, 12n, { batchType, compression })
    l1.mine(1, { transactions: [batcherTransaction(frames)] })

    const verifier = createVerifier(config, l1)
    await verifier.deriveAll()
    expect(hashes(verifier.l2, 12n)).toEqual(hashes(sequencer, 12n))
    expect(verifier.l2.head.number).toBe(12n)
    expect(verifier.pipeline.origin.hash).toBe(l1.head.hash)
    expect(verifier.resets).toEqual(['not-started'])
  })
})
