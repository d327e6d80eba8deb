import {
  type BrotliDecompress,
  constants,
  createBrotliDecompress,
  createInflate,
  type Inflate,
} from 'node:zlib'
import type { Decompressor } from '../../ports/decompressor.ts'

const outputChunkLength = 64 * 1024

/**
 * Compressed bytes given to the decompressor at a time. zlib gives nothing of the output chunk in which it finds an
 * error, so the input is taken again in smaller steps from the one that failed on: in the end only what the faulty byte
 * itself completes is missing.
 */
const inputLengths = [16 * 1024, 128, 1] as const

type Stream = Inflate | BrotliDecompress

const create = {
  zlib: () => createInflate({ finishFlush: constants.Z_SYNC_FLUSH, chunkSize: outputChunkLength }),
  brotli: () =>
    createBrotliDecompress({
      finishFlush: constants.BROTLI_OPERATION_FLUSH,
      chunkSize: outputChunkLength,
    }),
} as const

/** The Decompressor port on zlib's streams: a thread beside the node's decompresses what is read, as it is read. */
export function createDecompressor(): Decompressor {
  return { decompress: (compression, data) => salvage(create[compression], data) }
}

/** Decompresses in ever smaller steps from the one that failed on, without giving any byte twice. */
async function* salvage(create: () => Stream, data: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  let given = 0
  let good = 0
  let failure: Error | undefined
  for (const inputLength of inputLengths) {
    const attempt = startDecompressor(create())
    let seen = 0
    let used = 0
    try {
      for (const input of slices(data, good, inputLength)) {
        for await (const chunk of attempt.feed(input)) {
          const fresh = chunk.subarray(Math.max(0, given - seen))
          seen += chunk.length
          given = Math.max(given, seen)
          if (fresh.length > 0) yield fresh
        }
        if (attempt.failure !== undefined || attempt.ended) break
        used += input?.length ?? 0
        good = Math.max(good, used)
      }
    } finally {
      attempt.stop()
    }
    failure = attempt.failure
    if (failure === undefined) return
  }
  throw failure
}

/**
 * The data in slices, then undefined for its end: what comes before `good`, which is known to work, as fast as it can,
 * the rest `inputLength` bytes at a time.
 */
function* slices(
  data: readonly Uint8Array[],
  good: number,
  inputLength: number,
): Generator<Uint8Array | undefined> {
  let used = 0
  for (const piece of data)
    for (let start = 0; start < piece.length; ) {
      const length = used < good ? Math.min(inputLengths[0], good - used) : inputLength
      const slice = piece.subarray(start, start + length)
      start += slice.length
      used += slice.length
      yield slice
    }
  yield undefined
}

interface Attempt {
  readonly failure: Error | undefined
  /** True when the compressed stream came to its end. */
  readonly ended: boolean
  /** Takes the next input, or the end of it, and gives what it decompresses to until it is used up or cannot be. */
  feed(input: Uint8Array | undefined): AsyncGenerator<Uint8Array, void>
  stop(): void
}

function startDecompressor(decompressor: Stream): Attempt {
  let failure: Error | undefined
  let ended = false
  let wake = () => {}
  decompressor.on('readable', () => wake())
  decompressor.on('close', () => wake())
  decompressor.on('error', (error) => {
    failure = error
    wake()
  })
  decompressor.on('end', () => {
    ended = true
    wake()
  })
  return {
    get failure() {
      return failure
    },
    get ended() {
      return ended
    },
    async *feed(input) {
      let accepted = false
      const done = () => {
        accepted = input !== undefined
        wake()
      }
      if (input === undefined) decompressor.end()
      else decompressor.write(input, done)
      for (;;) {
        // Nothing is decompressed ahead of what is read here.
        const chunk: Uint8Array | null = decompressor.read()
        if (chunk !== null) yield chunk
        else if (accepted || ended || failure !== undefined || decompressor.destroyed) return
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    },
    stop: () => void decompressor.destroy(),
  }
}
