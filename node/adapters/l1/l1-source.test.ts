import { createMerkleProof, createMPT } from '@ethereumjs/mpt'
import { type Address, type Hash, hexToBytes, keccak256, toHex, toRlp } from 'viem'
import { describe, expect, it } from 'vitest'
import { JsonRpcError, JsonRpcTransportError } from '../../json-rpc/errors.ts'
import { absenceStyles, tellAbsent } from '../../json-rpc/testing/absence-style.ts'
import { createFakeRpc } from '../../json-rpc/testing/fake-rpc.ts'
import { createFakeClock } from '../../ports/testing/fake-clock.ts'
import { createFakeRandom } from '../../ports/testing/fake-random.ts'
import { createSilentLogger } from '../../ports/testing/silent-logger.ts'
import { bytesToHex } from '../../protocol/bytes.ts'
import { bloomOf } from '../../protocol/logs-bloom.ts'
import { emptyTrieRoot } from '../../protocol/ordered-trie-root.ts'
import { recoverKey } from '../secp256k1/recover-key.ts'
import { headerHash, rpcHeader } from './l1-header.ts'
import { receiptsRootOf, rpcReceipt } from './l1-roots.ts'
import { createL1Source } from './l1-source.ts'

/** Block 2 of an anvil 1.7.1 chain, as it answered it (the bloom is all zero), with its one type 1 transaction. */
const hash: Hash = '0xe645721145dd925b2628c5bb3ca805d588d4b3cc18c25de652eea9257068ade1'
const sender = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const transaction = {
  type: '0x1',
  chainId: '0x7a69',
  nonce: '0x1',
  gasPrice: '0x77359400',
  gas: '0x62e8',
  to: sender,
  value: '0x1',
  accessList: [{ address: sender, storageKeys: [`0x${'11'.repeat(32)}`] }],
  input: '0x00ff',
  r: '0x41096d7da8fdf5ade04c25e6bcf00d23b09fe7f06109f1e198d72461394f3f5c',
  s: '0x545035a742de98e1f5361f6915c624b1573b89964a14d3b0a3ca15f47ac6d951',
  yParity: '0x0',
  v: '0x0',
  hash: '0x4660629e8c2be1635c1e317314b3e064487adab5d404b6b4b713e425df744082',
  from: sender,
}
const header = {
  hash,
  parentHash: '0xc1b6a3dec16e255647f75ae176481cef2274d9e99f6b152bbfa1d9c751ae3265',
  sha3Uncles: '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347',
  miner: '0x0000000000000000000000000000000000000000',
  stateRoot: '0xf6fc5d54e355bddd135ee4ee44ab2ba79e2237cd1dcbf0c3b36f9be8a47514b2',
  transactionsRoot: '0xf7a432ded5ff6e631a18864143395c2ba08bb5a450ffd2b15d9636031826f5f3',
  receiptsRoot: '0x0f2ac56695311dbfc4044bab1a8f6f69b955834c9542686302b9841fdf5da42f',
  logsBloom: `0x${'00'.repeat(256)}`,
  difficulty: '0x0',
  number: '0x2',
  gasLimit: '0x1c9c380',
  gasUsed: '0x62e8',
  timestamp: '0x6b00c7f0',
  extraData: '0x',
  mixHash: '0xfdcb2ee76fc3a3cc2f25e070edc7ee4d4a4acbd043fd25642995bba3d92a9a0a',
  nonce: '0x0000000000000000',
  baseFeePerGas: '0x342a1df9',
  withdrawalsRoot: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
  blobGasUsed: '0x0',
  excessBlobGas: '0x0',
  parentBeaconBlockRoot: `0x${'00'.repeat(32)}`,
  requestsHash: '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
}
const receipt = {
  transactionHash: transaction.hash,
  transactionIndex: '0x0',
  blockHash: hash,
  type: '0x1',
  status: '0x1',
  cumulativeGasUsed: '0x62e8',
  logsBloom: `0x${'00'.repeat(256)}`,
  logs: [] as unknown[],
}

