import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Hash, numberToHex } from 'viem'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ConfigError } from '../../../node/config/config-error.ts'
import type { PayloadEnvelope } from '../../../node/protocol/payload.ts'
import {
  buildPayload,
  createTestChain,
  headOnly,
  startTestEl,
  type TestChain,
  type TestEl,
  testAttributes,
} from '../testing/test-el.ts'
import { identityOf, writeIdentity } from './identity.ts'
import { openLmdb } from './lmdb-database.ts'
import { attributesWithTransfers, recipient } from './testing/transfers.ts'

// It executes blocks, on a machine that may do much else.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const root = mkdtempSync(join(tmpdir(), 'lockstep-datadir-'))
const datadir = join(root, 'made', 'on.the', 'way')
afterAll(() => rmSync(root, { recursive: true, force: true }))

let chain: TestChain
const envelopes: PayloadEnvelope[] = []

const at = (number: number): Hash => envelopes[number - 1]?.payload.blockHash as Hash

async function extend(el: TestEl, count: number): Promise<void> {
  for (let left = count; left > 0; left--) {
    const number = envelopes.length + 1
    const envelope = await buildPayload(el, el.chain.head.hash, await attributesWithTransfers(chain, number))
    await el.engine.newPayload(envelope)
    envelopes.push(envelope)
    const { blockHash } = envelope.payload
    await el.engine.forkchoiceUpdated(
      headOnly(blockHash, at(Math.max(1, number - 1)), at(Math.max(1, number - 3))),
    )
  }
}

beforeAll(async () => {
  chain = await createTestChain()
})

describe('an engine that is stopped and started again', () => {
  /** Everything that an RPC caller can learn of the chain. */
  async function answers(el: TestEl): Promise<unknown[]> {
    const ask = (method: string, ...params: unknown[]) => el.rpc.request(method, params)
    const numbers = envelopes.map((_, index) => `0x${(index + 1).toString(16)}`)
    return [
      ...(await Promise.all(
        ['safe', 'finalized', '0x0'].map((tag) => ask('eth_getBlockByNumber', tag, false)),
      )),
      ...(await Promise.all(
        numbers.flatMap((number) => [
          ask('eth_getBlockByNumber', number, true),
          ask('eth_getBlockReceipts', number),
          ask('eth_getBalance', recipient, number),
          ask('eth_getProof', recipient, [], number),
          ask('debug_getRawReceipts', number),
          ask('eth_call', { to: '0x4200000000000000000000000000000000000015', data: '0x8381f58a' }, number),
        ]),
      )),
      await ask('eth_getBlockByHash', at(2), true),
      await ask('eth_getTransactionReceipt', el.chain.store.byHash(at(3))?.transactions[2]?.hash),
      await ask('eth_getLogs', { fromBlock: '0x0', toBlock: 'latest' }),
    ]
  }

  it('answers as before, and goes on', async () => {
    const before = await startTestEl(chain, { datadir })
    await extend(before, 6)
    const expected = await answers(before)
    await before.close()

    const after = await startTestEl(chain, { datadir })
    expect(after.chain.head.hash).toBe(at(6))
    expect([after.chain.safe?.hash, after.chain.finalized?.hash]).toEqual([at(5), at(3)])
    expect(await answers(after)).toEqual(expected)
    for (const { payload } of envelopes)
      expect(after.chain.store.byHash(payload.blockHash)?.envelope.payload).toEqual(payload)
    await extend(after, 1)
    expect(await after.rpc.request('eth_blockNumber', [])).toBe('0x7')
    await after.close()
  })

  it('syncs from a peer what it missed', async () => {
    const source = await startTestEl(chain)
    for (const envelope of envelopes) await source.engine.newPayload(envelope)
    await source.engine.forkchoiceUpdated(headOnly(at(7)))
    await extend(source, 5)
    const el = await startTestEl(chain, { datadir })
    await el.rpc.request('admin_addPeer', [source.peerUrl])
    expect((await el.engine.forkchoiceUpdated(headOnly(at(12)))).payloadStatus.status).toBe('SYNCING')
    await vi.waitFor(() => expect(el.chain.head.hash).toBe(at(12)), { timeout: 30_000, interval: 10 })
    await el.close()
    await source.close()
    const again = await startTestEl(chain, { datadir })
    expect(again.chain.head.hash).toBe(at(12))
    await again.close()
  })

  it('keeps labels that stand beside the chain of its head', async () => {
    const directory = join(root, 'beside')
    const before = await startTestEl(chain, { datadir: directory })
    for (const envelope of envelopes.slice(0, 3)) await before.engine.newPayload(envelope)
    await before.engine.forkchoiceUpdated(headOnly(at(3), at(2), at(1)))
    const side = await buildPayload(before, before.chain.store.genesis.hash, testAttributes(chain, 1n))
    await before.engine.newPayload(side)
    await before.engine.forkchoiceUpdated(headOnly(side.payload.blockHash))
    await before.close()
    const after = await startTestEl(chain, { datadir: directory })
    const { head, safe, finalized } = after.chain
    expect([head.hash, safe?.hash, finalized?.hash]).toEqual([side.payload.blockHash, at(2), at(1)])
    await after.engine.forkchoiceUpdated(headOnly(at(3)))
    expect(after.chain.head.hash).toBe(at(3))
    await after.close()
  })

  it('needs no peer for blocks that an interrupted sync had executed', async () => {
    const directory = join(root, 'interrupted')
    const before = await startTestEl(chain, { datadir: directory })
    for (const envelope of envelopes.slice(0, 5)) await before.chain.execute(envelope)
    await before.close()
    const after = await startTestEl(chain, { datadir: directory })
    expect(after.chain.head.header.number).toBe(0n)
    expect((await after.engine.forkchoiceUpdated(headOnly(at(5)))).payloadStatus.status).toBe('VALID')
    expect(after.chain.head.hash).toBe(at(5))
    await after.close()
  })

  it('does not keep what was built and not asked for', async () => {
    const el = await startTestEl(chain, { datadir })
    const head = el.chain.head.hash
    // The root of the L1 block goes into the state: each of them has a state of its own.
    const build = (salt: number) =>
      buildPayload(
        el,
        head,
        testAttributes(chain, 13n, { parentBeaconBlockRoot: numberToHex(salt, { size: 32 }) }),
      )
    const wanted = await build(1)
    let last = wanted
    for (let salt = 2; salt <= 20; salt++) last = await build(salt)
    const { stateRoot } = last.payload
    // The builder's own answer came long ago: its state is not held any more, so the payload is executed again.
    expect(el.chain.executor.hasState(wanted.payload.stateRoot)).toBe(false)
    expect(await el.engine.newPayload(wanted)).toMatchObject({ status: 'VALID' })
    expect(el.chain.executor.hasState(stateRoot)).toBe(true)
    await el.close()
    const again = await startTestEl(chain, { datadir })
    expect(again.chain.executor.hasState(wanted.payload.stateRoot)).toBe(true)
    expect(again.chain.executor.hasState(stateRoot)).toBe(false)
    await again.close()
  })
})

