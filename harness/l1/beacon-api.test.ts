import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hash } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBeacon } from '../../node/adapters/beacon/beacon.ts'
import { createBeaconClient } from '../../node/adapters/beacon/beacon-client.ts'
import { createKzg } from '../../node/adapters/kzg/kzg.ts'
import { createL1Source } from '../../node/adapters/l1/l1-source.ts'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { createSystemRandom } from '../../node/adapters/system/system-random.ts'
import { createHttpRpcClient } from '../../node/json-rpc/http-client.ts'
import { BlobsNotFoundError } from '../../node/ports/beacon.ts'
import { createSilentLogger } from '../../node/ports/testing/silent-logger.ts'
import { decodeBlob } from '../../node/protocol/blob.ts'
import { l1Over } from '../batcher/l1-transport.ts'
import { createSubmitter, type Submitter } from '../batcher/submitter.ts'
import { createFaultStand } from '../faults/fault-stand.ts'
import { testFaultContext } from '../faults/testing/fault-context.ts'
import { faults } from '../faults/vocabulary.ts'
import { deriveAccounts } from '../genesis/accounts.ts'
import { testChainParameters } from '../genesis/chain-parameters.fixture.ts'
import { generateChain } from '../genesis/generate.ts'
import { type L1, startL1 } from './l1.ts'

const accounts = deriveAccounts()
const genesisTimestamp = 1_700_000_000n
const directory = mkdtempSync(join(tmpdir(), 'lockstep-beacon-'))
const { signal } = new AbortController()
const kzg = createKzg()
let nowMs = Number(genesisTimestamp) * 1000
const clock = { nowMs: () => nowMs, sleep: () => Promise.reject(new Error('nothing here waits')) }
const stand = createFaultStand({
  ...testFaultContext(clock),
  point: 'follower→beacon',
  carriers: ['request', 'l1'],
})
let l1: L1
let submitter: Submitter

beforeAll(async () => {
  const { l1State, rollup } = await generateChain(testChainParameters, accounts, genesisTimestamp)
  const statePath = join(directory, 'l1-state.json')
  writeFileSync(statePath, JSON.stringify(l1State))
  l1 = await startL1({
    parameters: testChainParameters,
    statePath,
    genesisHash: rollup.genesis.l1.hash,
    genesisTimestamp,
    port: await freePort(),
    beaconPort: await freePort(),
    anvilPort: await freePort(),
    log: () => {},
    onEvent: () => {},
    onExit: () => {},
    clock,
    consumers: new Map([['follower', { consumer: 'follower', stands: [stand] }]]),
  })
  submitter = createSubmitter({
    l1: l1Over(l1.url),
    chainId: BigInt(testChainParameters.l1ChainId),
    privateKey: accounts.batcher.privateKey,
    inbox: '0xff00000000000000000000000000000000000901',
    timeoutMs: 5_000,
    kzg,
  })
}, 30_000)

afterAll(async () => {
  await kzg.close()
  await l1?.stop()
  rmSync(directory, { recursive: true })
})

/** What the API serves at a path, as its `data`. */
async function get<T>(path: string, status = 200, consumer = ''): Promise<T> {
  const response = await fetch(`${l1.beaconUrl}${consumer}/eth/v1/${path}`)
  expect(response.status).toBe(status)
  return ((await response.json()) as { data: T }).data
}

it('answers a target that is no URL with 404 and goes on', async () => {
  for (const target of ['//', '//:x', '///a']) {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const { hostname, port } = new URL(l1.beaconUrl)
    request({ hostname, port, path: target }, resolve).on('error', reject).end()
    const response = await promise
    expect(response.resume().statusCode).toBe(404)
  }
  await get('config/spec')
})

/** A fresh node's beacon: it remembers nothing. */
const nodeBeacon = () =>
  createBeacon({ beacon: createBeaconClient({ url: l1.beaconUrl, timeoutMs: 5_000 }), fallbacks: [], kzg })

interface Sidecar {
  readonly index: string
  readonly blob: string
  readonly kzg_commitment: string
}

