import { createMerkleProof, createMPT } from '@ethereumjs/mpt'
import { bytesToHex, type Hash, type Hex, hexToBytes, keccak256, toHex, toRlp } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { type ForkName, forksActiveFrom } from '../../config/forks.ts'
import { absenceStyles, tellAbsent } from '../../json-rpc/testing/absence-style.ts'
import { createFakeRpc } from '../../json-rpc/testing/fake-rpc.ts'
import { encodeDepositTransaction } from '../../protocol/deposit-transaction.ts'
import { createL2Source } from './l2-source.ts'

const hash = (byte: string): Hash => `0x${byte.repeat(32)}`
const account = privateKeyToAccount(`0x${'03'.repeat(32)}`)

const deposit = {
  sourceHash: hash('51'),
  from: `0x${'52'.repeat(20)}`,
  to: `0x${'53'.repeat(20)}`,
  mint: 0n,
  value: 7n,
  gas: 1_000_000n,
  isSystemTransaction: false,
  data: '0x1234',
} as const
const depositRaw = encodeDepositTransaction(deposit)
/** As op-geth prints it: no mint when it is zero, no isSystemTx after Regolith, zeros for the signature. */
const depositJson = {
  type: '0x7e',
  hash: keccak256(depositRaw),
  sourceHash: deposit.sourceHash,
  from: deposit.from,
  to: deposit.to,
  value: '0x7',
  gas: '0xf4240',
  input: '0x1234',
  nonce: '0x0',
  v: '0x0',
  r: '0x0',
  s: '0x0',
  depositReceiptVersion: '0x1',
}
const call = {
  to: deposit.to,
  value: 1n,
  nonce: 1,
  gas: 21_000n,
  gasPrice: 9n,
  chainId: 901,
  type: 'legacy',
} as const

async function signed(): Promise<{ raw: Hex; json: Record<string, unknown> }> {
  const raw = await account.signTransaction(call)
  const signature = raw.slice(-130 - 2)
  const r = `0x${signature.slice(2, 66)}`
  const s = `0x${raw.slice(-64)}`
  const v = [1837n, 1838n]
  const json = (one: bigint) => ({
    type: '0x0',
    hash: keccak256(raw),
    from: account.address,
    to: call.to,
    input: '0x',
    nonce: '0x1',
    gas: toHex(call.gas),
    gasPrice: '0x9',
    value: '0x1',
    chainId: '0x385',
    v: toHex(one),
    r,
    s,
  })
  return { raw, json: json(raw.includes('82072d') ? (v[0] as bigint) : (v[1] as bigint)) }
}

async function blockJson(change: Record<string, unknown> = {}) {
  const { json } = await signed()
  return {
    hash: hash('aa'),
    parentHash: hash('ab'),
    miner: `0x${'ac'.repeat(20)}`,
    stateRoot: hash('ad'),
    receiptsRoot: hash('ae'),
    logsBloom: `0x${'00'.repeat(256)}`,
    mixHash: hash('af'),
    number: '0x9',
    gasLimit: '0x1c9c380',
    gasUsed: '0x5208',
    timestamp: '0x3e8',
    extraData: '0x00000000fa00000006',
    baseFeePerGas: '0x7',
    withdrawals: [],
    withdrawalsRoot: hash('b0'),
    blobGasUsed: '0x0',
    excessBlobGas: '0x0',
    parentBeaconBlockRoot: hash('b1'),
    requestsHash: hash('b2'),
    transactions: [depositJson, json],
    size: '0x300',
    uncles: [],
    ...change,
  }
}

async function source(change: Record<string, unknown> = {}, last: ForkName = 'isthmus') {
  const block = await blockJson(change)
  const rpc = createFakeRpc({ eth_chainId: '0x385', eth_getBlockByNumber: block, eth_getBlockByHash: block })
  return { l2: createL2Source({ rpc, forks: forksActiveFrom(last) }), rpc }
}