/** A block with these receipts: its root and its hash are right. */
function blockWith(given: readonly (typeof receipt)[], change: Record<string, unknown> = {}) {
  const receiptsRoot = receiptsRootOf(given.map((one) => rpcReceipt.parse(one)))
  const logs = given.flatMap((one) => rpcReceipt.parse(one).logs)
  const logsBloom = bytesToHex(bloomOf(logs.flatMap(({ address, topics }) => [address, ...topics])))
  const made = { ...header, logsBloom, ...change, receiptsRoot }
  const blockHash = headerHash(rpcHeader.parse(made))
  return {
    header: { ...made, hash: blockHash },
    receipts: given.map((one) => ({ ...one, blockHash })),
  }
}

const ports = () => ({
  clock: createFakeClock(),
  random: createFakeRandom(),
  logger: createSilentLogger(),
  recoverKey,
})

function source(answers: Record<string, unknown> = {}, trustRpc = false) {
  const rpc = createFakeRpc({
    eth_chainId: '0x384',
    eth_getBlockByNumber: header,
    eth_getBlockByHash: (_: string, full: boolean) =>
      full ? { ...header, transactions: [transaction] } : header,
    eth_getBlockReceipts: [receipt],
    eth_getStorageAt: `0x${'ab'.repeat(32)}`,
    ...answers,
  })
  return { l1: createL1Source({ ...ports(), rpc, trustRpc }), rpc }
}

const expectedHeader = {
  hash,
  number: 2n,
  parentHash: header.parentHash,
  timestamp: 0x6b00c7f0n,
  mixHash: header.mixHash,
  baseFeePerGas: 0x342a1df9n,
  excessBlobGas: 0n,
  parentBeaconBlockRoot: header.parentBeaconBlockRoot,
}

