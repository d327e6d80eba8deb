import { type Hash, type Hex, keccak256, parseTransaction, toHex, zeroAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, describe, expect, it } from 'vitest'
import { headerHash, rpcHeader } from '../adapters/l1/l1-header.ts'
import { compressChannelSync } from '../adapters/zlib/compress-channel.ts'
import { type JsonRpcServer, startJsonRpcServer } from '../json-rpc/http-server.ts'
import { createFakeBeacon } from '../ports/testing/fake-beacon.ts'
import { encodeSingularBatch } from '../protocol/batch.ts'
import { encodeBlob } from '../protocol/blob.ts'
import { hexToBytes } from '../protocol/bytes.ts'
import { encodeChannelBatches } from '../protocol/channel-compression.ts'
import { encodeBatcherPayload } from '../protocol/frame.ts'
import { orderedTrieRoot } from '../protocol/ordered-trie-root.ts'
import { zeroHash } from '../protocol/refs.ts'
import { decodeFetched } from './decode-inputs.ts'
import { fetchTransaction } from './fetch-transaction.ts'
import { openL1Access } from './l1-access.ts'

const batcher = privateKeyToAccount(`0x${'0b'.repeat(32)}`)
const inbox = '0xff00000000000000000000000000000000000901'
const { signal } = new AbortController()

const channel = compressChannelSync(
  encodeChannelBatches([
    encodeSingularBatch({
      ...{ parentHash: `0x${'11'.repeat(32)}`, epochNum: 7n, epochHash: `0x${'22'.repeat(32)}` },
      ...{ timestamp: 1002n, transactions: ['0x02c0'] },
    }),
  ]),
  'zlib',
)
const half = channel.length >> 1
const frame = (number: number) =>
  encodeBatcherPayload([
    {
      channelId: `0x${'ab'.repeat(16)}`,
      number,
      data: number === 0 ? channel.subarray(0, half) : channel.subarray(half),
      isLast: number === 1,
    },
  ])

const fees = { chainId: 900, gas: 100_000n, maxFeePerGas: 1_000n, maxPriorityFeePerGas: 0n }
const calldata = (nonce: number, data: Hex) =>
  batcher.signTransaction({ ...fees, type: 'eip1559', to: inbox, nonce, data })
const withBlobs = (nonce: number, blobVersionedHashes: Hash[]) =>
  batcher.signTransaction({
    ...{ ...fees, type: 'eip4844', to: inbox, nonce, maxFeePerBlobGas: 1n, blobVersionedHashes },
    ...{ blobs: undefined, sidecars: false },
  } as never)

/** A signed transaction as `eth_getBlockByHash` gives it. */
function transactionJson(raw: Hex) {
  const tx = parseTransaction(raw) as Record<string, never>
  return {
    type: tx['type'] === 'eip4844' ? '0x3' : '0x2',
    hash: keccak256(raw),
    from: batcher.address.toLowerCase(),
    to: tx['to'],
    input: tx['data'] ?? '0x',
    value: '0x0',
    accessList: [],
    nonce: toHex(tx['nonce'] ?? 0),
    gas: toHex(tx['gas']!),
    chainId: toHex(fees.chainId),
    maxFeePerGas: toHex(fees.maxFeePerGas),
    maxPriorityFeePerGas: '0x0',
    ...(tx['type'] === 'eip4844'
      ? { maxFeePerBlobGas: '0x1', blobVersionedHashes: tx['blobVersionedHashes'] }
      : {}),
    r: tx['r'],
    s: tx['s'],
    yParity: toHex(tx['yParity']!),
  }
}

/** The only block of a chain, whose roots and hash are those of what is in it. */
function blockOf(raws: readonly Hex[]) {
  const header = {
    ...{ parentHash: zeroHash, sha3Uncles: zeroHash, miner: zeroAddress, stateRoot: zeroHash },
    transactionsRoot: orderedTrieRoot(raws.map(hexToBytes)),
    ...{ receiptsRoot: zeroHash, logsBloom: `0x${'00'.repeat(256)}`, difficulty: '0x0', number: '0x5' },
    ...{ gasLimit: '0x1c9c380', gasUsed: '0x0', timestamp: '0x64', extraData: '0x', mixHash: zeroHash },
    ...{ nonce: '0x0000000000000000', baseFeePerGas: '0x1', hash: zeroHash },
  }
  return { ...header, hash: headerHash(rpcHeader.parse(header)) }
}

