import type { ForkName } from '../../node/config/forks.ts'
import { concatBytes } from '../../node/protocol/bytes.ts'
import { encodeFrame } from '../../node/protocol/frame.ts'
import type { L2BlockRef } from '../../node/protocol/refs.ts'
import { encodeUvarint } from '../../node/protocol/uvarint.ts'
import type { Arena } from './arena.ts'
import {
  announced,
  batchString,
  bigTransaction,
  type Claims,
  channelPayload,
  compressParts,
  nextChannelId,
  type Parts,
  repeated,
  singularBatch,
  spanBatch,
  tinyFrames,
  transactionColumns,
  zeros,
} from './crafted.ts'

/** Batcher data that was made to hurt. */
export interface CraftedCase {
  readonly name: string
  readonly fork: ForkName
  /** The payloads of consecutive L1 blocks. */
  readonly build: (arena: Arena) => Promise<readonly (readonly Uint8Array[])[]>
  /** What the node makes of it becomes part of its chain. */
  readonly accepted?: boolean
}

const maxRlpBytes = 100_000_000
/** Bytes of a batch that fills a channel beside its content. */
const room = 1000

/** The block after that one, in the newest epoch that it may have. */
function after(parent: L2BlockRef, { l1 }: Arena): Claims {
  const next = parent.l1Origin.number < l1.head.number ? l1.at(parent.l1Origin.number + 1n) : undefined
  const timestamp = parent.timestamp + 1n
  const epoch = next !== undefined && next.timestamp <= timestamp ? next : l1.at(parent.l1Origin.number)
  return { parentHash: parent.hash, epochNum: epoch.number, epochHash: epoch.hash, timestamp }
}

const foreign = (arena: Arena) => after(arena.foreign.head, arena)
/** Behind all that the node can have: before Holocene such a batch is kept for later. */
const future = (arena: Arena) => ({ ...foreign(arena), timestamp: arena.l1.head.timestamp + 1000n })
const own = (arena: Arena) => after(arena.victim.l2.head, arena)
const span = (claims: Claims, { config }: Arena, blocks: number, rest: Parts) =>
  spanBatch(claims, config.genesis.l2Time, blocks, rest)

const oneBlock = async (...payloads: (Uint8Array | Promise<Uint8Array>)[]) => [await Promise.all(payloads)]
const channelOf = async (parts: Parts, how: 'zlib' | 'brotli') =>
  channelPayload(await compressParts(parts, how))

/** One L1 block with one channel with one batch. */
const batch =
  (how: 'zlib' | 'brotli', make: (arena: Arena) => Parts): CraftedCase['build'] =>
  (arena) =>
    oneBlock(channelOf(batchString(make(arena)), how))

const full = maxRlpBytes - room

export const craftedCases: readonly CraftedCase[] = [
  {
    name: 'a zlib bomb: a batch of 100 MB of zeros',
    fork: 'jovian',
    build: batch('zlib', () => [zeros(full)]),
  },
  {
    name: 'a brotli bomb: 500 MB behind one batch',
    fork: 'jovian',
    build: (arena) =>
      oneBlock(channelOf([...batchString(singularBatch(foreign(arena), [])), zeros(500_000_000)], 'brotli')),
  },
  {
    name: 'a singular batch with one transaction of 100 MB',
    fork: 'jovian',
    build: batch('brotli', (arena) => singularBatch(own(arena), bigTransaction(full))),
    accepted: true,
  },
  {
    name: 'a singular batch with three million transactions',
    fork: 'jovian',
    build: batch('brotli', (arena) => singularBatch(own(arena), [repeated(3_000_000, 0x01)])),
    accepted: true,
  },
  {
    name: 'a singular batch with three million transactions before Holocene',
    fork: 'granite',
    build: batch('brotli', (arena) => singularBatch(own(arena), [repeated(3_000_000, 0x01)])),
    accepted: true,
  },
  {
    name: 'a span batch of a million empty blocks',
    fork: 'jovian',
    build: batch('brotli', (arena) => span(own(arena), arena, 1_000_000, [zeros(1_000_000)])),
    accepted: true,
  },
  {
    name: 'a span batch of a million empty blocks before Holocene',
    fork: 'delta',
    build: batch('zlib', (arena) => span(own(arena), arena, 1_000_000, [zeros(1_000_000)])),
  },
  {
    name: 'a span batch of ten million empty blocks',
    fork: 'jovian',
    build: batch('brotli', (arena) => span(own(arena), arena, 10_000_000, [zeros(10_000_000)])),
    accepted: true,
  },
  {
    name: 'a span batch of ten million blocks that is cut off',
    fork: 'jovian',
    build: batch('brotli', (arena) =>
      span(own(arena), arena, 10_000_000, [zeros(9_999_999), Uint8Array.of(1)]),
    ),
  },
  {
    name: 'a span batch of 400 000 transactions in a block',
    fork: 'jovian',
    build: batch('brotli', (arena) =>
      span(own(arena), arena, 1, [encodeUvarint(400_000), ...transactionColumns(400_000)]),
    ),
    accepted: true,
  },
  {
    name: 'a span batch of 200 000 blocks with a transaction each',
    fork: 'fjord',
    build: batch('brotli', (arena) =>
      span(future(arena), arena, 200_000, [repeated(200_000, 1), ...transactionColumns(200_000)]),
    ),
  },
  {
    name: 'counts of ten million with nothing behind them',
    fork: 'jovian',
    build: async (arena) => {
      const counts = encodeUvarint(10_000_000)
      const parts = batchString(span(own(arena), arena, 1, [counts, zeros(3_000_000)]))
      return oneBlock(...Array.from({ length: 5 }, () => channelOf(parts, 'brotli')))
    },
  },
  {
    name: '500 channels that announce 100 MB each',
    fork: 'jovian',
    build: async () => {
      const data = await compressParts([...announced(full), zeros(10)], 'brotli')
      const frames = Array.from({ length: 500 }, () =>
        encodeFrame({ channelId: nextChannelId(), number: 0, data, isLast: true }),
      )
      return oneBlock(concatBytes([Uint8Array.of(0), ...frames]))
    },
  },
  {
    name: 'two channels of 100 MB each',
    fork: 'jovian',
    build: async (arena) => {
      const data = await compressParts(
        batchString(singularBatch(foreign(arena), bigTransaction(full))),
        'brotli',
      )
      return oneBlock(...Array.from({ length: 2 }, () => channelPayload(data)))
    },
  },
  {
    name: '30 000 batches that are too early',
    fork: 'ecotone',
    build: (arena) => {
      const early = concatBytes(batchString(singularBatch(future(arena), [])) as Uint8Array[])
      return oneBlock(channelOf([{ times: 30_000, bytes: early }], 'zlib'))
    },
  },
  {
    name: '300 000 frames in a payload',
    fork: 'jovian',
    build: () => oneBlock(tinyFrames(300_000, (index) => ({ channel: index % 7, number: 0 }))),
  },
  {
    name: '300 000 channels',
    fork: 'ecotone',
    build: () => oneBlock(tinyFrames(300_000, (index) => ({ channel: 1 + index, number: 0 }))),
  },
  {
    name: '260 000 frames of four channels, last one first',
    fork: 'ecotone',
    build: () =>
      oneBlock(tinyFrames(260_000, (index) => ({ channel: 1 + (index % 4), number: 65_535 - (index >> 2) }))),
  },
]
