import type { Hash, Hex } from 'viem'
import { z } from 'zod'
import { RpcAnswerError, rpcBytes } from '../../json-rpc/schema.ts'
import { bytesToHex } from '../../protocol/bytes.ts'
import { listOf } from '../../protocol/list-schema.ts'
import { provenValue } from './trie-proof.ts'

/** Seventeen words and their lengths fill 565 bytes; a trie of hashed keys has no longer path. */
const proofNodes = listOf(rpcBytes(1_024), 64)

/** An answer to `eth_getProof` for one slot at most. What it claims beside the proofs is not read. Source: EIP-1186. */
export const rpcProof = z.object({
  accountProof: proofNodes,
  storageProof: listOf(z.object({ proof: proofNodes }), 1).nullish(),
})

/** An account as the state trie holds it. */
export interface ProvenAccount {
  readonly storageHash: Hash
  readonly codeHash: Hash
}

/**
 * The account that an `eth_getProof` answer proves against the state root of a block.
 * @throws RpcAnswerError when it proves nothing, or that there is no such account.
 */
export function verifyAccountProof(options: {
  readonly stateRoot: Hash
  readonly address: Hex
  readonly proof: readonly Hex[]
}): ProvenAccount {
  const { stateRoot, address, proof } = options
  const what = `account ${address}`
  const account = provenValue({ root: stateRoot, key: address, proof, what })
  if (account === null) throw new RpcAnswerError(`proof of ${what}: it does not exist`)
  // rlp([nonce, balance, storageRoot, codeHash])
  const hash = (index: number): Hash => {
    const item = account instanceof Uint8Array || account.length !== 4 ? undefined : account[index]
    if (!(item instanceof Uint8Array) || item.length !== 32)
      throw new RpcAnswerError(`proof of ${what}: the account is malformed`)
    return bytesToHex(item)
  }
  return { storageHash: hash(2), codeHash: hash(3) }
}

/**
 * The word that an `eth_getProof` answer proves for a slot; zero when the storage has no such slot.
 * @param slot 32 bytes.
 * @throws RpcAnswerError when it proves nothing.
 */
export function verifyStorageProof(options: {
  readonly storageHash: Hash
  readonly slot: Hash
  readonly proof: readonly Hex[]
}): Hash {
  const { storageHash, slot, proof } = options
  const what = `slot ${slot}`
  const value = provenValue({ root: storageHash, key: slot, proof, what })
  if (value === null) return `0x${'00'.repeat(32)}`
  if (!(value instanceof Uint8Array) || value.length > 32)
    throw new RpcAnswerError(`proof of ${what}: the word is malformed`)
  return `0x${bytesToHex(value).slice(2).padStart(64, '0')}`
}

/** As `eth_getProof` is answered for one slot. @throws RpcAnswerError as the two above. */
export function provenWord(
  answer: z.output<typeof rpcProof>,
  where: { readonly stateRoot: Hash; readonly address: Hex; readonly slot: Hash },
): Hash {
  const { stateRoot, address, slot } = where
  const { storageHash } = verifyAccountProof({ stateRoot, address, proof: answer.accountProof })
  const proof = answer.storageProof?.[0]?.proof ?? []
  return verifyStorageProof({ storageHash, slot, proof })
}
