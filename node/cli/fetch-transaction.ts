import type { Address, Hash } from 'viem'
import { z } from 'zod'
import { orAbsent } from '../adapters/absence.ts'
import { parseAnswer, rpcHash } from '../json-rpc/schema.ts'
import type { L1Header, L1Transaction } from '../ports/l1-source.ts'
import { decodeBlob } from '../protocol/blob.ts'
import { hexToBytes } from '../protocol/bytes.ts'
import { formatRef } from '../protocol/refs.ts'
import type { L1Access } from './l1-access.ts'

/** A transaction on L1, and what it carries for derivation. */
export interface FetchedTransaction {
  readonly hash: Hash
  readonly type: number
  readonly from: Address
  readonly to: Address | null
  readonly block: L1Header
  /** `blobs`: what its blobs hold, decoded, in their order. */
  readonly kind: 'calldata' | 'blobs'
  readonly payloads: readonly Uint8Array[]
}

const blobTransactionType = 3
/** All else of it is read with its block, where its hash is proven. */
const whereItIs = z.object({ blockHash: rpcHash.nullish() })

/**
 * Reads a batcher transaction from L1: its calldata, or its blobs from the beacon. A blob transaction brings its blobs
 * instead of its calldata from Ecotone on, before which there were none (specs/protocol/ecotone/derivation.md, "Blob
 * Retrieval").
 * @throws Error saying what L1 or the beacon does not have. @throws DecodeError for a blob that holds no batcher data.
 */
export async function fetchTransaction(
  { rpc, l1, beacon }: L1Access,
  hash: Hash,
  signal: AbortSignal,
): Promise<FetchedTransaction> {
  const answer = await orAbsent(rpc.request('eth_getTransactionByHash', [hash], signal))
  if (answer === null) throw new Error(`L1 does not have the transaction ${hash}: is it of another chain?`)
  const { blockHash } = parseAnswer(whereItIs, answer, `L1 eth_getTransactionByHash ${hash}`)
  if (blockHash === null || blockHash === undefined)
    throw new Error(`the transaction ${hash} is in no block yet: expected one that L1 has included`)
  const [block, transactions] = await Promise.all([
    l1.headerByHash(blockHash, signal),
    l1.transactionsByHash(blockHash, signal),
  ])
  const found = transactions?.find((one) => one.hash === hash)
  if (block === null || transactions === null || found === undefined)
    throw new Error(`L1 block ${blockHash}: expected the transaction ${hash} in it, which L1 says it has`)
  const { type, from, to } = found
  const told = { hash, type, from, to, block }
  if (type !== blobTransactionType) return { ...told, kind: 'calldata', payloads: [hexToBytes(found.input)] }
  const wanted = blobsOf(found, transactions)
  if (beacon === null)
    throw new Error(
      `the transaction ${hash} has its data in ${wanted.length} blobs of L1 block ${formatRef(block)}: expected --beacon URL`,
    )
  const blobs = await beacon.blobs(block, wanted, signal)
  return { ...told, kind: 'blobs', payloads: blobs.map(decodeBlob) }
}

/** The index of a blob counts the blobs of all transactions of the block. */
function blobsOf(wanted: L1Transaction, transactions: readonly L1Transaction[]) {
  const before = transactions.slice(0, transactions.indexOf(wanted))
  const first = before.reduce((count, one) => count + (one.blobVersionedHashes?.length ?? 0), 0)
  return (wanted.blobVersionedHashes ?? []).map((versionedHash, at) => ({ versionedHash, index: first + at }))
}
