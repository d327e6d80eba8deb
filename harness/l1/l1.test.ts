import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createPublicClient,
  createWalletClient,
  type Hash,
  http,
  keccak256,
  pad,
  parseEther,
  toHex,
  zeroHash,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { headerHash, rpcHeader } from '../../node/adapters/l1/l1-header.ts'
import { createL1Source } from '../../node/adapters/l1/l1-source.ts'
import { verifyAccountProof } from '../../node/adapters/l1/state-proof.ts'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { createHttpRpcClient } from '../../node/json-rpc/http-client.ts'
import { unsafeBlockSignerSlot } from '../../node/l1/unsafe-block-signer.ts'
import { createSilentLogger } from '../../node/ports/testing/silent-logger.ts'
import { deriveAccounts } from '../genesis/accounts.ts'
import { testChainParameters } from '../genesis/chain-parameters.fixture.ts'
import { l1Addresses } from '../genesis/contracts.ts'
import { generateChain } from '../genesis/generate.ts'
import type { L1Event } from './controller.ts'
import { type L1, startL1 } from './l1.ts'

const accounts = deriveAccounts()
const genesisTimestamp = 1_700_000_000n
const directory = mkdtempSync(join(tmpdir(), 'lockstep-l1-'))
const events: L1Event[] = []
let nowMs = Number(genesisTimestamp) * 1000
let l1: L1
let genesisHash: Hash

beforeAll(async () => {
  const { l1State, rollup } = await generateChain(testChainParameters, accounts, genesisTimestamp)
  genesisHash = rollup.genesis.l1.hash
  const statePath = join(directory, 'l1-state.json')
  writeFileSync(statePath, JSON.stringify(l1State))
  l1 = await startL1({
    parameters: testChainParameters,
    statePath,
    genesisHash,
    genesisTimestamp,
    port: await freePort(),
    beaconPort: await freePort(),
    anvilPort: await freePort(),
    log: () => {},
    onEvent: (event) => events.push(event),
    onExit: () => {},
    clock: { nowMs: () => nowMs, sleep: () => Promise.reject(new Error('nothing here waits')) },
  })
}, 30_000)

afterAll(async () => {
  await l1?.stop()
  rmSync(directory, { recursive: true })
})

const client = () => createPublicClient({ transport: http(l1.url, { retryCount: 0 }) })
const wallet = (index: number) =>
  createWalletClient({
    account: privateKeyToAccount(accounts.users[index]!.privateKey),
    transport: http(l1.url),
  })
/** @param ahead how many of the sender's transactions are pending already. */
const send = async (index: number, ahead = 0) => {
  const address = accounts.users[index]!.address
  const request = await wallet(index).prepareTransactionRequest({
    nonce: (await client().getTransactionCount({ address })) + ahead,
    chain: null,
    to: accounts.owner.address,
    value: parseEther('1'),
    type: 'eip1559',
  })
  const raw = await wallet(index).signTransaction({
    ...request,
    chainId: testChainParameters.l1ChainId,
  } as never)
  return client().sendRawTransaction({ serializedTransaction: raw })
}

/** A block as a client sees it that trusts nothing: its header hashes to its hash, its state root proves an account. */
const verifiedBlock = async (number: bigint) => {
  const at = toHex(number)
  const block = await client().request({ method: 'eth_getBlockByNumber', params: [at, false] })
  const header = rpcHeader.parse(block)
  // A header with a withdrawals root of a block without withdrawals is refused by op-node.
  expect(block).toMatchObject({ withdrawals: [] })
  expect(headerHash(header)).toBe(header.hash)
  const address = l1Addresses.systemConfig
  const { accountProof } = await client().request({ method: 'eth_getProof', params: [address, [], at] })
  const { codeHash } = verifyAccountProof({ stateRoot: header.stateRoot, address, proof: accountProof })
  expect(codeHash).toBe(keccak256((await client().getCode({ address, blockNumber: number }))!))
  return header
}

/** The L1 source of a node that does not trust its L1. */
const distrusting = () =>
  createL1Source({
    rpc: createHttpRpcClient({ url: l1.url, timeoutMs: 10_000 }),
    clock: createSystemClock(),
    logger: createSilentLogger(),
  })

/** The signer that the system config names and a slot that it does not have, as the node proves them. */
async function provenWords(block: Hash) {
  const source = distrusting()
  const { systemConfig } = l1Addresses
  return [
    await source.storageAt(systemConfig, unsafeBlockSignerSlot, block),
    await source.storageAt(systemConfig, keccak256('0x'), block),
  ]
}