const servers: JsonRpcServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

/** An L1 over HTTP with one block; `claimed` are the transactions that it says are in it. */
async function startL1(raws: readonly Hex[], claimed = raws) {
  const block = blockOf(raws)
  const transactions = claimed.map(transactionJson)
  const methods = new Map<string, (params: readonly unknown[]) => unknown>([
    [
      'eth_getTransactionByHash',
      ([hash]) => {
        const found = transactions.find((one) => one.hash === hash)
        return found === undefined ? null : { ...found, blockHash: block.hash }
      },
    ],
    [
      'eth_getBlockByHash',
      ([, full]) => ({
        ...block,
        transactions: full === true ? transactions : transactions.map(({ hash }) => hash),
      }),
    ],
  ])
  const server = await startJsonRpcServer({ host: '127.0.0.1', port: 0, methods })
  servers.push(server)
  const access = openL1Access(
    { url: server.url, beaconUrl: null, trustRpc: false },
    new AsyncDisposableStack(),
  )
  return { access, methods, block }
}

const options = {
  ...{ chainId: 10n, genesisTime: 0n, blockTime: 2n, maxRlpBytes: 100_000_000 },
  ...{ listBlocks: false, gasLimit: 60_000_000n },
}

describe('batcher transactions on L1', () => {
  it('are read by their hash, several as one stream of frames', async () => {
    const raws = [await calldata(0, toHex(frame(0))), await calldata(1, toHex(frame(1)))]
    const { access, block } = await startL1(raws)
    const fetched = await Promise.all(raws.map((raw) => fetchTransaction(access, keccak256(raw), signal)))
    expect(await decodeFetched(fetched, options)).toMatchObject({
      transactions: [
        { from: batcher.address.toLowerCase(), to: inbox, type: 2, block: { number: 5n, hash: block.hash } },
        { calldata: [{ version: 0 }] },
      ],
      frames: [{ number: 0 }, { number: 1, isLast: true }],
      channels: [{ complete: true, end: 'end', blocks: 1, transactions: 1 }],
    })
  })

  it('bring their blobs from the beacon, by their place among all blobs of the block', async () => {
    const beacon = createFakeBeacon()
    const [first, second] = [0, 1].map((number) => beacon.add(encodeBlob(frame(number)))) as [Hash, Hash]
    const raws = [await withBlobs(0, [first]), await calldata(1, '0x00'), await withBlobs(2, [second, first])]
    const { access } = await startL1(raws)
    const fetched = await fetchTransaction({ ...access, beacon }, keccak256(raws[2]!), signal)
    expect(beacon.asked).toEqual([
      [
        { versionedHash: second, index: 1 },
        { versionedHash: first, index: 2 },
      ],
    ])
    expect(await decodeFetched([fetched], options)).toMatchObject({
      transactions: [{ type: 3, blobs: [{ version: 0 }, { version: 0 }] }],
      channels: [{ complete: true, blocks: 1 }],
    })
    await expect(fetchTransaction(access, keccak256(raws[2]!), signal)).rejects.toThrow(
      /has its data in 2 blobs of L1 block .*: expected --beacon URL/,
    )
  })

  it('are not taken from an L1 that lies about them', async () => {
    const [honest, other] = [await calldata(0, toHex(frame(0))), await calldata(0, toHex(frame(1)))]
    const { access } = await startL1([honest], [other])
    await expect(fetchTransaction(access, keccak256(other), signal)).rejects.toThrow(
      /expected transactions with the root/,
    )
  })

  it('say what L1 does not have', async () => {
    const raw = await calldata(0, toHex(frame(0)))
    const { access, methods } = await startL1([raw])
    const ask = (hash: Hash) => fetchTransaction(access, hash, signal)
    await expect(ask(zeroHash)).rejects.toThrow(
      `L1 does not have the transaction ${zeroHash}: is it of another chain?`,
    )
    methods.set('eth_getTransactionByHash', () => ({ blockHash: null }))
    await expect(ask(keccak256(raw))).rejects.toThrow('is in no block yet')
  })
})
