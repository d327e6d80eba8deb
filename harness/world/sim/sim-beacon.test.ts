import { custom } from 'viem'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBeacon } from '../../../node/adapters/beacon/beacon.ts'
import { createBeaconClient } from '../../../node/adapters/beacon/beacon-client.ts'
import type { Kzg } from '../../../node/ports/kzg.ts'
import { decodeBlob } from '../../../node/protocol/blob.ts'
import type { L1BlockRef } from '../../../node/protocol/refs.ts'
import { createSubmitter } from '../../batcher/submitter.ts'
import { createEventStream } from '../../events/stream.ts'
import { faults } from '../../faults/vocabulary.ts'
import { deriveAccounts } from '../../genesis/accounts.ts'
import { testChainParameters } from '../../genesis/chain-parameters.fixture.ts'
import { createL1View } from '../l1-view.ts'
import { createRandomStreams } from '../random-streams.ts'
import { createMemoryLink, type MemoryLink } from './memory-link.ts'
import type { Provider } from './provider.ts'
import { simChainOf } from './sim-chain.ts'
import { createSimL1, type SimL1 } from './sim-l1.ts'
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts'

/** One byte of the payload makes each commitment its own; that of real blobs is looked at where nodes derive. */
const kzg: Kzg = {
  commitment: async (blob) => new Uint8Array(48).fill(blob[5]!),
  proof: async () => new Uint8Array(48),
}
const { signal } = new AbortController()
const genesisTime = 1_700_000_000n

let clock: VirtualClock
let l1: SimL1
let link: MemoryLink
let toL1: MemoryLink

beforeEach(async () => {
  const chain = await simChainOf(testChainParameters, genesisTime)
  clock = createVirtualClock({ startMs: Number(genesisTime) * 1000 })
  const events = createEventStream(clock)
  const random = createRandomStreams('beacon')
  l1 = await createSimL1({
    ...{ chain, parameters: testChainParameters, genesisTime, clock, events, random: random('l1') },
    view: createL1View(chain.rollup.genesis.l1),
    consumers: (consumer) => (consumer === 'follower' ? [link.point] : []),
  })
  const linkTo = (name: string, provider: Provider) =>
    createMemoryLink({
      ...{ name, clock, events, random, nextId: () => 1, latencyMs: () => 1, provider: () => provider },
      carriers: ['request', 'l1'],
    })
  link = linkTo('follower→beacon', l1.beaconFor('follower'))
  toL1 = linkTo('batcher→l1', l1.providerFor('batcher'))
})

afterEach(async () => {
  for (const fault of [...link.point.faults]) await fault.remove()
})

/** A node's beacon that remembers nothing. */
const beacon = () =>
  createBeacon({
    ...{ fallbacks: [], kzg },
    beacon: createBeaconClient({
      ...{ url: 'memory://beacon', timeoutMs: 5_000 },
      via: { exchange: link.exchange(clock), nowMs: () => clock.nowMs() },
    }),
  })

/** A block with a blob for each byte, and where they are. */
async function blobsOf(...bytes: readonly number[]) {
  const rpc = toL1.client(clock, 5_000)
  const submitter = createSubmitter({
    ...{ chainId: BigInt(testChainParameters.l1ChainId), timeoutMs: 5_000, kzg },
    ...{ privateKey: deriveAccounts().batcher.privateKey, inbox: `0x${'ff'.repeat(20)}` },
    l1: () =>
      custom({ request: ({ method, params = [] }) => rpc.request(method, params) }, { retryCount: 0 }),
  })
  await submitter.submitBlobs(bytes.map((byte) => Uint8Array.of(byte)))
  const [block] = await l1.controller.mine({ everySlot: true })
  const json = (await rpc.request('eth_getBlockByNumber', ['latest', true])) as {
    readonly blobGasUsed: string
    readonly transactions: readonly { readonly type: string; readonly blobVersionedHashes: `0x${string}`[] }[]
  }
  const [transaction] = json.transactions
  const wanted = transaction!.blobVersionedHashes.map((versionedHash, index) => ({ versionedHash, index }))
  return { block: block!, json, wanted }
}