describe('L1', () => {
  it('begins with a block 0 that proves accounts and is the one of the rollup config', async () => {
    expect((await l1.controller.head()).number).toBe(0n)
    expect((await verifiedBlock(0n)).hash).toBe(genesisHash)
    expect(await provenWords(genesisHash)).toEqual([pad(accounts.sequencer.address), zeroHash])
  })

  it('mines only when told, on slots, with the pending transactions', async () => {
    const hash = await send(1)
    expect(await l1.controller.pending()).toEqual([hash])
    nowMs += 2_500
    const [block] = await l1.controller.mine()
    expect(block).toMatchObject({ number: 1n, timestamp: genesisTimestamp + 2n })
    expect((await client().getTransactionReceipt({ hash })).blockHash).toBe(block!.hash)
  })

  it('mines a block for every slot when asked to, also when time has passed them', async () => {
    nowMs += 20_000
    const before = await l1.controller.head()
    const blocks = await l1.controller.mine({ blocks: 3, everySlot: true })
    expect(blocks.map(({ timestamp }) => timestamp - before.timestamp)).toEqual([2n, 4n, 6n])
    expect(await provenWords(before.hash)).toEqual([pad(accounts.sequencer.address), zeroHash])
  })

  it('includes only the transactions that were asked for and keeps the others pending', async () => {
    const [first, second] = [await send(1), await send(2)]
    const [block] = await l1.controller.mine({ only: [second] })
    const { transactions } = await client().getBlock({ blockHash: block!.hash })
    expect(transactions).toEqual([second])
    expect(await l1.controller.pending()).toEqual([first])
    await l1.controller.mine()
    await expect(l1.controller.mine({ only: [keccak256('0x01')] })).rejects.toThrow('to be pending on L1')
  })

  it('keeps every transaction of a sender with several, whichever of them is mined and however often L1 reorgs', async () => {
    const hashes = [await send(4), await send(4, 1), await send(4, 2)]
    await expect(l1.controller.mine({ only: [hashes[1]!] })).rejects.toThrow(
      `has ${hashes[0]} pending before it`,
    )
    expect(await l1.controller.pending()).toEqual(hashes)
    const [first] = await l1.controller.mine({ only: [hashes[0]!] })
    expect((await client().getBlock({ blockHash: first!.hash })).transactions).toEqual([hashes[0]])
    expect(await l1.controller.pending()).toEqual(hashes.slice(1))

    for (let round = 0; round < 2; round++) {
      const { number } = await l1.controller.head()
      const { replaced } = await l1.controller.reorg(number)
      expect(replaced).toHaveLength(2)
      expect(await l1.controller.pending()).toEqual(hashes)
    }
    await l1.controller.mine()
    const { hash } = await l1.controller.head()
    expect((await client().getBlock({ blockHash: hash })).transactions).toEqual(hashes)
  })

  it('gives the first block of a fork the base fee that follows from its parent', async () => {
    await l1.controller.mine({ blocks: 2 })
    const { orphaned, replaced } = await l1.controller.reorg((await l1.controller.head()).number)
    const fee = async (block: { hash: Hash }) =>
      (await client().getBlock({ blockHash: block.hash })).baseFeePerGas
    expect(await fee(replaced[0]!)).toBe(await fee(orphaned[0]!))
  })

  it.each(['longer', 'equal', 'shorter'] as const)('reorgs to a chain that is %s', async (to) => {
    await l1.controller.mine({ blocks: 3 })
    const hash = await send(3)
    await l1.controller.mine()
    const before = await l1.controller.head()
    const { orphaned, replaced } = await l1.controller.reorg(before.number - 2n, { to })
    expect(orphaned).toHaveLength(3)
    expect(replaced).toHaveLength(3 + { longer: 1, equal: 0, shorter: -1 }[to])
    expect(await l1.controller.head()).toEqual(replaced.at(-1))
    expect(replaced.map((block) => block.hash)).not.toEqual(expect.arrayContaining([before.hash]))
    expect(replaced[0]!.parentHash).toBe(orphaned[0]!.parentHash)
    // The orphaned transaction is pending again; the orphan stays readable by hash, with its receipts.
    expect(await l1.controller.pending()).toEqual([hash])
    const orphan = await client().getBlock({ blockHash: before.hash })
    expect(orphan.transactions).toEqual([hash])
    const receipts = (await client().request({
      method: 'eth_getBlockReceipts' as never,
      params: [before.hash] as never,
    })) as { transactionHash: string }[]
    expect(receipts.map((receipt) => receipt.transactionHash)).toEqual([hash])
    expect(events.at(-1)).toEqual({ kind: 'l1-reorg', orphaned, replaced })
    await l1.controller.mine()
    expect(l1.forkTree().filter((block) => block.canonical).length).toBe(
      Number((await l1.controller.head()).number) + 1,
    )
  })

  it('has blocks that prove accounts and refer to the one before them, from block 0 on, also after reorgs', async () => {
    const head = await l1.controller.head()
    let parentHash: Hash = zeroHash
    for (let number = 0n; number <= head.number; number++) {
      const block = await verifiedBlock(number)
      expect(block.parentHash).toBe(parentHash)
      parentHash = block.hash
    }
    expect(parentHash).toBe(head.hash)
  })

  it('decides safe and finalized, which never go back', async () => {
    await l1.controller.mine({ blocks: 10 })
    const head = await l1.controller.head()
    const label = async (blockTag: 'safe' | 'finalized') => (await client().getBlock({ blockTag })).number
    expect(await label('safe')).toBe(head.number - 4n)
    expect(await label('finalized')).toBe(head.number - 8n)
    await l1.controller.reorg(head.number - 1n, { to: 'shorter' })
    expect(await label('safe')).toBe(head.number - 4n)
    expect(await label('finalized')).toBe(head.number - 8n)
  })

  it('refuses a reorg of what does not exist, and control calls from clients', async () => {
    const head = await l1.controller.head()
    await expect(l1.controller.reorg(0n)).rejects.toThrow('cannot reorg L1 at block 0')
    await expect(l1.controller.reorg(head.number + 1n)).rejects.toThrow(`expected 1 to ${head.number}`)
    await expect(l1.controller.reorg(head.number, { to: 'shorter' })).rejects.toThrow('only one block')
    await expect(client().request({ method: 'evm_mine' as never })).rejects.toThrow(
      'the harness alone controls L1',
    )
    await expect(
      client().request({ method: 'eth_sendTransaction' as never, params: [{}] as never }),
    ).rejects.toThrow('L1 holds no keys')
  })
})

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
