import type { Hash, Hex } from 'viem'
import { type Beacon, type BlobId, BlobsNotFoundError } from '../../ports/beacon.ts'
import type { Kzg } from '../../ports/kzg.ts'
import { versionedHash } from '../../protocol/blob.ts'
import { bytesToHex, hexToBytes } from '../../protocol/bytes.ts'
import { formatRef } from '../../protocol/refs.ts'
import { createLruCache } from '../lru-cache.ts'
import { nativeSha256 } from '../system/native-sha256.ts'
import type { BeaconClient } from './beacon-client.ts'

export interface BeaconOptions {
  /** The beacon of the own L1; it alone is asked for times. */
  readonly beacon: BeaconClient
  /** Asked for blobs in turn when the one before fails, for example archives of blobs that beacons have forgotten. */
  readonly fallbacks: readonly BeaconClient[]
  /** In place of what the beacon says. */
  readonly slotDurationMs?: number | undefined
  readonly kzg: Pick<Kzg, 'commitment'>
  /** Blobs kept, each of 128 KiB. Default 64. */
  readonly cacheBlobs?: number
}

interface SlotTiming {
  readonly genesisTime: bigint
  readonly slotDurationMs: bigint
}

const hashesKept = 512
/** A commitment takes a tenth of a second: of blobs where none was expected, no more are looked at. */
const straysMax = 32

/**
 * Where in an answer of that many blobs the wanted ones are, the likeliest places first: where they were asked for, or,
 * of a beacon that gives all of a slot, where they are in it. Then everywhere, up to a limit.
 */
function likelyFirst(wanted: readonly BlobId[], count: number): readonly number[] {
  const likely = wanted.map(({ index }, at) => (count === wanted.length ? at : index))
  const places = new Set(likely.filter((at) => at < count))
  for (let at = 0, strays = 0; at < count && strays < straysMax; at++) {
    if (places.has(at)) continue
    places.add(at)
    strays++
  }
  return [...places]
}

/** Null when it is not hex. */
function blobOf(hex: Hex): Uint8Array | null {
  try {
    return hexToBytes(hex)
  } catch {
    return null
  }
}

/**
 * The Beacon port on beacon nodes. No answer is trusted: the commitment of each blob is computed anew, which also
 * finds the wanted ones among others in any order and proves more than the proof that a sidecar brings.
 */
export function createBeacon(options: BeaconOptions): Beacon {
  const { beacon, kzg } = options
  const sources = [beacon, ...options.fallbacks]
  const cache = createLruCache<Hash, Uint8Array>(options.cacheBlobs ?? 64)
  /** What blobs came to, by their bytes: the same ones may come again and again. */
  const hashes = createLruCache<Hex, Hash | null>(hashesKept)
  let timing: SlotTiming | null = null
  /** As op-node: whoever answered last is asked first. */
  let preferred = 0

  async function slotTiming(signal: AbortSignal): Promise<SlotTiming> {
    const override = options.slotDurationMs
    timing ??= {
      genesisTime: await beacon.genesisTime(signal),
      slotDurationMs: override === undefined ? await beacon.slotDurationMs(signal) : BigInt(override),
    }
    return timing
  }

  async function hashOf(blob: Uint8Array): Promise<Hash | null> {
    const key = bytesToHex(nativeSha256([blob]))
    const known = hashes.get(key)
    if (known !== undefined) return known
    const commitment = await kzg.commitment(blob)
    const hash = commitment === null ? null : versionedHash(commitment)
    hashes.set(key, hash)
    return hash
  }

  /** Adds to `found` what the source has of what is wanted and not there yet. What was proven stays, whatever follows. */
  async function fetchFrom(
    source: BeaconClient,
    slot: bigint,
    wanted: readonly BlobId[],
    found: Map<Hash, Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    const ask = wanted.filter((blob) => !found.has(blob.versionedHash))
    const missing = new Set(ask.map((blob) => blob.versionedHash))
    const answered = await source.blobsOfSlot(slot, ask, signal)
    for (const at of likelyFirst(ask, answered.length)) {
      if (missing.size === 0) break
      const blob = blobOf(answered[at] as Hex)
      const hash = blob === null ? null : await hashOf(blob)
      if (blob === null || hash === null || !missing.delete(hash)) continue
      found.set(hash, blob)
      cache.set(hash, blob)
    }
    signal.throwIfAborted()
    if (missing.size > 0)
      throw new BlobsNotFoundError(
        `beacon slot ${slot}: expected ${ask.length} blobs, found ${ask.length - missing.size} of them among ${answered.length}; missing ${[...missing].join(', ')}`,
      )
  }

  async function fetchBlobs(
    slot: bigint,
    wanted: readonly BlobId[],
    found: Map<Hash, Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    const errors: unknown[] = []
    for (let turn = 0; turn < sources.length; turn++)
      try {
        return await fetchFrom(sources[preferred]!, slot, wanted, found, signal)
      } catch (error) {
        signal.throwIfAborted()
        errors.push(error)
        preferred = (preferred + 1) % sources.length
      }
    const message = errors.map((error) => (error instanceof Error ? error.message : error)).join('; ')
    throw errors.every((error) => error instanceof BlobsNotFoundError)
      ? new BlobsNotFoundError(message)
      : new Error(message)
  }

  return {
    async check(signal) {
      await slotTiming(signal)
    },
    async blobs(block, wanted, signal) {
      const found = new Map<Hash, Uint8Array>()
      for (const { versionedHash: hash } of wanted) {
        const blob = cache.get(hash)
        if (blob !== undefined) found.set(hash, blob)
      }
      if (wanted.some((blob) => !found.has(blob.versionedHash))) {
        const { genesisTime, slotDurationMs } = await slotTiming(signal)
        if (block.timestamp < genesisTime)
          throw new Error(
            `L1 block ${formatRef(block)} has time ${block.timestamp}, before the beacon's genesis at ${genesisTime}: is the beacon on another chain?`,
          )
        const slot = ((block.timestamp - genesisTime) * 1000n) / slotDurationMs
        await fetchBlobs(slot, wanted, found, signal)
      }
      return wanted.map(({ versionedHash: hash }) => found.get(hash)!)
    },
  }
}
