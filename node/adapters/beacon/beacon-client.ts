import type { Hash, Hex } from 'viem'
import { z } from 'zod'
import type { FinishedCall } from '../../json-rpc/client.ts'
import { createHttpExchange, type HttpExchange } from '../../json-rpc/http-exchange.ts'
import { parseAnswerJson } from '../../json-rpc/json.ts'
import { redactUrl } from '../../json-rpc/redact-url.ts'
import { parseAnswer } from '../../json-rpc/schema.ts'
import type { TransportAnswer } from '../../json-rpc/transport.ts'
import { type BlobId, BlobsNotFoundError } from '../../ports/beacon.ts'
import type { Clock } from '../../ports/clock.ts'
import { blobLength, versionedHash } from '../../protocol/blob.ts'
import { hexToBytes } from '../../protocol/bytes.ts'
import { listOf } from '../../protocol/list-schema.ts'
import { systemEventLoop } from '../system/system-event-loop.ts'

export interface BeaconClientOptions {
  /** Base of the beacon API; may have a path and a query of its own. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** One call takes at most this long. */
  readonly timeoutMs: number
  /** Ask for all blobs of a slot, for beacons whose filter does not work. */
  readonly fetchAllSidecars?: boolean
  /** A longer answer is refused. Default 24 MiB, which is 96 blobs: four times as many as a block may have in 2026. */
  readonly responseBytesMax?: number
  /** Called for every finished call, for metrics; the method is the endpoint's last word. */
  readonly onCall?: (call: FinishedCall) => void
  /** Of deadlines. Default: the machine's. */
  readonly clock?: Clock | undefined
  /** How it is reached, with a clock in milliseconds for `onCall`. Default: over HTTP, by the machine's. */
  readonly via?: { readonly exchange: HttpExchange; readonly nowMs: () => number }
}

type BlobMethod = 'blobs' | 'blob_sidecars'
type BeaconMethod = 'spec' | 'genesis' | BlobMethod

/** The part of one beacon node's HTTP API that blobs need. Source: ethereum/beacon-APIs. */
export interface BeaconClient {
  /** Time of slot 0, in seconds. */
  genesisTime(signal: AbortSignal): Promise<bigint>
  /** Milliseconds from one slot to the next. */
  slotDurationMs(signal: AbortSignal): Promise<bigint>
  /**
   * What the beacon says the blobs of the slot are, in any order, with or without others. Nothing is verified, not even that
   * it is hex: to decode a hundred takes longer than a caller may stand still.
   * @throws BlobsNotFoundError when the beacon knows no blobs of that slot.
   */
  blobsOfSlot(slot: bigint, wanted: readonly BlobId[], signal: AbortSignal): Promise<readonly Hex[]>
}

/** MAX_BLOB_COMMITMENTS_PER_BLOCK (consensus-specs, deneb): blob schedules stay below it. */
const blobsMax = 4096
const blobHexLength = 2 + 2 * blobLength
const blobHex = z.string().length(blobHexLength) as unknown as z.ZodType<Hex>
const decimal = z
  .string()
  .regex(/^\d{1,20}$/, 'expected a decimal number')
  .transform(BigInt)
const genesisSchema = z.object({ data: z.object({ genesis_time: decimal }) })
/** Fulu replaces the duration in seconds by one in milliseconds; beacons have either or both. */
const specSchema = z.object({
  data: z.object({ SECONDS_PER_SLOT: decimal.optional(), SLOT_DURATION_MS: decimal.optional() }),
})
const blobsSchema = z.object({ data: listOf(blobHex, blobsMax) })
const sidecarsSchema = z.object({
  data: listOf(
    z.object({ blob: blobHex, kzg_commitment: z.string().regex(/^0x[0-9a-fA-F]{96}$/) }),
    blobsMax,
  ),
})

const defaultResponseBytesMax = 24 * 1024 * 1024

/** The configuration of a chain is a few hundred short values. */
const bytesMaxOf = (method: BeaconMethod): number =>
  method === 'blobs' || method === 'blob_sidecars' ? Number.POSITIVE_INFINITY : 1024 * 1024

/** The beacon answered with a status other than 200. */
class BeaconHttpError extends Error {
  readonly status: number
  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
  /** The beacon does not serve this endpoint, or nothing there; a server that has trouble says 5xx. */
  get isRefusal(): boolean {
    return (this.status >= 400 && this.status < 500) || this.status === 501
  }
}

