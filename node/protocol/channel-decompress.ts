import {
  type BrotliDecompress,
  constants,
  createBrotliDecompress,
  createInflate,
  type Inflate,
} from 'node:zlib'

/** First byte of a brotli channel. Source: specs/protocol/fjord/derivation.md, "Brotli Channel Compression". */
export const channelVersionBrotli = 1

const outputChunkLength = 64 * 1024

/**
 * Compressed bytes given to the decompressor at a time. The first bounds what one step can blow up to. zlib gives
 * nothing of the step in which it finds an error, so the step is taken again in smaller ones: in the end only what the
 * faulty byte itself completes is missing.
 */
const inputLengths = [16 * 1024, 128, 1] as const

type Decompressor = Inflate | BrotliDecompress

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
    return salvage(
      () => createInflate({ finishFlush: constants.Z_SYNC_FLUSH, chunkSize: outputChunkLength }),
      data,
    )
  if (first === channelVersionBrotli && brotliAllowed)
    return salvage(
      () =>
        createBrotliDecompress({
          finishFlush: constants.BROTLI_OPERATION_FLUSH,
          chunkSize: outputChunkLength,
        }),
      data.subarray(1),
    )
  return undefined
}

/** Decompresses in ever smaller steps from the one that failed on, without giving any byte twice. */
async function* salvage(create: () => Decompressor, data: Uint8Array): AsyncGenerator<Uint8Array, void> {
  let given = 0
  let good = 0
  let failure: Error | undefined
  for (const inputLength of inputLengths) {
    let seen = 0
    failure = undefined
    for await (const step of decompressInSteps(create(), data, good, inputLength)) {
      if (step.failure !== undefined) failure = step.failure
      else good = Math.max(good, step.end)
      for (const chunk of step.output) {
        const fresh = chunk.subarray(Math.max(0, given - seen))
        seen += chunk.length
        if (fresh.length === 0) continue
        given += fresh.length
        yield fresh
      }
    }
    if (failure === undefined) return
  }
  throw failure
}

interface Step {
  /** Input that was used up. */
  readonly end: number
  readonly output: readonly Uint8Array[]
  readonly failure: Error | undefined
}

/** Input before `good`, which is known to work, goes in as fast as it can; the rest `inputLength` bytes at a time. */
async function* decompressInSteps(
  decompressor: Decompressor,
  data: Uint8Array,
  good: number,
  inputLength: number,
): AsyncGenerator<Step, void> {
  const output: Uint8Array[] = []
  let failure: Error | undefined
  let ended = false
  // Flowing from the start: a stream that fails drops what it still has buffered.
  decompressor.on('data', (chunk: Uint8Array) => output.push(chunk))
  decompressor.on('error', (error) => {
    failure = error
  })
  decompressor.on('end', () => {
    ended = true
  })
  try {
    let end = 0
    while (end < data.length && !ended) {
      const start = end
      end =
        start < good ? Math.min(start + inputLengths[0], good) : Math.min(start + inputLength, data.length)
      await settle(decompressor, (done) => decompressor.write(data.subarray(start, end), done))
      yield { end, output: output.splice(0), failure }
      if (failure !== undefined) return
    }
    if (!ended) await settle(decompressor, () => decompressor.end())
    yield { end, output: output.splice(0), failure }
  } finally {
    decompressor.destroy()
  }
}

/** Resolves when `start` is done, or the stream ended or failed before. */
function settle(decompressor: Decompressor, start: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const events = ['end', 'error', 'close'] as const
    const done = () => {
      for (const event of events) decompressor.removeListener(event, done)
      resolve()
    }
    for (const event of events) decompressor.once(event, done)
    start(done)
  })
}
