import { type Address, encodeAbiParameters, type Hash, type Hex, padHex, parseTransaction, toHex } from 'viem'
import { encodeReceipt } from '../../harness/el/execution/receipt.ts'
import { headerHash } from '../../node/adapters/l1/l1-header.ts'
import type { L1Header, L1Receipt, L1Transaction } from '../../node/ports/l1-source.ts'
import { bytesToHex, hexToBytes } from '../../node/protocol/bytes.ts'
import { transactionDepositedTopic } from '../../node/protocol/deposit-log.ts'
import { keccak256 } from '../../node/protocol/hash.ts'
import { bloomOf } from '../../node/protocol/logs-bloom.ts'
import { orderedTrieRoot } from '../../node/protocol/ordered-trie-root.ts'
import { genesisTimeS, seededHash } from './chain.ts'

/** An L1 block in the forms in which a node can be given it. */
export interface BenchL1Block {
  readonly header: L1Header
  readonly transactions: readonly L1Transaction[]
  readonly receipts: readonly L1Receipt[]
  /** What an execution client's JSON-RPC answers; made when it is asked for. */
  json(): {
    readonly header: Record<string, unknown>
    readonly transactions: readonly Record<string, unknown>[]
    readonly receipts: readonly Record<string, unknown>[]
  }
}

/** A transaction that goes into a block. */
export interface SentTransaction {
  readonly raw: Hex
  readonly from: Address
  readonly logs: readonly SentLog[]
}

export interface SentLog {
  readonly address: Address
  readonly topics: readonly Hash[]
  readonly data: Hex
}

/** A deposit of 1 wei with a call of 100 bytes, as the portal's event tells it. */
export function depositLog(depositContract: Address, index: number): SentLog {
  const from = `0x${seededHash('depositor', index).slice(26)}` as const
  const call = `0x${'5a'.repeat(100)}` as const
  const opaque = `0x${word(1n)}${word(1n)}${100_000n.toString(16).padStart(16, '0')}00${call.slice(2)}` as Hex
  return {
    address: depositContract,
    topics: [
      transactionDepositedTopic,
      padHex(from, { size: 32 }),
      padHex(from, { size: 32 }),
      `0x${word(0n)}`,
    ],
    data: encodeAbiParameters([{ type: 'bytes' }], [opaque]),
  }
}

/** A token's Transfer event. */
export function transferLog(index: number): SentLog {
  const account = (salt: number) => padHex(`0x${seededHash('account', index + salt).slice(26)}`, { size: 32 })
  return {
    address: `0x${seededHash('token', index % 20).slice(26)}`,
    topics: ['0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef', account(0), account(1)],
    data: `0x${word(BigInt(index) * 1_000_003n)}`,
  }
}