describe('L2 source', () => {
  it('rebuilds the payload of a block with its raw transactions', async () => {
    const { l2, rpc } = await source()
    const { raw } = await signed()
    expect(await l2.chainId()).toBe(901n)
    expect(await l2.blockByNumber(9n)).toEqual({
      parentBeaconBlockRoot: hash('b1'),
      payload: {
        parentHash: hash('ab'),
        feeRecipient: `0x${'ac'.repeat(20)}`,
        stateRoot: hash('ad'),
        receiptsRoot: hash('ae'),
        logsBloom: `0x${'00'.repeat(256)}`,
        prevRandao: hash('af'),
        blockNumber: 9n,
        gasLimit: 30_000_000n,
        gasUsed: 21_000n,
        timestamp: 1_000n,
        extraData: '0x00000000fa00000006',
        baseFeePerGas: 7n,
        blockHash: hash('aa'),
        transactions: [depositRaw, raw],
        withdrawals: [],
        blobGasUsed: 0n,
        excessBlobGas: 0n,
        withdrawalsRoot: hash('b0'),
      },
    })
    expect(rpc.asked.slice(1)).toEqual([['eth_getBlockByNumber', ['0x9', true]]])
  })

  it('leaves out what a fork does not have', async () => {
    const { l2 } = await source(
      { requestsHash: undefined, blobGasUsed: null, excessBlobGas: null, parentBeaconBlockRoot: null },
      'canyon',
    )
    const block = await l2.blockByLabel('latest')
    expect(block).not.toHaveProperty('parentBeaconBlockRoot')
    expect(Object.keys(block?.payload ?? {})).not.toContain('withdrawalsRoot')
    expect(Object.keys(block?.payload ?? {})).not.toContain('blobGasUsed')
    expect(block?.payload.withdrawals).toEqual([])
  })

  it.each<
    [string, Partial<Record<string, unknown>>, Partial<Parameters<typeof encodeDepositTransaction>[0]>]
  >([
    ['null for no mint, as op-reth has it', { mint: null, isSystemTx: false }, {}],
    ['a mint', { mint: '0x5' }, { mint: 5n }],
    ['a creation', { to: null }, { to: null }],
    ['a system transaction', { isSystemTx: true }, { isSystemTransaction: true }],
  ])('reads deposits with %s', async (_, json, change) => {
    const raw = encodeDepositTransaction({ ...deposit, ...change })
    const { l2 } = await source({ transactions: [{ ...depositJson, ...json, hash: keccak256(raw) }] })
    expect((await l2.blockByNumber(9n))?.payload.transactions).toEqual([raw])
  })

  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      'a deposit whose fields have another hash',
      { transactions: [{ ...depositJson, gas: '0x1' }] },
      /encode to another/,
    ],
    ['a transaction without a signature', { transactions: [{ ...depositJson, type: '0x2' }] }, /not valid/],
    ['a block without a state root', { stateRoot: undefined }, /stateRoot/],
    ['another number', { number: '0xa' }, /L2 block 9: the engine answered block 10/],
  ])('refuses %s', async (_, change, message) => {
    const { l2 } = await source(change)
    await expect(l2.blockByNumber(9n)).rejects.toThrow(message)
  })

  it('refuses another block by hash', async () => {
    const { l2 } = await source()
    await expect(l2.blockByHash(hash('01'))).rejects.toThrow(/the engine answered block 0xaaaa/)
  })

  it.each(absenceStyles)('answers null for what the engine does not have, told by %s', async (style) => {
    const { l2, rpc } = await source()
    const absent = (...params: unknown[]) => tellAbsent(style, params)
    Object.assign(rpc.answers, { eth_getBlockByNumber: absent, eth_getBlockByHash: absent })
    for (const label of ['latest', 'safe', 'finalized'] as const)
      expect(await l2.blockByLabel(label)).toBeNull()
    expect(await l2.blockByNumber(9n)).toBeNull()
    expect(await l2.blockByHash(hash('aa'))).toBeNull()
    await expect(l2.storageRoot(deposit.to, hash('aa'))).rejects.toThrow(/the engine does not have it/)
  })

  it('remembers blocks by hash only', async () => {
    const { l2, rpc } = await source()
    await l2.blockByNumber(9n)
    await l2.blockByNumber(9n)
    expect((await l2.blockByHash(hash('aa')))?.payload.blockNumber).toBe(9n)
    expect(rpc.asked.map(([method]) => method)).toEqual(['eth_getBlockByNumber', 'eth_getBlockByNumber'])
    rpc.answers['eth_getBlockByHash'] = null
    expect(await l2.blockByHash(hash('01'))).toBeNull()
  })

  it('proves a storage root against the block', async () => {
    const trie = await createMPT({ useKeyHashing: true })
    const leaf = toRlp(['0x', '0x', hash('cc'), keccak256('0x')])
    await trie.put(hexToBytes(deposit.to), hexToBytes(leaf))
    await trie.put(hexToBytes(deposit.from), hexToBytes(leaf))
    const accountProof = (await createMerkleProof(trie, hexToBytes(deposit.to))).map((node) =>
      bytesToHex(node),
    )
    const { l2, rpc } = await source({ stateRoot: bytesToHex(trie.root()) })
    // What the server says beside the proof does not count.
    rpc.answers['eth_getProof'] = { accountProof, storageHash: hash('dd'), storageProof: [] }
    expect(await l2.storageRoot(deposit.to, hash('aa'))).toBe(hash('cc'))
    expect(rpc.asked.at(-1)).toEqual(['eth_getProof', [deposit.to, [], hash('aa')]])
    rpc.answers['eth_getProof'] = { accountProof: accountProof.slice(0, -1), storageHash: hash('cc') }
    await expect(l2.storageRoot(deposit.to, hash('aa'))).rejects.toThrow(/proof of account/)
  })
})