// Both anvil and the node's thread read the trusted setup first, on a machine that may be busy.
describe('beacon API', { timeout: 60_000 }, () => {
  it('serves the blobs of each slot, through a reorg that replaces their block', async () => {
    const payloads = [new Uint8Array(120_000).fill(7), Uint8Array.of(1, 2), Uint8Array.of(3)]
    await submitter.submitBlobs(payloads.slice(0, 2))
    await submitter.submitBlobs(payloads.slice(2))
    // The slots before it have no block.
    nowMs += 5 * testChainParameters.l1BlockTime * 1000
    const [block] = await l1.controller.mine()
    const slot = (block!.timestamp - genesisTimestamp) / BigInt(testChainParameters.l1BlockTime)
    expect(slot).toBe(5n)

    const sidecars = await get<Sidecar[]>(`beacon/blob_sidecars/${slot}`)
    expect(sidecars.map(({ index }) => index)).toEqual(['0', '1', '2'])
    const all = await get<string[]>(`beacon/blobs/${slot}`)
    expect(all).toEqual(sidecars.map(({ blob }) => blob))
    expect(await get(`beacon/blob_sidecars/${slot}?indices=2&indices=0`)).toEqual([sidecars[0], sidecars[2]])

    const hashes = await versionedHashes(block!.hash)
    expect(await get(`beacon/blobs/${slot}?versioned_hashes=${hashes[1]}`)).toEqual([all[1]])
    const wanted = [2, 0, 1].map((index) => ({ versionedHash: hashes[index]!, index }))
    const found = await nodeBeacon().blobs(block!, wanted, signal)
    expect(found.map(decodeBlob)).toEqual([payloads[2], payloads[0], payloads[1]])

    // One consumer's beacon has lost one of them, then all.
    const one = await stand.install(faults.withholds([hashes[1]!]))
    expect(await get(`beacon/blobs/${slot}`, 200, '/follower')).toEqual([all[0], all[2]])
    expect(await get(`beacon/blob_sidecars/${slot}`, 200, '/follower')).toEqual([sidecars[0], sidecars[2]])
    const every = await stand.install(faults.withholds())
    expect(await get(`beacon/blobs/${slot}`, 200, '/follower')).toEqual([])
    expect(await get(`beacon/blobs/${slot}`, 200, '/reference')).toEqual(all)
    expect([one.hits, one.shadowed, every.hits]).toEqual([2, 1, 3])
    await every.remove()
    await one.remove()
    expect(await get(`beacon/blobs/${slot}`, 200, '/follower')).toEqual(all)

    await l1.controller.reorg(block!.number)
    expect(await get(`beacon/blobs/${slot}`)).toEqual([])
    expect(await get(`beacon/blobs/${block!.hash}`)).toEqual(all)
    expect(await get(`beacon/blob_sidecars/${block!.hash}`)).toEqual(sidecars)
    await expect(nodeBeacon().blobs(block!, wanted, signal)).rejects.toThrow(BlobsNotFoundError)

    // The transactions are back in the pool with their blobs, and come into another block.
    const [again] = await l1.controller.mine()
    expect(await versionedHashes(again!.hash)).toEqual(hashes)
    expect(await nodeBeacon().blobs(again!, wanted, signal)).toEqual(found)

    // A shorter fork leaves slots without a block.
    const [last] = await l1.controller.mine()
    const lastSlot = (last!.timestamp - genesisTimestamp) / BigInt(testChainParameters.l1BlockTime)
    expect(await get(`beacon/blobs/${lastSlot}`)).toEqual([])
    await l1.controller.reorg(again!.number, { to: 'shorter' })
    await get(`beacon/blobs/${lastSlot}`, 404)
  })

  it('answers 404 for a slot without a block and for what it does not serve', async () => {
    await get('beacon/blobs/3', 404)
    await get('beacon/blob_sidecars/1000', 404)
    await get('beacon/headers', 404)
    await get('config/fork_schedule', 404)
  })

  it('says what a slot is, and what it is', async () => {
    expect(await get('beacon/genesis')).toMatchObject({ genesis_time: String(genesisTimestamp) })
    expect(await get('config/spec')).toEqual({ SECONDS_PER_SLOT: String(testChainParameters.l1BlockTime) })
    expect(await get('node/version')).toHaveProperty('version')
  })
})

/** Through what a node reads L1 with, which also checks the transactions root. */
async function versionedHashes(block: Hash): Promise<readonly Hash[]> {
  const source = createL1Source({
    rpc: createHttpRpcClient({ url: l1.url, timeoutMs: 5_000 }),
    clock: createSystemClock(),
    random: createSystemRandom(),
    logger: createSilentLogger(),
  })
  const transactions = (await source.transactionsByHash(block)) ?? []
  return transactions.flatMap((transaction) => transaction.blobVersionedHashes ?? [])
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
