import { createServer } from 'node:http'
import { expect, it } from 'vitest'
import { closeServer, listen } from '../../json-rpc/http-listen.ts'
import { createFakeClock } from '../../ports/testing/fake-clock.ts'
import { createBeaconClients } from './beacon-clients.ts'

it('gives the header of a beacon to no fallback', async () => {
  await using servers = new AsyncDisposableStack()
  /** A beacon that tells its genesis, and keys that it was shown. */
  const start = async () => {
    const keys: unknown[] = []
    const server = createServer((request, response) => {
      keys.push(request.headers['x-key'])
      response.end(JSON.stringify({ data: { genesis_time: '1000' } }))
    })
    servers.defer(() => closeServer(server))
    return { ...(await listen(server, '127.0.0.1', 0)), keys }
  }
  const [own, archive] = [await start(), await start()]
  const { beacon, fallbacks } = createBeaconClients(
    {
      url: own.url,
      fallbackUrls: [archive.url],
      headers: { 'X-Key': 'secret' },
      fetchAllSidecars: false,
      slotDurationMs: null,
      timeoutMs: 5_000,
      ignoreCheck: false,
    },
    createFakeClock(),
    () => {},
  )
  for (const client of [beacon, ...fallbacks])
    expect(await client.genesisTime(new AbortController().signal)).toBe(1000n)
  expect([own.keys, archive.keys]).toEqual([['secret'], [undefined]])
})
