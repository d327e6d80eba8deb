import { RLP } from '@ethereumjs/rlp'
import type { Hash, Hex, TransactionRequestEIP4844 } from 'viem'
import type { Kzg } from '../../node/ports/kzg.ts'
import { encodeBlob, versionedHash } from '../../node/protocol/blob.ts'
import { bytesToHex, concatBytes, hexToBytes } from '../../node/protocol/bytes.ts'
import { keccak256 } from '../../node/protocol/hash.ts'
import type { L1Account } from './l1-account.ts'

export interface SignedBlobTransaction {
  /** Of the transaction without its blobs, as everybody knows it. */
  readonly hash: Hash
  /** With its blobs, as an L1 pool takes it. */
  readonly raw: Hex
}

const blobTransactionType = 3

/** Everything of a blob transaction but its blobs. */
export type BlobTransactionFields = Required<
  Pick<
    TransactionRequestEIP4844,
    'nonce' | 'gas' | 'maxFeePerGas' | 'maxPriorityFeePerGas' | 'maxFeePerBlobGas'
  >
> & { readonly to: Hex; readonly chainId: number }

/**
 * Signs a transaction with one blob for each payload. The blobs go past viem, which would turn them into hex and back.
 * Source: EIP-4844, "Networking": `0x03 || rlp([transaction, blobs, commitments, proofs])`.
 * @throws DecodeError when a payload does not fit a blob.
 */
export async function signBlobTransaction(
  account: L1Account,
  kzg: Pick<Kzg, 'commitment' | 'proof'>,
  fields: BlobTransactionFields,
  payloads: readonly Uint8Array[],
): Promise<SignedBlobTransaction> {
  const blobs = payloads.map(encodeBlob)
  const commitments: Uint8Array[] = []
  const proofs: Uint8Array[] = []
  for (const blob of blobs) {
    const commitment = await kzg.commitment(blob)
    const proof = commitment === null ? null : await kzg.proof(blob, commitment)
    if (commitment === null || proof === null) throw new Error('expected a payload to make a blob')
    commitments.push(commitment)
    proofs.push(proof)
  }
  const signed = hexToBytes(
    account.signTransaction({
      ...fields,
      type: 'eip4844',
      blobVersionedHashes: commitments.map(versionedHash),
    }),
  )
  const transaction = RLP.decode(signed.subarray(1))
  const pooled = RLP.encode([transaction, blobs, commitments, proofs])
  return {
    hash: keccak256(signed),
    raw: bytesToHex(concatBytes([Uint8Array.of(blobTransactionType), pooled])),
  }
}