describe('a datadir that cannot be used', () => {
  const refusal = (what: Promise<TestEl>) =>
    what.then(
      () => 'started',
      (error: unknown) => (error instanceof ConfigError ? error.message : `not for the operator: ${error}`),
    )

  it('is in use', async () => {
    const el = await startTestEl(chain, { datadir })
    expect(await refusal(startTestEl(chain, { datadir }))).toMatch(
      /^--datadir .*: expected it to be free, found it in use by another engine/,
    )
    expect(program(datadir)).toMatch(/^lockstep el: --datadir .* in use by another engine.*\n$/)
    await el.close()
    await (await startTestEl(chain, { datadir })).close()
  })

  it('holds another chain', async () => {
    const other = await createTestChain('granite')
    expect(await refusal(startTestEl(other, { datadir }))).toMatch(
      /expected a chain with genesis block 0x\w{64}, found 0x\w{64}; give the genesis file/,
    )
    await (await startTestEl(chain, { datadir })).close()
  })

  it('has the schema of another version', async () => {
    const directory = join(root, 'newer')
    const el = await startTestEl(chain, { datadir: directory })
    const identity = identityOf(el.chain.store.genesis.hash, el.chain.executor.config)
    await el.close()
    const database = openLmdb(directory)
    database.write(() => writeIdentity(database.tables, { ...identity, schema: 1 }))
    await database.close()
    expect(await refusal(startTestEl(chain, { datadir: directory }))).toMatch(
      /expected a store of version 2, found version 1; use the lockstep that wrote it/,
    )
  })

  it('lost the state of its head', async () => {
    const directory = join(root, 'damaged')
    const el = await startTestEl(chain, { datadir: directory })
    const { stateRoot } = el.chain.head.header
    await el.close()
    const database = openLmdb(directory)
    database.write(() => database.tables.states.remove(Buffer.from(stateRoot.slice(2), 'hex')))
    await database.close()
    expect(await refusal(startTestEl(chain, { datadir: directory }))).toMatch(
      /expected the whole store of an engine, found: the state of block 0 .* is missing/,
    )
  })

  it('is something else', async () => {
    const file = join(root, 'file')
    writeFileSync(file, 'text')
    expect(await refusal(startTestEl(chain, { datadir: file }))).toMatch(/^--datadir .*EEXIST/)
    expect(readFileSync(file, 'utf8')).toBe('text')
    const directory = mkdtempSync(join(root, 'foreign-'))
    writeFileSync(join(directory, 'data.mdb'), Buffer.alloc(20_000, 1))
    expect(program(directory)).toMatch(/^lockstep el: --datadir .*data\.mdb is not an LMDB file.*\n$/)
  })

  /** What `lockstep el` prints when it exits with 1. */
  function program(directory: string): string {
    const file = (name: string, content: string): string => {
      writeFileSync(join(root, name), content)
      return `${join(root, name)}`
    }
    const flags = {
      genesis: file('genesis.json', JSON.stringify(chain.genesisJson)),
      'authrpc.jwtsecret': file('jwt', `0x${'42'.repeat(32)}`),
      datadir: directory,
    }
    const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
    const argv = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
    const { status, stderr } = spawnSync(process.execPath, [main, 'el', ...argv, '--log.level=error'])
    expect(status).toBe(1)
    return stderr.toString()
  }
})