describe('L1 source', () => {
  it('reads a block of anvil whose hash it checks', async () => {
    const { l1 } = source()
    expect(await l1.chainId()).toBe(900n)
    expect(await l1.headerByLabel('latest')).toEqual(expectedHeader)
    expect(await l1.headerByNumber(2n)).toEqual(expectedHeader)
    expect(await l1.headerByHash(hash)).toEqual(expectedHeader)
    expect(await l1.transactionsByHash(hash)).toEqual([
      { hash: transaction.hash, type: 1, from: sender, to: sender, input: '0x00ff' },
    ])
    expect(await l1.receiptsByHash(hash)).toEqual([
      {
        transactionHash: transaction.hash,
        status: 'success',
        logs: [],
      },
    ])
  })

  it('takes a storage word as it is when the L1 is trusted, by block hash', async () => {
    const { l1, rpc } = source({}, true)
    expect(await l1.storageAt(sender, hash, hash)).toBe(`0x${'ab'.repeat(32)}`)
    expect(rpc.asked).toEqual([['eth_getStorageAt', [sender, hash, { blockHash: hash }]]])
  })

  it('refuses a short storage word of an L1 that it trusts', async () => {
    const { l1 } = source({ eth_getStorageAt: '0x01' }, true)
    await expect(l1.storageAt(sender, hash, hash)).rejects.toThrow(/expected 32 bytes/)
  })

  it('proves a storage word by the state root of the block, and reads nothing that is not proven', async () => {
    const slot: Hash = `0x${'51'.repeat(32)}`
    const word: Hash = `0x${'00'.repeat(12)}${'ab'.repeat(20)}`
    const storage = await createMPT({ useKeyHashing: true })
    await storage.put(hexToBytes(slot), hexToBytes(toRlp(`0x${'ab'.repeat(20)}`)))
    const account = toRlp(['0x01', '0x', toHex(storage.root()), keccak256('0x60')])
    const state = await createMPT({ useKeyHashing: true })
    for (const address of [sender, `0x${'77'.repeat(20)}`] as const)
      await state.put(hexToBytes(address), hexToBytes(account))
    const nodes = (trie: typeof state, key: Hash | Address) =>
      createMerkleProof(trie, hexToBytes(key)).then((proof) => proof.map((node) => bytesToHex(node)))
    const { header: block } = blockWith([receipt], { stateRoot: toHex(state.root()) })
    const honest = {
      accountProof: await nodes(state, sender),
      storageProof: [{ key: slot, value: '0xbad', proof: await nodes(storage, slot) }],
    }
    const { l1, rpc } = source({ eth_getBlockByHash: block, eth_getProof: honest })
    expect(await l1.storageAt(sender, slot, block.hash)).toBe(word)
    expect(rpc.asked.at(-1)).toEqual(['eth_getProof', [sender, [slot], { blockHash: block.hash }]])

    rpc.answers['eth_getProof'] = { ...honest, accountProof: honest.accountProof.slice(0, -1) }
    await expect(l1.storageAt(sender, slot, block.hash)).rejects.toThrow(/it ends too soon/)
    rpc.answers['eth_getProof'] = { ...honest, storageProof: [] }
    await expect(l1.storageAt(sender, slot, block.hash)).rejects.toThrow(/it ends too soon/)
    expect(rpc.asked.some(([method]) => method === 'eth_getStorageAt')).toBe(false)
  })

  it.each(absenceStyles)(
    'answers null for what L1 does not have, told by %s, and asks again',
    async (style) => {
      const absent = (...params: unknown[]) => tellAbsent(style, params)
      const { l1, rpc } = source({
        eth_getBlockByNumber: absent,
        eth_getBlockByHash: absent,
        eth_getBlockReceipts: absent,
      })
      for (const label of ['latest', 'safe'] as const) expect(await l1.headerByLabel(label)).toBeNull()
      expect(await l1.headerByLabel('finalized')).toBeNull()
      expect(await l1.headerByNumber(2n)).toBeNull()
      expect(await l1.headerByHash(hash)).toBeNull()
      expect(await l1.transactionsByHash(hash)).toBeNull()
      expect(await l1.receiptsByHash(hash)).toBeNull()
      rpc.answers['eth_getBlockByHash'] = header
      expect(await l1.headerByHash(hash)).toEqual(expectedHeader)
      expect(await l1.receiptsByHash(hash)).toBeNull()
    },
  )

  it('does not take a storage word of a block that is not there for an answer', async () => {
    const missing = new JsonRpcError(-32000, 'header not found')
    const trusted = source({ eth_getStorageAt: missing }, true)
    await expect(trusted.l1.storageAt(sender, hash, hash)).rejects.toThrow('header not found')
    const pruned = source({ eth_getProof: missing })
    await expect(pruned.l1.storageAt(sender, hash, hash)).rejects.toThrow('header not found')
    const absent = source({ eth_getBlockByHash: null })
    await expect(absent.l1.storageAt(sender, hash, hash)).rejects.toThrow('the server does not have it')
  })

  it('passes on that L1 cannot be asked', async () => {
    const { l1 } = source({ eth_getBlockByNumber: new JsonRpcTransportError('down') })
    await expect(l1.headerByLabel('latest')).rejects.toBeInstanceOf(JsonRpcTransportError)
  })

  it('remembers blocks by hash, and only by hash', async () => {
    const { l1, rpc } = source()
    for (let round = 0; round < 3; round++) {
      await l1.headerByHash(hash)
      await l1.transactionsByHash(hash)
      await l1.receiptsByHash(hash)
      await l1.headerByNumber(2n)
      await l1.headerByLabel('latest')
    }
    const count = (method: string) => rpc.asked.filter(([asked]) => asked === method).length
    expect(count('eth_getBlockByHash')).toBe(2)
    expect(count('eth_getBlockReceipts')).toBe(1)
    expect(count('eth_getBlockByNumber')).toBe(6)
  })

  it('trusts no receipts that prove nothing, also where it trusts all else', async () => {
    const { l1 } = source({ eth_getBlockReceipts: [] }, true)
    await expect(l1.receiptsByHash(hash)).rejects.toThrow(/receipts/)
  })

  it('trusts a header and transactions that prove nothing, but remembers neither', async () => {
    const changed = { ...header, timestamp: '0x6b00c7f1' }
    const { l1, rpc } = source(
      {
        eth_getBlockByHash: (_: string, full: boolean) => (full ? { ...changed, transactions: [] } : changed),
      },
      true,
    )
    expect((await l1.headerByHash(hash))?.timestamp).toBe(0x6b00c7f1n)
    expect(await l1.transactionsByHash(hash)).toEqual([])
    expect(await l1.receiptsByHash(hash)).toHaveLength(1)
    const honest = { ...header, transactions: [transaction] }
    rpc.answers['eth_getBlockByHash'] = (_: string, full: boolean) => (full ? honest : header)
    expect(await l1.headerByHash(hash)).toEqual(expectedHeader)
    expect(await l1.transactionsByHash(hash)).toHaveLength(1)
    // These were proven by a root that nothing proved.
    rpc.answers['eth_getBlockReceipts'] = null
    expect(await l1.receiptsByHash(hash)).toBeNull()
  })

  it('does not remember a block that an unknown type of transaction keeps from being proven', async () => {
    const later = { type: '0x5', hash, from: sender, to: null, input: '0x' }
    const { l1, rpc } = source({ eth_getBlockByHash: { ...header, transactions: [later] } })
    expect(await l1.transactionsByHash(hash)).toHaveLength(1)
    rpc.answers['eth_getBlockByHash'] = null
    expect(await l1.transactionsByHash(hash)).toBeNull()
  })

  it('sees the other block that a number means after a reorg', async () => {
    const { l1, rpc } = source({}, true)
    expect((await l1.headerByNumber(2n))?.hash).toBe(hash)
    const other = `0x${'ee'.repeat(32)}`
    rpc.answers['eth_getBlockByNumber'] = { ...header, hash: other }
    expect((await l1.headerByNumber(2n))?.hash).toBe(other)
  })

  it.each<
    [string, Record<string, unknown>, (l1: ReturnType<typeof createL1Source>) => Promise<unknown>, RegExp]
  >([
    [
      'another block by hash',
      { eth_getBlockByHash: header },
      (l1) => l1.headerByHash(`0x${'01'.repeat(32)}`),
      /the server answered block 0xe645/,
    ],
    ['another block by number', {}, (l1) => l1.headerByNumber(3n), /L1 block 3: the server answered block 2/],
    [
      'a header with a changed field',
      { eth_getBlockByNumber: { ...header, timestamp: '0x6b00c7f1' } },
      (l1) => l1.headerByNumber(2n),
      /L1 block 2: expected the hash 0xe645.*its fields give 0x/,
    ],
    [
      'transactions of a header that is not the block’s',
      { eth_getBlockByHash: { ...header, stateRoot: hash, transactions: [] } },
      (l1) => l1.transactionsByHash(hash),
      /its fields give/,
    ],
    [
      'receipts of another block',
      { eth_getBlockReceipts: [{ ...receipt, blockHash: `0x${'01'.repeat(32)}` }] },
      (l1) => l1.receiptsByHash(hash),
      /the server answered block 0x0101/,
    ],
    [
      'receipts out of order',
      { eth_getBlockReceipts: [{ ...receipt, transactionIndex: '0x1' }] },
      (l1) => l1.receiptsByHash(hash),
      /expected the receipt of transaction 0, got 1/,
    ],
    [
      'a header that is a string',
      { eth_getBlockByNumber: 'x' },
      (l1) => l1.headerByNumber(2n),
      /answer is not valid/,
    ],
    [
      'a number that is no quantity',
      { eth_getBlockByNumber: { ...header, number: 2 } },
      (l1) => l1.headerByNumber(2n),
      /L1 eth_getBlockByNumber 0x2: the answer is not valid: number:/,
    ],
    [
      'a chain id that is too long',
      { eth_chainId: `0x1${'00'.repeat(32)}` },
      (l1) => l1.chainId(),
      /L1 eth_chainId/,
    ],
    [
      'a proof of more nodes than a path has',
      { eth_getProof: { accountProof: Array.from({ length: 65 }, () => '0xc0'), storageProof: [] } },
      (l1) => l1.storageAt(sender, hash, hash),
      /at most 64/,
    ],
    [
      'a proof against another state',
      { eth_getProof: { accountProof: ['0xc0'], storageProof: [{ proof: [] }] } },
      (l1) => l1.storageAt(sender, hash, hash),
      /expected node 0xf6fc5d54/,
    ],
    [
      'a malformed transaction',
      { eth_getBlockByHash: { ...header, transactions: [{ ...transaction, r: 'x' }] } },
      (l1) => l1.transactionsByHash(hash),
      /answer is not valid: transactions/,
    ],
  ])('refuses %s', async (_, answers, ask, message) => {
    await expect(ask(source(answers).l1)).rejects.toThrow(message)
  })

  it.each<[string, Record<string, unknown>]>([
    ['a status', { status: '0x0' }],
    ['the gas', { cumulativeGasUsed: '0x1' }],
    ['the type', { type: '0x2' }],
    ['an invented log', { logs: [{ address: sender, topics: [hash], data: '0x01', logIndex: '0x0' }] }],
  ])('proves receipts: refuses %s that the root does not cover', async (_, change) => {
    const changed = [{ ...receipt, ...change }]
    await expect(source({ eth_getBlockReceipts: changed }).l1.receiptsByHash(hash)).rejects.toThrow(
      /expected receipts with the root 0x0f2ac566/,
    )
    const trusting = source({ eth_getBlockReceipts: changed }, true)
    await expect(trusting.l1.receiptsByHash(hash)).rejects.toThrow(/expected receipts with the root/)
    // Nothing of it is remembered.
    trusting.rpc.answers['eth_getBlockReceipts'] = [receipt]
    expect(await trusting.l1.receiptsByHash(hash)).toHaveLength(1)
  })

  it.each<[string, unknown[]]>([
    ['a missing one', []],
    ['a repeated one', [transaction, transaction]],
  ])('proves transactions: refuses %s', async (_, transactions) => {
    const { l1 } = source({ eth_getBlockByHash: { ...header, transactions } })
    await expect(l1.transactionsByHash(hash)).rejects.toThrow(
      /expected transactions with the root 0xf7a432de/,
    )
  })

  it('reads logs with their index in the block', async () => {
    const logs = [{ address: sender, topics: [hash], data: '0x01', logIndex: '0x3', removed: false }]
    const made = blockWith([{ ...receipt, status: '0x0', logs }])
    const { l1 } = source({ eth_getBlockByHash: made.header, eth_getBlockReceipts: made.receipts })
    expect(await l1.receiptsByHash(made.header.hash)).toEqual([
      {
        transactionHash: transaction.hash,
        status: 'reverted',
        logs: [{ address: sender, topics: [hash], data: '0x01', logIndex: 3 }],
      },
    ])
  })

  it('keeps the logs of the contracts that are wanted, and checks all', async () => {
    const log = (address: string, logIndex: string) => ({ address, topics: [hash], data: '0x01', logIndex })
    const other = `0x${'0d'.repeat(20)}`
    const made = blockWith([
      { ...receipt, logs: [log(other, '0x0')] },
      { ...receipt, transactionIndex: '0x1', logs: [log(other, '0x1'), log(sender, '0x2')] },
    ])
    const rpc = createFakeRpc({ eth_getBlockByHash: made.header, eth_getBlockReceipts: made.receipts })
    const logsOf = [sender.toUpperCase().replace('0X', '0x') as Address]
    expect(await createL1Source({ ...ports(), rpc, logsOf }).receiptsByHash(made.header.hash)).toEqual([
      {
        transactionHash: transaction.hash,
        status: 'success',
        logs: [{ address: sender, topics: [hash], data: '0x01', logIndex: 2 }],
      },
    ])
    rpc.answers['eth_getBlockReceipts'] = made.receipts.slice(1)
    await expect(
      createL1Source({ ...ports(), rpc, logsOf }).receiptsByHash(made.header.hash),
    ).rejects.toThrow(/receipts with the root/)
    rpc.answers['eth_getBlockByHash'] = header
    rpc.answers['eth_getBlockReceipts'] = [receipt]
    expect(await createL1Source({ ...ports(), rpc, logsOf }).receiptsByHash(hash)).toEqual([])
  })

  describe('asks for no more than a proven header leaves open', () => {
    const wanted: Address = `0x${'0a'.repeat(20)}`
    const otherBlock = blockWith([
      { ...receipt, logs: [{ address: sender, topics: [hash], data: '0x01', logIndex: '0x0' }] },
    ])
    /** Says of every address that it may be there, as a full block's bloom often does: a false positive. */
    const fullBlock = blockWith([receipt], { logsBloom: `0x${'ff'.repeat(256)}` })
    const emptyBlock = blockWith([], { transactionsRoot: emptyTrieRoot })

    it.each([
      ['a bloom without the wanted contract', otherBlock, [wanted], false],
      ['a bloom that may hold it', fullBlock, [wanted], true],
      ['a bloom with one of two', otherBlock, [wanted, sender], true],
      ['no contract that is wanted', fullBlock, [], false],
      ['every log wanted', otherBlock, undefined, true],
      ['every log of an empty block wanted', emptyBlock, undefined, false],
    ])('receipts: %s', async (_, block, logsOf, asks) => {
      const rpc = createFakeRpc({ eth_getBlockByHash: block.header, eth_getBlockReceipts: block.receipts })
      const options = { ...ports(), rpc, ...(logsOf && { logsOf: logsOf as Address[] }) }
      const logs = (await createL1Source(options).receiptsByHash(block.header.hash))?.flatMap(
        (one) => one.logs,
      )
      expect(rpc.asked.map(([method]) => method).includes('eth_getBlockReceipts')).toBe(asks)
      expect(logs).toHaveLength(block === otherBlock && asks ? 1 : 0)
    })

    it('transactions of an empty block', async () => {
      const rpc = createFakeRpc({ eth_getBlockByHash: emptyBlock.header })
      const l1 = createL1Source({ ...ports(), rpc })
      await l1.headerByHash(emptyBlock.header.hash)
      expect(await l1.transactionsByHash(emptyBlock.header.hash)).toEqual([])
      expect(rpc.asked).toHaveLength(1)
    })

    it('but believes nothing of a header that is not proven', async () => {
      const forged = { ...otherBlock.header, logsBloom: header.logsBloom, transactionsRoot: emptyTrieRoot }
      const rpc = createFakeRpc({
        eth_getBlockByHash: (_: Hash, full: boolean) =>
          full ? { ...forged, transactions: [transaction] } : forged,
        eth_getBlockReceipts: otherBlock.receipts,
      })
      const l1 = createL1Source({ ...ports(), rpc, trustRpc: true, logsOf: [sender] })
      const { hash: forgedHash } = forged
      expect(await l1.receiptsByHash(forgedHash)).toHaveLength(1)
      expect(await l1.transactionsByHash(forgedHash)).toHaveLength(1)
    })
  })

  it('remembers what an L2 block needs of its origin for a sequencing window', async () => {
    const blocks = new Map(
      Array.from({ length: 3_600 }, (_, index) => {
        const made = blockWith([], { gasLimit: toHex(index) })
        return [made.header.hash, made.header] as const
      }),
    )
    const hashes = [...blocks.keys()]
    const rpc = createFakeRpc({
      eth_getBlockByHash: (asked: Hash) => blocks.get(asked),
      eth_getBlockReceipts: [],
    })
    const l1 = createL1Source({ ...ports(), rpc, trustRpc: true, logsOf: [] })
    for (const one of hashes) await l1.receiptsByHash(one)
    const asked = rpc.asked.length
    for (const one of hashes) {
      expect((await l1.headerByHash(one))?.hash).toBe(one)
      expect(await l1.receiptsByHash(one)).toEqual([])
    }
    expect(rpc.asked.length).toBe(asked)
  })

  it('recovers a sender when it is read, and not before', async () => {
    const forged = { ...transaction, from: `0x${'02'.repeat(20)}` }
    // The sender is no part of the bytes that the root covers.
    const { l1 } = source({ eth_getBlockByHash: { ...header, transactions: [forged] } })
    const [tx] = (await l1.transactionsByHash(hash)) ?? []
    expect(tx?.input).toBe('0x00ff')
    expect(() => tx?.from).toThrow(/expected the sender 0xf39f/)
  })

  it('keeps a block readable that has a transaction of a later type', async () => {
    const later = { type: '0x5', hash, from: sender, to: null, input: '0x', extra: {} }
    const { l1 } = source({ eth_getBlockByHash: { ...header, transactions: [later, transaction] } })
    const found = await l1.transactionsByHash(hash)
    expect(found?.map((tx) => [tx.type, tx.from])).toEqual([
      [5, sender],
      [1, sender],
    ])
  })
})
