import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hash } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKzg } from '../../node/adapters/kzg/kzg.ts'
import { createHttpRpcClient } from '../../node/json-rpc/http-client.ts'
import { deriveAccounts } from '../genesis/accounts.ts'
import { testChainParameters } from '../genesis/chain-parameters.fixture.ts'
import { generateChain } from '../genesis/generate.ts'
import { type AnvilProcess, startAnvil } from '../l1/anvil.ts'
import { type AnvilClient, anvilTimeoutMs, createAnvilClient } from '../l1/anvil-client.ts'
import { l1Over } from './l1-transport.ts'
import { createSubmitter, type Submitter } from './submitter.ts'

const accounts = deriveAccounts()
const genesisTimestamp = 1_700_000_000n
const directory = mkdtempSync(join(tmpdir(), 'lockstep-submitter-'))
const inbox = '0xff00000000000000000000000000000000000901'
/** Blobs are sent in the test of the beacon API, which has to read the trusted setup anyway. */
const kzg = createKzg()
let anvil: AnvilProcess
let l1: AnvilClient
let time = genesisTimestamp

beforeAll(async () => {
  const { l1State } = await generateChain(testChainParameters, accounts, genesisTimestamp)
  const statePath = join(directory, 'l1-state.json')
  writeFileSync(statePath, JSON.stringify(l1State))
  const { l1ChainId: chainId } = testChainParameters
  const port = await freePort()
  anvil = await startAnvil({ chainId, statePath, genesisTimestamp, port, log: () => {}, onExit: () => {} })
  l1 = createAnvilClient(createHttpRpcClient({ url: anvil.url, timeoutMs: anvilTimeoutMs }))
}, 30_000)

afterAll(async () => {
  await anvil?.stop()
  rmSync(directory, { recursive: true })
})

function submitterOf(chainId = BigInt(testChainParameters.l1ChainId)): Submitter {
  const { privateKey } = accounts.batcher
  return createSubmitter({ l1: l1Over(anvil.url), chainId, privateKey, inbox, timeoutMs: 5_000, kzg })
}
async function mine(): Promise<void> {
  time += 2n
  await l1.rpc.request('evm_mine', [`0x${time.toString(16)}`])
}

describe('createSubmitter', () => {
  it('refuses another chain', async () => {
    await expect(submitterOf(77n).checkChain()).rejects.toThrow('expected L1 chain 77')
  })

  it('sends in order, and knows what is pending, included or orphaned', async () => {
    const submitter = submitterOf()
    await submitter.checkChain()
    // The first one has as many bytes that are not zero as calldata of the batcher ever has.
    const payloads = [new Uint8Array(120_000).fill(7), new Uint8Array(10), new Uint8Array(3)]
    const hashes: Hash[] = []
    for (const payload of payloads) hashes.push(await submitter.submit(payload))
    expect(submitter.pending).toBe(3)
    expect(hashes.map(submitter.placeOf)).toEqual(['pending', 'pending', 'pending'])

    await mine()
    await submitter.refresh()
    const head = await submitter.head()
    const { hash, number } = head
    expect(hashes.map(submitter.placeOf)).toEqual([
      { hash, number },
      { hash, number },
      { hash, number },
    ])
    const { block } = await l1.fullBlock({ ...head, parentHash: hash })
    expect(block.transactions.map((transaction) => transaction['hash'])).toEqual(hashes)
    expect(submitter.pending).toBe(0)

    await l1.rollback(1)
    await submitter.refresh()
    expect(hashes.map(submitter.placeOf)).toEqual(['lost', 'lost', 'lost'])
    // The nonces of what is lost are used again, so that nothing waits behind a gap.
    const again = await submitter.submit(new Uint8Array(5))
    await mine()
    await submitter.refresh()
    expect(submitter.placeOf(again)).toMatchObject({ number })
  })

  it('forgets what is included unless it is told to retain it, and never what is pending', async () => {
    const submitter = submitterOf()
    const [kept, gone] = [await submitter.submit(Uint8Array.of(1)), await submitter.submit(Uint8Array.of(2))]
    await mine()
    await submitter.refresh()
    const waiting = await submitter.submit(Uint8Array.of(3))
    submitter.retain(new Set([kept]))
    expect(submitter.placeOf(kept)).toHaveProperty('number')
    expect(submitter.placeOf(gone)).toBe('lost')
    expect(submitter.placeOf(waiting)).toBe('pending')
  })

  it('notices what the pool dropped', async () => {
    const submitter = submitterOf()
    const hash = await submitter.submit(Uint8Array.of(4))
    await l1.rpc.request('anvil_dropTransaction', [hash])
    await submitter.refresh()
    expect(submitter.placeOf(hash)).toBe('lost')
    expect(submitter.pending).toBe(0)
  })
})

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(address),
      )
    })
  })
}
