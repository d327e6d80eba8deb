import {
  type Address,
  createPublicClient,
  type Hash,
  type Hex,
  keccak256,
  TransactionNotFoundError,
  TransactionReceiptNotFoundError,
  type TransactionSerializedEIP4844,
  type Transport as ViemTransport,
} from 'viem'
import type { Kzg } from '../../node/ports/kzg.ts'
import { bytesToHex } from '../../node/protocol/bytes.ts'
import type { BlockId } from '../../node/protocol/refs.ts'
import { signBlobTransaction } from './blob-transaction.ts'
import { l1AccountOf } from './l1-account.ts'

export interface SubmitterOptions {
  /** How L1 is reached; a call may take so many milliseconds. */
  readonly l1: (timeoutMs: number) => ViemTransport
  readonly chainId: bigint
  readonly privateKey: Hex
  readonly inbox: Address
  /** One L1 call takes at most this long. */
  readonly timeoutMs: number
  /** Makes commitments and proofs of blobs. */
  readonly kzg: Pick<Kzg, 'commitment' | 'proof'>
}

/** Where a transaction is: in the pool, in a canonical block, or nowhere. */
export type TransactionPlace = 'pending' | 'lost' | BlockId

/** Sends batcher transactions in order and knows where each of them is. */
export interface Submitter {
  readonly address: Address
  /** @throws Error when L1 cannot be asked or is another chain. */
  checkChain(): Promise<void>
  /** Transactions that were sent and are in no L1 block. */
  readonly pending: number
  /** @throws Error (temporary) when L1 does not take the transaction. */
  submit(payload: Uint8Array): Promise<Hash>
  /**
   * Sends one transaction with a blob for each payload.
   * @throws Error (temporary) when L1 does not take the transaction.
   */
  submitBlobs(payloads: readonly Uint8Array[]): Promise<Hash>
  /** Asks L1 where each transaction is. To be called whenever L1 has a new head. */
  refresh(): Promise<void>
  placeOf(hash: Hash): TransactionPlace
  /** Forgets what is on L1 and not among these. */
  retain(hashes: ReadonlySet<Hash>): void
  head(): Promise<L1Head>
}

export interface L1Head extends BlockId {
  /** Seconds. */
  readonly timestamp: bigint
}

const priorityFeeWei = 1_000_000_000n
/** As op-batcher: blob gas is never offered less for. */
const minBlobFeeWei = 1_000_000_000n
const transferGas = 21_000n
/** An L1 client reads its own trusted setup when it sees the first blob. */
const blobTimeoutMsMin = 30_000

/** Counts nonces from what the pool says at each new L1 head. */
export function createSubmitter(options: SubmitterOptions): Submitter {
  const { l1, chainId, inbox, timeoutMs } = options
  const account = l1AccountOf(options.privateKey)
  const clientOf = (timeout: number) => createPublicClient({ transport: l1(timeout) })
  const client = clientOf(timeoutMs)
  const blobClient = clientOf(Math.max(timeoutMs, blobTimeoutMsMin))
  const places = new Map<Hash, TransactionPlace>()
  let nextNonce: number | undefined
  /** That of the head that was seen last. */
  let baseFee: bigint | undefined

  const readNonce = () => client.getTransactionCount({ address: account.address, blockTag: 'pending' })

  async function readHead(): Promise<L1Head> {
    const { hash, number, timestamp, baseFeePerGas } = await client.getBlock({ blockTag: 'latest' })
    baseFee = baseFeePerGas ?? 0n
    return { hash, number, timestamp }
  }

  async function locate(hash: Hash): Promise<TransactionPlace> {
    try {
      const { blockHash, blockNumber } = await client.getTransactionReceipt({ hash })
      return { hash: blockHash, number: blockNumber }
    } catch (error) {
      if (!(error instanceof TransactionReceiptNotFoundError)) throw error
    }
    try {
      await client.getTransaction({ hash })
      return 'pending'
    } catch (error) {
      if (error instanceof TransactionNotFoundError) return 'lost'
      throw error
    }
  }

  async function fields(nonce: number) {
    // Who looked at L1 a moment ago is not kept waiting for another look: the window of what it sends may end.
    if (baseFee === undefined) await readHead()
    return {
      chainId: Number(chainId),
      nonce,
      to: inbox,
      maxFeePerGas: 2n * (baseFee ?? 0n) + priorityFeeWei,
      maxPriorityFeePerGas: priorityFeeWei,
    }
  }

  async function sendCalldata(payload: Uint8Array, nonce: number): Promise<Hash> {
    const data = bytesToHex(payload)
    const transaction = { ...(await fields(nonce)), type: 'eip1559', data, gas: calldataGas(data) } as const
    const raw = account.signTransaction(transaction)
    await client.sendRawTransaction({ serializedTransaction: raw })
    return keccak256(raw)
  }

  async function sendBlobs(payloads: readonly Uint8Array[], nonce: number): Promise<Hash> {
    const maxFeePerBlobGas = 2n * (await client.getBlobBaseFee()) + minBlobFeeWei
    const transaction = { ...(await fields(nonce)), gas: transferGas, maxFeePerBlobGas }
    const { hash, raw } = await signBlobTransaction(account, options.kzg, transaction, payloads)
    await blobClient.sendRawTransaction({ serializedTransaction: raw as TransactionSerializedEIP4844 })
    return hash
  }

  /** Sends with the next nonce. */
  async function submit(send: (nonce: number) => Promise<Hash>): Promise<Hash> {
    nextNonce ??= await readNonce()
    const nonce = nextNonce
    // Unknown again until L1 has taken the transaction: after an error only L1 can tell.
    nextNonce = undefined
    const hash = await send(nonce)
    nextNonce = nonce + 1
    places.set(hash, 'pending')
    return hash
  }

  return {
    address: account.address,
    async checkChain() {
      const found = await client.getChainId()
      if (BigInt(found) !== chainId)
        throw new Error(`expected L1 chain ${chainId} for the batcher, found chain ${found}`)
    },
    get pending() {
      return places.values().reduce((count, place) => (place === 'pending' ? count + 1 : count), 0)
    },
    submit: (payload) => submit((nonce) => sendCalldata(payload, nonce)),
    submitBlobs: (payloads) => submit((nonce) => sendBlobs(payloads, nonce)),
    async refresh() {
      const hashes = [...places.keys()]
      const [nonce, ...found] = await Promise.all([readNonce(), ...hashes.map(locate)])
      for (const [index, hash] of hashes.entries()) {
        const place = found[index]
        if (place === undefined || place === 'lost') places.delete(hash)
        else places.set(hash, place)
      }
      // A reorg gives nonces back, also those of transactions that were forgotten long ago.
      nextNonce = nonce
    },
    placeOf: (hash) => places.get(hash) ?? 'lost',
    retain(hashes) {
      for (const [hash, place] of places) if (place !== 'pending' && !hashes.has(hash)) places.delete(hash)
    },
    head: readHead,
  }
}

/**
 * Gas of a transfer with this calldata. From Prague on data is charged at least 10 per zero and 40 per other byte, more
 * than it ever was before (EIP-7623).
 */
export function calldataGas(data: Hex): bigint {
  let tokens = 0n
  for (let index = 2; index < data.length; index += 2) tokens += data.startsWith('00', index) ? 1n : 4n
  return transferGas + 10n * tokens
}