/**
 * Asks one beacon node. Newer ones serve `blobs`, older ones `blob_sidecars`; both say 404 for a slot that they do not
 * have and for an endpoint, so that only an answer tells which one is served. It is remembered.
 */
export function createBeaconClient(options: BeaconClientOptions): BeaconClient {
  const { exchange, nowMs } = options.via ?? {
    exchange: createHttpExchange(options.url, options.clock),
    nowMs: systemEventLoop.nowMs,
  }
  let served: BlobMethod | null = null

  async function get(method: BeaconMethod, path: string, signal: AbortSignal, query: string[][] = []) {
    const url = new URL(options.url)
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/eth/v1/${path}`
    for (const [name = '', value = ''] of query) url.searchParams.append(name, value)
    const startMs = nowMs()
    const told = (outcome: string) =>
      options.onCall?.({ method, outcome, seconds: (nowMs() - startMs) / 1000 })
    const what = `beacon ${path} at ${redactUrl(options.url)}`
    let answer: TransportAnswer
    try {
      answer = await exchange({
        path: url.pathname + url.search,
        method: 'GET',
        headers: { accept: 'application/json', ...options.headers },
        timeoutMs: options.timeoutMs,
        bytesMax: Math.min(options.responseBytesMax ?? defaultResponseBytesMax, bytesMaxOf(method)),
        signal,
      })
    } catch (error) {
      signal.throwIfAborted()
      told('unreachable')
      throw new Error(`${what}: ${error instanceof Error ? error.message : error}`, { cause: error })
    }
    const { status, text } = answer
    told(status === 200 ? 'ok' : `http_${status}`)
    if (status !== 200)
      throw new BeaconHttpError(
        `${what}: expected HTTP 200, got ${status} ${JSON.stringify(text.slice(0, 120))}`,
        status,
      )
    return { what, json: parseAnswerJson(text) }
  }

  async function ask(method: BlobMethod, slot: bigint, wanted: readonly BlobId[], signal: AbortSignal) {
    const query = options.fetchAllSidecars === true ? [] : wanted.map((blob) => filterOf(method, blob))
    const { what, json } = await get(method, `beacon/${method}/${slot}`, signal, query)
    if (method === 'blobs') return parseAnswer(blobsSchema, json, what).data
    const hashes = new Set<Hash>(wanted.map((blob) => blob.versionedHash))
    // A sidecar names its commitment: others than the wanted ones need not be looked at.
    return parseAnswer(sidecarsSchema, json, what)
      .data.filter((sidecar) => hashes.has(versionedHash(hexToBytes(sidecar.kzg_commitment as Hex))))
      .map((sidecar) => sidecar.blob)
  }

  return {
    async genesisTime(signal) {
      const { what, json } = await get('genesis', 'beacon/genesis', signal)
      return parseAnswer(genesisSchema, json, what).data.genesis_time
    },
    async slotDurationMs(signal) {
      const { what, json } = await get('spec', 'config/spec', signal)
      const { SECONDS_PER_SLOT: seconds, SLOT_DURATION_MS: ms } = parseAnswer(specSchema, json, what).data
      const duration = ms ?? (seconds ?? 0n) * 1000n
      if (duration === 0n)
        throw new Error(`${what}: expected SECONDS_PER_SLOT or SLOT_DURATION_MS above 0, found neither`)
      return duration
    },
    async blobsOfSlot(slot, wanted, signal) {
      const methods: readonly BlobMethod[] = served === null ? ['blobs', 'blob_sidecars'] : [served]
      const refusals: BeaconHttpError[] = []
      for (const method of methods)
        try {
          const blobs = await ask(method, slot, wanted, signal)
          served = method
          return blobs
        } catch (error) {
          if (!(error instanceof BeaconHttpError) || !error.isRefusal) throw error
          refusals.push(error)
        }
      // The endpoint that was served may be no more, as after an upgrade of the beacon: next time both are asked.
      served = null
      const message = refusals.map((error) => error.message).join('; ')
      if (refusals.some((error) => error.status === 404)) throw new BlobsNotFoundError(message)
      throw new Error(message)
    },
  }
}

function filterOf(method: BlobMethod, { versionedHash, index }: BlobId): string[] {
  return method === 'blobs' ? ['versioned_hashes', versionedHash] : ['indices', String(index)]
}
