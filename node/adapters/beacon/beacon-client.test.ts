import { createServer, type Server } from 'node:http'
import type { Hex } from 'viem'
import { afterEach, describe, expect, it } from 'vitest'
import { closeServer, listen } from '../../json-rpc/http-listen.ts'
import { type BlobId, BlobsNotFoundError } from '../../ports/beacon.ts'
import { blobLength, versionedHash } from '../../protocol/blob.ts'
import { bytesToHex } from '../../protocol/bytes.ts'
import { type BeaconClientOptions, createBeaconClient } from './beacon-client.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await closeServer(server)
})
const { signal } = new AbortController()

type Answer = Readonly<Record<string, unknown>> | number | string | undefined

/** A client of a beacon that answers by endpoint: JSON, an HTTP status, or a text. Everything else is 404. */
async function beacon(answers: Record<string, Answer>, options: Partial<BeaconClientOptions> = {}) {
  const asked: string[] = []
  const seen: Record<string, string | string[] | undefined>[] = []
  const server = createServer((request, response) => {
    const url = request.url ?? ''
    asked.push(url.replace('/key/eth/v1/', ''))
    seen.push(request.headers)
    const name = Object.keys(answers).find((part) => url.includes(`${part}/`) || url.includes(`${part}?`))
    const answer = name === undefined ? 404 : (answers[name] ?? 404)
    if (typeof answer === 'number') response.writeHead(answer).end('{"message":"no"}')
    else response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
  })
  servers.push(server)
  const { url } = await listen(server, '127.0.0.1', 0)
  const calls: string[] = []
  const client = createBeaconClient({
    url: `${url.replace('//', '//user:pass@')}/key/?token=x`,
    timeoutMs: 5_000,
    onCall: ({ method, outcome }) => calls.push(`${method} ${outcome}`),
    ...options,
  })
  return { client, asked, seen, calls, answers }
}

const blob = (byte: number) => new Uint8Array(blobLength).fill(byte)
const commitment = (byte: number) => new Uint8Array(48).fill(byte)
const wanted = (byte: number, index: number): BlobId => ({
  versionedHash: versionedHash(commitment(byte)),
  index,
})
const sidecar = (byte: number) => ({
  index: '9',
  blob: bytesToHex(blob(byte)),
  kzg_commitment: bytesToHex(commitment(byte)),
  kzg_proof: '0x',
})
const first = (blobs: readonly Hex[]) => blobs.map((one) => Number(one.slice(0, 4)))