/** The child of `parent` with these transactions, that many seconds later: hash, roots and bloom are what they must be. */
export function l1Block(
  parent: L1Header | null,
  sent: readonly SentTransaction[],
  seconds: bigint,
): BenchL1Block {
  const number = parent === null ? 0n : parent.number + 1n
  const hashes = sent.map(({ raw }) => keccak256(hexToBytes(raw)))
  const fields = {
    parentHash: parent?.hash ?? zero(32),
    sha3Uncles: '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347' as Hash,
    miner: zero(20),
    stateRoot: seededHash('state', Number(number)),
    transactionsRoot: orderedTrieRoot(sent.map(({ raw }) => hexToBytes(raw))),
    receiptsRoot: orderedTrieRoot(
      sent.map((transaction, index) => hexToBytes(receiptBytes(transaction, index))),
    ),
    logsBloom: bloomOfLogs(sent.flatMap(({ logs }) => logs)),
    extraData: '0x' as Hex,
    mixHash: seededHash('randao', Number(number)),
    nonce: zero(8),
    withdrawalsRoot: seededHash('withdrawals', Number(number)),
    parentBeaconBlockRoot: seededHash('beacon', Number(number)),
    requestsHash: seededHash('requests', 0),
  }
  const quantities = {
    difficulty: 0n,
    number,
    gasLimit: 36_000_000n,
    gasUsed: 18_000_000n,
    timestamp: (parent?.timestamp ?? genesisTimeS) + seconds,
    baseFeePerGas: 1_000_000_000n + (number % 1000n),
    blobGasUsed: 0n,
    excessBlobGas: 0n,
  }
  const hash = headerHash({ hash: zero(32), ...fields, ...quantities })
  const blockFields = { blockHash: hash, blockNumber: toHex(number) }
  let logs = 0
  const logsBefore = sent.map((transaction) => {
    const before = logs
    logs += transaction.logs.length
    return before
  })
  return {
    header: {
      hash,
      number,
      parentHash: fields.parentHash,
      timestamp: quantities.timestamp,
      mixHash: fields.mixHash,
      baseFeePerGas: quantities.baseFeePerGas,
      excessBlobGas: 0n,
      parentBeaconBlockRoot: fields.parentBeaconBlockRoot,
    },
    transactions: sent.map(({ raw, from }, index) => {
      const { to, data, blobVersionedHashes } = parseTransaction(raw)
      const blobs = blobVersionedHashes === undefined ? {} : { blobVersionedHashes }
      return { hash: hashes[index]!, type: typeOf(raw), from, to: to ?? null, input: data ?? '0x', ...blobs }
    }),
    receipts: sent.map(({ logs }, index) => ({
      transactionHash: hashes[index]!,
      status: 'success',
      logs: logs.map((log, logIndex) => ({ ...log, logIndex: logsBefore[index]! + logIndex })),
    })),
    json: () => ({
      header: {
        hash,
        ...fields,
        ...Object.fromEntries(Object.entries(quantities).map(([name, value]) => [name, toHex(value)])),
      },
      transactions: sent.map(({ raw, from }, index) => ({
        ...blockFields,
        transactionIndex: toHex(index),
        hash: hashes[index]!,
        from,
        ...transactionJson(raw),
      })),
      receipts: sent.map(({ raw, logs }, index) => ({
        ...blockFields,
        type: toHex(typeOf(raw)),
        status: '0x1',
        transactionHash: hashes[index]!,
        transactionIndex: toHex(index),
        cumulativeGasUsed: toHex(cumulativeGas(index)),
        gasUsed: toHex(gasPerTransaction),
        effectiveGasPrice: toHex(quantities.baseFeePerGas),
        contractAddress: null,
        logsBloom: bloomOfLogs(logs),
        logs: logs.map((log, logIndex) => ({
          ...log,
          ...blockFields,
          transactionHash: hashes[index]!,
          transactionIndex: toHex(index),
          logIndex: toHex(logsBefore[index]! + logIndex),
          removed: false,
        })),
      })),
    }),
  }
}

const zero = (bytes: number): Hex => `0x${'00'.repeat(bytes)}`
const word = (value: bigint) => value.toString(16).padStart(64, '0')
const typeOf = (raw: Hex) => Number.parseInt(raw.slice(2, 4), 16)
const gasPerTransaction = 65_000n
const cumulativeGas = (index: number) => gasPerTransaction * BigInt(index + 1)
const bloomOfLogs = (logs: readonly SentLog[]) =>
  bytesToHex(bloomOf(logs.flatMap(({ address, topics }) => [address, ...topics])))

function receiptBytes({ raw, logs }: SentTransaction, index: number): Hex {
  return encodeReceipt(
    {
      type: typeOf(raw),
      status: 1,
      cumulativeGasUsed: cumulativeGas(index),
      logsBloom: bloomOfLogs(logs),
    },
    logs.map(({ address, topics, data }) => [hexToBytes(address), topics.map(hexToBytes), hexToBytes(data)]),
  )
}

function transactionJson(raw: Hex): Record<string, unknown> {
  const tx = parseTransaction(raw)
  const blobs =
    tx.type === 'eip4844'
      ? { maxFeePerBlobGas: toHex(tx.maxFeePerBlobGas ?? 0n), blobVersionedHashes: tx.blobVersionedHashes }
      : {}
  return {
    ...blobs,
    type: toHex(typeOf(raw)),
    chainId: toHex(tx.chainId ?? 0),
    nonce: toHex(tx.nonce ?? 0),
    gas: toHex(tx.gas ?? 0n),
    maxFeePerGas: toHex(tx.maxFeePerGas ?? 0n),
    maxPriorityFeePerGas: toHex(tx.maxPriorityFeePerGas ?? 0n),
    gasPrice: toHex(tx.maxFeePerGas ?? 0n),
    to: tx.to ?? null,
    value: toHex(tx.value ?? 0n),
    input: tx.data ?? '0x',
    accessList: [],
    r: tx.r,
    s: tx.s,
    yParity: toHex(tx.yParity ?? 0),
    v: toHex(tx.yParity ?? 0),
  }
}
