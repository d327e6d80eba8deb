import type { Hex } from 'viem'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { attributesToJson } from '../../../node/protocol/payload-json.ts'
import {
  createTestChain,
  headOnly,
  startTestEl,
  type TestChain,
  type TestEl,
  testAttributes,
} from '../testing/test-el.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const genesisTime = 1_800_000_000
const karstTime = genesisTime + 2

let chain: TestChain
let el: TestEl
beforeAll(async () => {
  const jovian = await createTestChain('jovian')
  const genesis = structuredClone(jovian.genesisJson) as { config: Record<string, unknown> }
  Object.assign(genesis.config, { karstTime, osakaTime: karstTime })
  chain = { ...jovian, genesisJson: genesis }
  el = await startTestEl(chain)
})
afterAll(() => el.close())

interface Envelope {
  readonly executionPayload: { readonly blockHash: Hex }
}

/** Builds a block by the Engine API's own methods, asks for it with the right version only, and makes it the head. */
async function grow(seconds: bigint, right: 4 | 5, wrong: 4 | 5): Promise<Envelope> {
  const parent = headOnly(el.chain.head.hash)
  const attributes = testAttributes(chain, seconds)
  const { payloadId } = (await el.auth.request('engine_forkchoiceUpdatedV3', [
    parent,
    attributesToJson(attributes),
  ])) as { payloadId: Hex }
  await expect(el.auth.request(`engine_getPayloadV${wrong}`, [payloadId])).rejects.toMatchObject({
    code: -38005,
    message: expect.stringContaining('this one is of'),
  })
  const envelope = (await el.auth.request(`engine_getPayloadV${right}`, [payloadId])) as Envelope
  const root = attributes.parentBeaconBlockRoot
  const { executionPayload: payload } = envelope
  expect(await el.auth.request('engine_newPayloadV4', [payload, [], root, []])).toMatchObject({
    status: 'VALID',
  })
  await el.auth.request('engine_forkchoiceUpdatedV3', [headOnly(payload.blockHash)])
  expect(el.chain.head.hash).toBe(payload.blockHash)
  return envelope
}

interface ForkConfig {
  readonly activationTime: number
  readonly forkId: Hex
  readonly precompiles: Readonly<Record<string, Hex>>
}
type EthConfig = Readonly<Record<'current' | 'next' | 'last', ForkConfig | null>>
const ethConfig = async () => (await el.rpc.request('eth_config', [])) as EthConfig

describe('the Engine API across Karst', () => {
  it('lists getPayloadV5', async () => {
    const methods = await el.engine.exchangeCapabilities()
    expect(methods).toEqual(expect.arrayContaining(['engine_getPayloadV4', 'engine_getPayloadV5']))
    expect(methods).not.toContain('engine_newPayloadV5')
  })

  it('tells the rules in force and the next ones (EIP-7910)', async () => {
    const { current, next, last } = await ethConfig()
    expect(current).toMatchObject({ activationTime: 0, chainId: '0x385' })
    expect(next).toMatchObject({
      activationTime: karstTime,
      blobSchedule: { baseFeeUpdateFraction: 5_007_716, max: 9, target: 6 },
      systemContracts: { BEACON_ROOTS_ADDRESS: '0x000f3df6d732807ef1319fb7b8bb8522d0beac02' },
    })
    expect(last).toEqual(next)
    expect(current?.forkId).not.toBe(next?.forkId)
    expect(Object.keys(current?.precompiles ?? {})).toHaveLength(18)
    expect(current?.precompiles['P256VERIFY']).toBe('0x0000000000000000000000000000000000000100')
  })

  it('gives the block before by V4 and the first of the fork by V5', async () => {
    const before = await grow(1n, 4, 5)
    const first = await grow(2n, 5, 4)
    expect(Object.keys(first).sort()).toEqual(Object.keys(before).sort())
    expect(first).toMatchObject({
      blobsBundle: { commitments: [], proofs: [], blobs: [] },
      shouldOverrideBuilder: false,
      executionRequests: [],
    })
    await grow(3n, 5, 4)
  })

  it('tells that Karst is the last fork that it knows of', async () => {
    const { current, next, last } = await ethConfig()
    expect(current).toMatchObject({ activationTime: karstTime })
    expect([next, last]).toEqual([null, null])
  })
})