describe('beacon client', () => {
  it('asks for blobs by versioned hash, with path, query and credentials of its URL', async () => {
    const { client, asked, seen, calls } = await beacon(
      { blobs: { data: [bytesToHex(blob(1)), bytesToHex(blob(2))] } },
      { headers: { 'X-Key': 'k' } },
    )
    expect(first(await client.blobsOfSlot(7n, [wanted(1, 3), wanted(2, 4)], signal))).toEqual([1, 2])
    expect(asked).toEqual([
      `beacon/blobs/7?token=x&versioned_hashes=${wanted(1, 3).versionedHash}&versioned_hashes=${wanted(2, 4).versionedHash}`,
    ])
    expect(seen[0]).toMatchObject({ 'x-key': 'k', authorization: 'Basic dXNlcjpwYXNz' })
    expect(calls).toEqual(['blobs ok'])
  })

  it.each([404, 405, 410, 400, 501])(
    'asks for sidecars by index where blobs are HTTP %i, and remembers it',
    async (status) => {
      const { client, asked } = await beacon({
        blobs: status,
        blob_sidecars: { data: [sidecar(2), sidecar(1)] },
      })
      expect(first(await client.blobsOfSlot(7n, [wanted(1, 3)], signal))).toEqual([1])
      await client.blobsOfSlot(8n, [wanted(1, 3), wanted(2, 5)], signal)
      expect(asked.map((path) => path.split('?')[0])).toEqual([
        'beacon/blobs/7',
        'beacon/blob_sidecars/7',
        'beacon/blob_sidecars/8',
      ])
      expect(asked.at(-1)).toBe('beacon/blob_sidecars/8?token=x&indices=3&indices=5')
    },
  )

  it('asks for everything when it is told to', async () => {
    const { client, asked } = await beacon({ blobs: { data: [] } }, { fetchAllSidecars: true })
    await client.blobsOfSlot(7n, [wanted(1, 3)], signal)
    expect(asked).toEqual(['beacon/blobs/7?token=x'])
  })

  it('knows a slot without blobs from an endpoint that is gone', async () => {
    const { client, asked, answers } = await beacon({})
    const ask = () => client.blobsOfSlot(7n, [wanted(1, 0)], signal)
    await expect(ask()).rejects.toThrow(BlobsNotFoundError)
    answers['blobs'] = { data: [] }
    await ask()
    answers['blobs'] = 404
    asked.length = 0
    await expect(ask()).rejects.toThrow(BlobsNotFoundError)
    expect(asked).toHaveLength(1)
    // Asked again, it is either; then both are asked, in case that the beacon was upgraded.
    await expect(ask()).rejects.toThrow(BlobsNotFoundError)
    expect(asked).toHaveLength(3)
    answers['blobs'] = { data: [] }
    await ask()
    answers['blobs'] = 410
    await expect(ask()).rejects.not.toThrow(BlobsNotFoundError)
    answers['blob_sidecars'] = { data: [sidecar(1)] }
    expect(await ask()).toHaveLength(1)
  })

  it('does not take a beacon in trouble for one without the endpoint', async () => {
    const { client, asked } = await beacon({ blobs: 503, blob_sidecars: { data: [sidecar(1)] } })
    await expect(client.blobsOfSlot(7n, [wanted(1, 0)], signal)).rejects.toThrow(
      /^beacon beacon\/blobs\/7 at http:\/\/127\.0\.0\.1:\d+: expected HTTP 200, got 503 "\{\\"message\\":\\"no\\"\}"$/,
    )
    expect(asked).toHaveLength(1)
  })

  it.each<[string, Answer]>([
    ['text', 'hello'],
    ['no list', { data: {} }],
    ['a short blob', { data: ['0x00'] }],
    ['an answer above the limit', { data: [bytesToHex(blob(1)), bytesToHex(blob(1)), bytesToHex(blob(1))] }],
  ])('refuses %s', async (_name, answer) => {
    const { client } = await beacon({ blobs: answer }, { responseBytesMax: 3 * blobLength })
    const error = await client.blobsOfSlot(7n, [wanted(1, 0)], signal).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(BlobsNotFoundError)
    expect((error as Error).message.length).toBeLessThan(300)
  })

  it('does not read a long configuration', async () => {
    const { client } = await beacon({ spec: { data: { SECONDS_PER_SLOT: '12', x: 'x'.repeat(2_000_000) } } })
    await expect(client.slotDurationMs(signal)).rejects.toThrow('answer is longer than 1048576 bytes')
  })

  it.each<[string, Record<string, string>, bigint]>([
    ['seconds', { SECONDS_PER_SLOT: '12' }, 12_000n],
    ['milliseconds', { SLOT_DURATION_MS: '6000' }, 6_000n],
    ['both', { SECONDS_PER_SLOT: '12', SLOT_DURATION_MS: '12000' }, 12_000n],
  ])('reads genesis time and slot duration in %s', async (_name, data, duration) => {
    const { client } = await beacon({ spec: { data }, genesis: { data: { genesis_time: '1606824023' } } })
    expect(await client.slotDurationMs(signal)).toBe(duration)
    expect(await client.genesisTime(signal)).toBe(1606824023n)
  })

  it.each<[string, Answer]>([
    ['without', { data: {} }],
    ['of zero', { data: { SECONDS_PER_SLOT: '0' } }],
    ['of words', { data: { SECONDS_PER_SLOT: 'twelve' } }],
  ])('refuses a spec %s slot duration', async (_name, spec) => {
    const { client } = await beacon({ spec })
    await expect(client.slotDurationMs(signal)).rejects.toThrow(/SECONDS_PER_SLOT/)
  })

  it('says where nobody answers, without keys', async () => {
    const { client, calls } = await beacon({})
    for (const server of servers.splice(0)) await closeServer(server)
    const error = await client.genesisTime(signal).catch((thrown: unknown) => String(thrown))
    expect(error).toMatch(/^Error: beacon beacon\/genesis at http:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED/)
    expect(calls).toEqual(['genesis unreachable'])
  })
})
