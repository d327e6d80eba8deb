import type { Hash, Hex } from 'viem'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createSystemClock } from '../../../node/adapters/system/system-clock.ts'
import { createSystemRandom } from '../../../node/adapters/system/system-random.ts'
import { payloadBlockHash } from '../../../node/protocol/block-hash.ts'
import type { ExecutionPayload, PayloadEnvelope } from '../../../node/protocol/payload.ts'
import { forkDigest } from '../peers/fork-digest.ts'
import { createPeerChain } from '../peers/peer-chain.ts'
import type { PeerChain, PeerNetwork } from '../peers/peer-network.ts'
import { createTcpNetwork } from '../peers/tcp-network.ts'
import {
  buildBlock,
  buildPayload,
  createTestChain,
  headOnly,
  silentLogger,
  startTestEl,
  type TestChain,
  type TestEl,
  testAttributes,
} from '../testing/test-el.ts'
import { ChainSync } from './chain-sync.ts'

/** Of a wait: how long something takes on a busy machine says nothing. */
const patient = { timeout: 50_000 }

// It executes some hundred blocks, on a machine that may do much else.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const blocks = 24
let chain: TestChain
let source: TestEl
const open: { close(): Promise<void> }[] = []

beforeAll(async () => {
  chain = await createTestChain()
  source = await startTestEl(chain)
  for (let seconds = 1n; seconds <= blocks; seconds++)
    await buildBlock(source, source.chain.head.hash, testAttributes(chain, seconds))
})
afterAll(async () => {
  await source.close()
  await Promise.all(open.map((one) => one.close()))
})

/** A peer that serves the source's chain, changed by `over`. */
async function peer(over: (honest: PeerChain) => Partial<PeerChain> = () => ({})): Promise<PeerNetwork> {
  const honest = createPeerChain(source.chain.store)
  const network = await createTcpNetwork({
    host: '127.0.0.1',
    port: 0,
    chainId: 901n,
    genesisHash: source.chain.store.genesis.hash,
    forkDigest: forkDigest(source.chain.executor.config.forks),
    clientName: 'test',
    chain: { ...honest, ...over(honest) },
    clock: createSystemClock(),
    random: createSystemRandom(),
    logger: silentLogger,
  })
  open.push(network)
  return network
}

async function follower(): Promise<TestEl> {
  const el = await startTestEl(chain)
  open.push(el)
  return el
}

const connect = (el: TestEl, url: string) => el.rpc.request('admin_addPeer', [url])
const reaches = (el: TestEl, hash: Hash) =>
  vi.waitFor(() => expect(el.chain.head.hash).toBe(hash), { timeout: 50_000, interval: 10 })
const status = async (el: TestEl, head: Hash) =>
  (await el.engine.forkchoiceUpdated(headOnly(head))).payloadStatus.status

