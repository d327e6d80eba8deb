import type { ServerResponse } from 'node:http'
import { bytesToHex } from '../../node/protocol/bytes.ts'
import { type BlobL1, type KnownBlob, slotGenesis, slotSeconds } from './blob-l1.ts'
import type { Turn } from './turncoat.ts'

/** The endpoints that blobs are asked of. Source: ethereum/beacon-APIs. */
type BlobEndpoint = 'blobs' | 'blob_sidecars'

/** Somebody wants the blobs of a slot. */
interface BlobQuestion {
  readonly endpoint: BlobEndpoint
  readonly slot: number
  readonly l1: BlobL1
  readonly request: Parameters<Turn>[0]
  readonly response: ServerResponse
}

type BlobAnswer = (question: BlobQuestion) => void

const send = (response: ServerResponse, status: number, text: string) =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(text)
const sendData = (response: ServerResponse, value: unknown) =>
  send(response, 200, JSON.stringify({ data: value }))

/** Answers with these blobs, in the form that was asked for. */
const sendBlobs = ({ endpoint, response }: BlobQuestion, blobs: readonly KnownBlob[]) =>
  sendData(
    response,
    blobs.map(({ blob, commitment, index }) =>
      endpoint === 'blobs'
        ? bytesToHex(blob)
        : { index: String(index), blob: bytesToHex(blob), kzg_commitment: bytesToHex(commitment) },
    ),
  )

/** A beacon of that L1 which answers questions for blobs as it is told, and all else honestly. */
export const beaconTurn =
  (l1: BlobL1, answer: BlobAnswer): Turn =>
  (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const [, endpoint, slot] = /^\/eth\/v1\/beacon\/(blobs|blob_sidecars)\/(\d+)$/.exec(pathname) ?? []
    if (pathname === '/eth/v1/beacon/genesis')
      return sendData(response, { genesis_time: String(slotGenesis) })
    if (pathname === '/eth/v1/config/spec')
      return sendData(response, { SECONDS_PER_SLOT: String(slotSeconds) })
    if (endpoint === undefined) return send(response, 404, '{}')
    answer({ endpoint: endpoint as BlobEndpoint, slot: Number(slot), l1, request, response })
  }

export const honestly: BlobAnswer = (question) => sendBlobs(question, question.l1.blobsOf(question.slot))

/** As a beacon that serves sidecars alone. */
const sidecarsOnly =
  (answer: BlobAnswer): BlobAnswer =>
  (question) =>
    question.endpoint === 'blobs' ? send(question.response, 404, '{}') : answer(question)

const changed =
  (change: (one: KnownBlob) => KnownBlob): BlobAnswer =>
  (question) =>
    sendBlobs(question, question.l1.blobsOf(question.slot).map(change))

/** Another blob that is one: its length in the encoding's header is the same, its data is not. */
const altered = (one: KnownBlob, seed = 1): KnownBlob => {
  const blob = one.blob.slice()
  // In the lower bytes of a field element, so that it stays below the modulus.
  blob[40] = (blob[40]! + seed) & 0xff
  blob[41] = (blob[41]! + (seed >> 8)) & 0xff
  return { ...one, blob }
}

const flood =
  (count: number): BlobAnswer =>
  (question) => {
    const [one] = question.l1.blobsOf(question.slot)
    if (one === undefined) return sendBlobs(question, [])
    sendBlobs(
      question,
      Array.from({ length: count }, (_, index) => altered(one, 1 + index)),
    )
  }

const everyBlob = (l1: BlobL1) => Array.from({ length: l1.head + 1 }, (_, slot) => l1.blobsOf(slot)).flat()

/** What a beacon can say of blobs that is not so, or not all of it. */
export const beaconLies: Readonly<Record<string, BlobAnswer>> = {
  'other blobs': changed((one) => altered(one)),
  'other blobs under the right commitments': sidecarsOnly(changed((one) => altered(one))),
  'the right blobs under other commitments': sidecarsOnly(
    changed((one) => ({
      ...one,
      commitment: one.commitment.map((byte, at) => (at === 47 ? byte ^ 1 : byte)),
    })),
  ),
  'blobs of the slot before': (question) => sendBlobs(question, question.l1.blobsOf(question.slot - 1)),
  'the blob of a stranger under its own commitment': sidecarsOnly((question) =>
    sendBlobs(question, [question.l1.foreign]),
  ),
  'no blobs': (question) => sendBlobs(question, []),
  'that it has no such slot': ({ response }) => send(response, 404, '{"code":404,"message":"not found"}'),
  'blobs that are cut short': changed((one) => ({ ...one, blob: one.blob.subarray(0, -32) })),
  'half of its answer': (question) => {
    const text = JSON.stringify({
      data: question.l1.blobsOf(question.slot).map(({ blob }) => bytesToHex(blob)),
    })
    send(question.response, 200, text.slice(0, text.length / 2))
  },
  'blobs that are no field elements': changed((one) => ({ ...one, blob: one.blob.map(() => 0xff) })),
  '200 blobs that are not there, each another': flood(200),
  'the same wrong blob 200 times': (question) => {
    const wrong = question.l1
      .blobsOf(question.slot)
      .slice(0, 1)
      .map((one) => altered(one))
    sendBlobs(question, Array.from({ length: 200 }, () => wrong).flat())
  },
  '60 MB of empty items': ({ response }) => send(response, 200, `{"data":[${'{},'.repeat(20_000_000)}{}]}`),
}

/** What is odd and no lie: the blobs can be found in it. */
export const beaconOddities: Readonly<Record<string, BlobAnswer>> = {
  'every blob that it has, the last first, each twice': (question) => {
    const all = everyBlob(question.l1).toReversed()
    sendBlobs(question, [...all, ...all])
  },
  'the blob of a stranger under its own commitment before each of the right ones': sidecarsOnly(
    (question) => {
      const { l1, slot } = question
      sendBlobs(
        question,
        l1.blobsOf(slot).flatMap((one) => [l1.foreign, one]),
      )
    },
  ),
  'sidecars alone, in another order and with wrong indices': sidecarsOnly((question) => {
    const blobs = question.l1.blobsOf(question.slot).toReversed()
    sendBlobs(
      question,
      blobs.map((one) => ({ ...one, index: one.index + 7 })),
    )
  }),
}
