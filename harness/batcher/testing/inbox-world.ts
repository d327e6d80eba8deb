import type { Hex } from 'viem'
import { compressChannelSync } from '../../../node/adapters/zlib/compress-channel.ts'
import type { ForkName } from '../../../node/config/forks.ts'
import type { RollupConfig } from '../../../node/config/rollup-config.ts'
import { createFakeL2, type FakeL2 } from '../../../node/derivation/pipeline/testing/fake-l2.ts'
import { sequence } from '../../../node/derivation/pipeline/testing/sequence.ts'
import {
  testBatcher,
  testInbox,
  testRollupConfig,
} from '../../../node/derivation/pipeline/testing/test-config.ts'
import { testTransaction } from '../../../node/derivation/pipeline/testing/test-transaction.ts'
import type { L1Transaction } from '../../../node/ports/l1-source.ts'
import { createFakeL1, type FakeL1 } from '../../../node/ports/testing/fake-l1.ts'
import { bytesToHex } from '../../../node/protocol/bytes.ts'
import { encodeBatcherPayload, type Frame } from '../../../node/protocol/frame.ts'
import { keccak256 } from '../../../node/protocol/hash.ts'
import { batchableBlock } from '../batchable-block.ts'
import { type ChannelFormat, channelId, encodeChannel } from '../channel-out.ts'

/** An L1 and a sequencer in memory. L1 blocks come every two seconds from time 1000, L2 blocks every second. */
export interface InboxWorld {
  readonly config: RollupConfig
  readonly l1: FakeL1
  readonly sequencer: FakeL2
  /** Sequences up to that block; block n has n modulo 3 transactions. */
  build(until: bigint): Promise<void>
  /** The frames of a channel with the sequencer's blocks from `first` to `last`. */
  channel(first: bigint, last: bigint, format?: Partial<ChannelFormat>): Promise<Frame[]>
}

export function createInboxWorld(
  fork: ForkName = 'jovian',
  overrides: Partial<RollupConfig> = {},
): InboxWorld {
  const l1 = createFakeL1({ genesisTime: 1000n })
  const config = testRollupConfig(fork, { l1Genesis: l1.head, ...overrides })
  const sequencer = createFakeL2(config)
  return {
    config,
    l1,
    sequencer,
    build: (until) => sequence({ config, l1, l2: sequencer, until, transactions: sequenced }),
    channel(first, last, format = {}) {
      const blocks = sequencer.chain
        .slice(Number(first), Number(last) + 1)
        .map((block) => batchableBlock(config, block))
      return encodeChannel(channelId(blocks, 0), blocks, {
        config,
        batchType: 'span',
        compression: 'zlib',
        compress: compressChannelSync,
        maxFrameBytes: 120_000,
        ...format,
      })
    },
  }
}

const sequenced = (number: bigint) =>
  Array.from({ length: Number(number % 3n) }, (_, index) => testTransaction(Number(number) * 3 + index))

/** A batcher transaction with these frames. */
export function inboxTransaction(
  frames: readonly Frame[],
  overrides: Partial<L1Transaction> = {},
): L1Transaction {
  const payload = encodeBatcherPayload(frames)
  return {
    hash: keccak256(payload),
    type: 2,
    from: testBatcher,
    to: testInbox,
    input: bytesToHex(payload),
    ...overrides,
  }
}

/** The hashes of the chain up to a block. */
export function chainHashes(l2: FakeL2, last: bigint = l2.head.number): Hex[] {
  return l2.chain.slice(0, Number(last) + 1).map((block) => block.payload.blockHash)
}
