import {
  type BrotliDecompress,
  constants,
  createBrotliDecompress,
  createInflate,
  type Inflate,
} from 'node:zlib'

/** First byte of a brotli channel. Source: specs/protocol/fjord/derivation.md, "Brotli Channel Compression". */
export const channelVersionBrotli = 1

/** Compressed bytes given to the decompressor at a time; bounds what one step can blow up to. */
const inputChunkLength = 16 * 1024
const outputChunkLength = 64 * 1024

/**
 * The decompressed bytes of a channel, read on demand; undefined when its first byte names no allowed compression.
 * Throws while it is read, after everything that came before, when the data is corrupt. Data that just stops is fine:
 * op-batcher ends a channel with a flush, not with the end of the zlib stream.
 */
export function decompress(data: Uint8Array, brotliAllowed: boolean): AsyncIterable<Uint8Array> | undefined {
  const first = data[0]
  if (first === undefined) return undefined
  // The lower four bits of a zlib header are the method, 8, or the reserved 15 (RFC 1950).
  if ((first & 0x0f) === 8 || (first & 0x0f) === 15)
    return stream(
      () => createInflate({ finishFlush: constants.Z_SYNC_FLUSH, chunkSize: outputChunkLength }),
      data,
    )
  if (first === channelVersionBrotli && brotliAllowed)
    return stream(
      () =>
        createBrotliDecompress({
          finishFlush: constants.BROTLI_OPERATION_FLUSH,
          chunkSize: outputChunkLength,
        }),
      data.subarray(1),
    )
  return undefined
}

async function* stream(
  create: () => Inflate | BrotliDecompress,
  data: Uint8Array,
): AsyncGenerator<Uint8Array, void> {
  const decompressor = create()
  const output: Uint8Array[] = []
  // Flowing from the start: a stream that fails would drop what it still had buffered.
  decompressor.on('data', (chunk: Uint8Array) => output.push(chunk))
  let failure: Error | undefined
  let ended = false
  decompressor.on('error', (error) => {
    failure = error
  })
  decompressor.on('end', () => {
    ended = true
  })
  try {
    for (
      let offset = 0;
      offset < data.length && failure === undefined && !ended;
      offset += inputChunkLength
    ) {
      await write(decompressor, data.subarray(offset, offset + inputChunkLength))
      yield* output.splice(0)
    }
    if (failure === undefined && !ended) await finish(decompressor)
    yield* output.splice(0)
    if (failure !== undefined) throw failure
  } finally {
    decompressor.destroy()
  }
}

/** Resolves when the input is used up, or the stream ended or failed before. */
function write(decompressor: Inflate | BrotliDecompress, input: Uint8Array): Promise<void> {
  return settle(decompressor, (resolve) => decompressor.write(input, resolve))
}

function finish(decompressor: Inflate | BrotliDecompress): Promise<void> {
  return settle(decompressor, () => decompressor.end())
}

function settle(
  decompressor: Inflate | BrotliDecompress,
  start: (resolve: () => void) => void,
): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ['end', 'error', 'close'] as const) decompressor.removeListener(event, done)
      resolve()
    }
    for (const event of ['end', 'error', 'close'] as const) decompressor.once(event, done)
    start(done)
  })
}
