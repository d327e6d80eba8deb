import { constants, deflateSync } from 'node:zlib'
import type { Hex } from 'viem'
import { compressChannel } from '../../node/adapters/zlib/compress-channel.ts'
import { bytesToHex, concatBytes } from '../../node/protocol/bytes.ts'
import { encodeChannelBatches } from '../../node/protocol/channel-compression.ts'
import { encodeFrame, type Frame } from '../../node/protocol/frame.ts'
import { batchableBlock } from '../batcher/batchable-block.ts'
import { encodeBatches, splitIntoFrames } from '../batcher/channel-out.ts'
import type { Arena } from './arena.ts'
import { mutate } from './mutate.ts'
import type { SeededRandom } from './random.ts'

/** Where a payload is damaged: the closer to the batches, the deeper the damage gets. */
const depths = ['batch', 'batches', 'channel', 'frames', 'payload'] as const

/** Batcher payloads that were good ones of another chain before they were damaged. */
export async function damagedPayloads(arena: Arena, random: SeededRandom): Promise<Uint8Array[]> {
  const depth = random.pick(depths)
  const damage = <T>(at: (typeof depths)[number], value: T, how: (value: T) => T): T =>
    at === depth || random.below(12) === 0 ? how(value) : value
  const change = (bytes: Uint8Array) => mutate(bytes, random)

  const encoded = someBatches(arena, random)
  const batches = damage('batch', encoded, (list) => list.with(random.below(list.length), change(list[0]!)))
  const plain = damage('batches', encodeChannelBatches(batches), change)
  const data = damage('channel', await compressed(arena, plain, random), change)
  const length = Math.max(1, random.pick([data.length, 200, 60, 30]))
  const id = bytesToHex(random.bytes(16))
  const frames = damage('frames', splitIntoFrames(id, data.subarray(0, 60_000), length + 24), (list) =>
    shuffleFrames(list, random),
  )
  // Before Holocene a channel may be spread over transactions in any order.
  const cut = random.below(3) === 0 ? random.below(frames.length + 1) : frames.length
  const payloads = [frames.slice(cut), frames.slice(0, cut)]
    .filter((part) => part.length > 0)
    .map((part) => concatBytes([Uint8Array.of(0), ...part.map(encodeFrame)]))
  return payloads.map((payload) => damage('payload', payload, change))
}

function someBatches({ foreign, config }: Arena, random: SeededRandom): Uint8Array[] {
  const blocks = foreign.chain.slice(1)
  const first = random.below(blocks.length)
  const some = blocks.slice(first, first + 1 + random.below(12)).map((block) => batchableBlock(config, block))
  return encodeBatches(some, { config, batchType: random.pick(['singular', 'span']) })
}

async function compressed({ config }: Arena, plain: Uint8Array, random: SeededRandom): Promise<Uint8Array> {
  const how = random.pick(['zlib', 'brotli', 'stored', 'unterminated'])
  if (how === 'stored') return deflateSync(plain, { level: 0 })
  if (how === 'unterminated') return deflateSync(plain, { finishFlush: constants.Z_SYNC_FLUSH })
  return compressChannel(plain, how === 'brotli' && config.forks.fjord !== undefined ? 'brotli' : 'zlib')
}

function shuffleFrames(frames: readonly Frame[], random: SeededRandom): Frame[] {
  const result = [...frames]
  for (let count = 1 + random.below(4); count > 0; count--) {
    const index = random.below(result.length)
    const frame = result[index]!
    const how = random.below(6)
    if (how === 0) result.splice(index, 1)
    else if (how === 1) result.splice(random.below(result.length + 1), 0, frame)
    else if (how === 2)
      result[index] = { ...frame, number: random.pick([0, 1, (frame.number + 1) & 0xffff, 65_535]) }
    else if (how === 3) result[index] = { ...frame, isLast: !frame.isLast }
    else if (how === 4) result[index] = { ...frame, channelId: bytesToHex(random.bytes(16)) as Hex }
    else result.reverse()
    if (result.length === 0) return [frame]
  }
  return result
}