describe('sync', () => {
  it('goes on with another peer when one vanishes half-way', async () => {
    const el = await follower()
    let asked = 0
    const leaves: PeerNetwork = await peer((honest) => ({
      bodies: (hashes) => {
        if (asked++ > 0) void leaves.close()
        return honest.bodies(hashes.slice(0, 5))
      },
    }))
    await connect(el, leaves.self.url)
    const head = source.chain.head.hash
    expect(await status(el, head)).toBe('SYNCING')
    await vi.waitFor(
      () => expect(el.chain.store.byHash(source.chain.store.canonicalHash(3n) as Hash)).toBeDefined(),
      {
        timeout: 50_000,
      },
    )
    // It has taken what it could get of the chain, and nothing else.
    const { header, hash } = el.chain.head
    expect(header.number).toBeLessThan(BigInt(blocks))
    expect(hash).toBe(source.chain.store.canonicalHash(header.number))
    expect(await status(el, head)).toBe('SYNCING')
    await connect(el, source.peerUrl)
    await reaches(el, head)
    expect(await status(el, head)).toBe('VALID')
  })

  const flip = (bytes: Uint8Array): Uint8Array => bytes.with(bytes.length - 40, (bytes.at(-40) as number) ^ 1)
  it.each<[string, (honest: PeerChain) => Partial<PeerChain>]>([
    [
      'headers that do not have the hash',
      (honest) => ({ headers: (from, count) => honest.headers(from, count).map(flip) }),
    ],
    [
      'headers that are not a chain',
      (honest) => ({ headers: (from, count) => honest.headers(from, count).toReversed() }),
    ],
    ['headers that are none', () => ({ headers: () => [Uint8Array.of(0xc0)] })],
    ['bodies of other blocks', (honest) => ({ bodies: (hashes) => honest.bodies(hashes.toReversed()) })],
    [
      'bodies with one more transaction',
      (honest) => ({
        bodies: (hashes) =>
          honest
            .bodies(hashes)
            .map(({ transactions }) => ({ transactions: [...transactions, '0x01' as Hex] })),
      }),
    ],
  ])('drops a peer that sends %s, and uses another', async (_name, over) => {
    const el = await follower()
    const liar = await peer(over)
    await connect(el, liar.self.url)
    await vi.waitFor(() => expect(liar.peers()).toHaveLength(1), patient)
    const head = source.chain.head.hash
    await status(el, head)
    await vi.waitFor(() => expect(liar.peers()).toHaveLength(0), { timeout: 50_000 })
    expect(el.chain.head.header.number).toBe(0n)
    await connect(el, source.peerUrl)
    await reaches(el, head)
  })

  it.each([
    ['downloads headers again that it has no room for', { headersMax: 5 }, [512, 8, 8, 8]],
    ['downloads none again when it has room', {}, [512]],
    ['goes on with a peer that answers less than was asked', { headersMax: 5 }, [512, 512, 512, 8, 8, 8], 9],
    // From the top: 24 to 7, because 6 to 1 came with each of them; the first six are dropped, and asked for again then.
    ['goes a long way in rounds', { headersMax: 5, linksMax: 6 }, expect.arrayContaining([512, 512])],
  ])('%s', async (_, limits, expected, answeredMax = 512) => {
    const el = await follower()
    const asked: number[] = []
    const counting = await peer((honest) => ({
      headers(from, count) {
        asked.push(count)
        return honest.headers(from, Math.min(count, answeredMax))
      },
    }))
    const network = await peer()
    network.add(counting.self.url)
    const sync = new ChainSync({
      ...{ chain: el.chain, network, clock: createSystemClock(), logger: silentLogger },
      ...{ batchBlocks: 8, ...limits },
    })
    const stop = new AbortController()
    const running = sync.run(stop.signal)
    const head = source.chain.head.hash
    sync.start(headOnly(head))
    await reaches(el, head)
    stop.abort()
    await running
    expect(asked).toEqual(expected)
  })

  it('moves to a newer goal, and forgets it when the consensus layer names a known head', async () => {
    const el = await follower()
    const at = (number: bigint) => source.chain.store.canonicalHash(number) as Hash
    await status(el, at(5n))
    await status(el, at(9n))
    await connect(el, source.peerUrl)
    await reaches(el, at(9n))
    await el.rpc.request('admin_removePeer', [source.peerUrl])
    await vi.waitFor(async () => expect(await el.rpc.request('net_peerCount', [])).toBe('0x0'), patient)
    expect(await status(el, at(20n))).toBe('SYNCING')
    expect(await el.rpc.request('eth_syncing', [])).toMatchObject({ highestBlock: expect.any(String) })
    expect(await status(el, at(7n))).toBe('VALID')
    expect(await el.rpc.request('eth_syncing', [])).toBe(false)
    expect(el.chain.head.header.number).toBe(9n)
  })

  it('needs no peer for payloads that it was given before', async () => {
    const el = await follower()
    const envelopes = [1n, 2n, 3n, 4n].map((number) => source.chain.store.byNumber(number)?.envelope)
    for (const envelope of envelopes.toReversed())
      if (envelope !== undefined) await el.engine.newPayload(envelope)
    const head = envelopes[3]?.payload.blockHash as Hash
    expect(await status(el, head)).toBe('SYNCING')
    await reaches(el, head)
  })

  it('reorgs to a longer side chain that only a peer has', async () => {
    const el = await follower()
    await connect(el, source.peerUrl)
    const main = source.chain.head.hash
    await status(el, main)
    await reaches(el, main)
    const side = await buildPayload(
      source,
      source.chain.store.canonicalHash(20n) as Hash,
      testAttributes(chain, 21n, { salt: 9 }),
    )
    await source.engine.newPayload(side)
    await source.engine.forkchoiceUpdated(headOnly(main))
    expect(await status(el, side.payload.blockHash)).toBe('SYNCING')
    await reaches(el, side.payload.blockHash)
    expect(await status(el, main)).toBe('VALID')
  })

  it('answers INVALID for a head once a block on the way to it was found wrong', async () => {
    const el = await follower()
    const valid = source.chain.head.hash
    const built = await buildPayload(source, valid, testAttributes(chain, 60n))
    // Their hashes are right and they stand on a good chain; only executing the first shows its wrong root.
    const first = named({ ...built.payload, receiptsRoot: `0x${'77'.repeat(32)}` as Hash }, built)
    const second = named(
      { ...first.payload, parentHash: first.payload.blockHash, blockNumber: first.payload.blockNumber + 1n },
      built,
    )
    const third = named(
      {
        ...second.payload,
        parentHash: second.payload.blockHash,
        blockNumber: second.payload.blockNumber + 1n,
      },
      built,
    )
    for (const envelope of [third, second, first]) await el.engine.newPayload(envelope)
    await connect(el, source.peerUrl)
    const head = third.payload.blockHash
    expect(await status(el, head)).toBe('SYNCING')
    await vi.waitFor(
      async () =>
        expect((await el.engine.forkchoiceUpdated(headOnly(head))).payloadStatus).toMatchObject({
          status: 'INVALID',
          latestValidHash: valid,
        }),
      { timeout: 50_000 },
    )
    expect(await el.rpc.request('eth_syncing', [])).toBe(false)
    // As geth, it has taken what is good of the way there.
    expect(el.chain.head.hash).toBe(valid)
  })
})

/** The payload under the hash that it has. */
function named(payload: ExecutionPayload, envelope: PayloadEnvelope): PayloadEnvelope {
  const renamed = { ...envelope, payload }
  return { ...renamed, payload: { ...payload, blockHash: payloadBlockHash(renamed) } }
}
