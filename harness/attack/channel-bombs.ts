import { genesisTimeS } from '../../bench/derivation/chain.ts'
import { blobDataLengthMax } from '../../node/protocol/blob.ts'
import { concatBytes } from '../../node/protocol/bytes.ts'
import { encodeFrame } from '../../node/protocol/frame.ts'
import { zeroHash } from '../../node/protocol/refs.ts'
import { encodeUvarint } from '../../node/protocol/uvarint.ts'
import {
  announced,
  batchString,
  bigTransaction,
  channelPayload,
  compressParts,
  nextChannelId,
  type Parts,
  singularBatch,
  spanBatch,
  tinyFrames,
  zeros,
} from '../fuzz/crafted.ts'

/** MAX_RLP_BYTES_PER_CHANNEL since Fjord, less what is around the content. */
const full = 100_000_000 - 1_000
/** A block that is on no chain: its batch can never be valid. */
const claims = { parentHash: zeroHash, epochNum: 1n, epochHash: zeroHash, timestamp: genesisTimeS + 2n }

/** The payload of one blob: whole channels, each with the same data. */
async function channels(count: number, parts: Parts, how: 'zlib' | 'brotli'): Promise<Uint8Array> {
  const data = await compressParts(parts, how)
  const frames = Array.from({ length: count }, () =>
    encodeFrame({ channelId: nextChannelId(), number: 0, data, isLast: true }),
  )
  return concatBytes([Uint8Array.of(0), ...frames])
}

/** The payloads of blobs, none of which holds a batch that is valid. */
export const channelBombs: Readonly<Record<string, () => Promise<readonly Uint8Array[]>>> = {
  'a zlib channel that inflates to 100 MB': async () => [
    channelPayload(await compressParts(batchString([zeros(full)]), 'zlib')),
  ],
  'a brotli channel that inflates to 1 GB': async () => [
    channelPayload(
      await compressParts([...batchString(singularBatch(claims, [])), zeros(1_000_000_000)], 'brotli'),
    ),
  ],
  '20 channels of 100 MB each': async () => [
    await channels(20, batchString(singularBatch(claims, bigTransaction(full))), 'brotli'),
  ],
  '1000 channels that announce 100 MB each': async () => [
    await channels(1_000, [...announced(full), zeros(10)], 'brotli'),
  ],
  'a span batch of ten million blocks that is cut off': async () => [
    channelPayload(
      await compressParts(
        batchString(spanBatch(claims, genesisTimeS, 10_000_000, [zeros(9_999_999), encodeUvarint(1n)])),
        'brotli',
      ),
    ),
  ],
  'frames of a channel that never closes, six blobs full': async () => {
    const channelId = nextChannelId()
    return Array.from({ length: 6 }, (_, number) =>
      concatBytes([
        Uint8Array.of(0),
        encodeFrame({
          channelId,
          number,
          data: new Uint8Array(blobDataLengthMax - 24).fill(7),
          isLast: false,
        }),
      ]),
    )
  },
  '5000 channels of one empty frame that never close': async () => [
    tinyFrames(5_000, (index) => ({ channel: 1 + index, number: 0 })),
  ],
}