const read = async (block: L1BlockRef, wanted: Awaited<ReturnType<typeof blobsOf>>['wanted']) =>
  (await beacon().blobs(block, wanted, signal)).map((blob) => decodeBlob(blob)[0])

describe('the beacon of a simulated L1', { timeout: 60_000 }, () => {
  const run = (work: () => Promise<void>) => clock.runUntil(work())

  it('has the blobs of each slot, through a reorg that replaces their block', () =>
    run(async () => {
      const { block, json, wanted } = await blobsOf(7, 8)
      expect(json).toMatchObject({ blobGasUsed: '0x40000', transactions: [{ type: '0x3' }] })
      expect(await read(block, wanted)).toEqual([7, 8])
      const { replaced } = await l1.controller.reorg(block.number, { transactions: 'drop' })
      expect(replaced[0]!.timestamp).toBe(block.timestamp)
      await expect(read(block, wanted)).rejects.toThrow('expected 2 blobs, found 0')
    }))

  it('moves blobs with their transactions to another slot', () =>
    run(async () => {
      const { block, wanted } = await blobsOf(9)
      const { replaced } = await l1.controller.reorg(block.number)
      const rpc = toL1.client(clock, 5_000)
      const holds = async ({ hash }: L1BlockRef) =>
        ((await rpc.request('eth_getBlockByHash', [hash, true])) as { blobGasUsed: string }).blobGasUsed !==
        '0x0'
      const places = await Promise.all(
        [...replaced, ...(await l1.controller.mine({ everySlot: true }))].map(async (ref) =>
          (await holds(ref)) ? [ref] : [],
        ),
      )
      const [place, ...others] = places.flat()
      expect(others).toEqual([])
      expect(place!.hash).not.toBe(block.hash)
      expect(await read(place!, wanted)).toEqual([9])
    }))

  it('withholds them from a consumer that a fault says so of, on its link', () =>
    run(async () => {
      const { block, wanted } = await blobsOf(7, 8)
      const one = await link.point.install(faults.withholds([wanted[0]!.versionedHash]))
      await expect(read(block, wanted)).rejects.toThrow('found 1 of them')
      await one.remove()
      const all = await link.point.install(faults.withholds())
      await expect(read(block, wanted)).rejects.toThrow('found 0 of them')
      await all.remove()
      expect(await read(block, wanted)).toEqual([7, 8])
    }))

  it('is reached over a link that bears the faults of requests, by their paths', () =>
    run(async () => {
      const { block, wanted } = await blobsOf(7)
      const refused = await link.point.install(faults.status(503).to('/eth/v1/beacon/blobs*'))
      await beacon().check(signal)
      await expect(read(block, wanted)).rejects.toThrow('expected HTTP 200, got 503')
      await refused.remove()
      for (const [fault, why] of [
        [faults.refuse(), 'ECONNREFUSED'],
        [faults.drop(), 'no answer within 5000 ms'],
        [faults.garbage(), 'the answer is not valid'],
      ] as const) {
        const installed = await link.point.install(fault)
        await expect(read(block, wanted)).rejects.toThrow(why)
        await installed.remove()
      }
      expect(await read(block, wanted)).toEqual([7])
    }))

  it('makes blobs dearer where there are many', () =>
    run(async () => {
      const rpc = toL1.client(clock, 5_000)
      const price = async () => BigInt((await rpc.request('eth_blobBaseFee', [])) as string)
      expect(await price()).toBe(1n)
      // 3 above the target of 6 each: e^(3 · 131072 / 5007716) more with each block.
      for (let count = 0; count < 15; count++) await blobsOf(1, 2, 3, 4, 5, 6, 7, 8, 9)
      expect(await price()).toBe(3n)
      const history = (await rpc.request('eth_feeHistory', ['0x1', 'latest', []])) as object
      expect(history).toMatchObject({ blobGasUsedRatio: [1], baseFeePerBlobGas: ['0x3', '0x3'] })
      await expect(blobsOf(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)).rejects.toThrow('expected 1 to 9 blobs, found 10')
    }))
})
