import { pointFromScalar, signRecoverable } from 'tiny-secp256k1'
import { type Address, type Hex, serializeTransaction, type TransactionSerializable } from 'viem'
import { bytesToHex, hexToBytes } from '../../node/protocol/bytes.ts'
import { keccak256Bytes } from '../../node/protocol/keccak.ts'
import { publicKeyAddress } from '../../node/protocol/public-key-address.ts'

/** Who pays for batches on L1. */
export interface L1Account {
  readonly address: Address
  /** The transaction with its signature, as L1 takes it. */
  signTransaction(transaction: TransactionSerializable): Hex
}

/**
 * The account of a private key. Its signatures are those of viem's accounts, by RFC 6979 and with the lower s, but made by
 * libsecp256k1: on `BigInt`s the first one in a process takes longer than everything else that a simulated batcher does.
 * @throws Error when it is no private key.
 */
export function l1AccountOf(privateKey: Hex): L1Account {
  const key = hexToBytes(privateKey)
  const point = pointFromScalar(key, false)
  if (point === null) throw new Error('expected the private key of a point on the curve, found none')
  return {
    address: publicKeyAddress(point),
    signTransaction(transaction) {
      const digest = keccak256Bytes(hexToBytes(serializeTransaction(transaction)))
      const { signature, recoveryId } = signRecoverable(digest, key)
      return serializeTransaction(transaction, {
        r: bytesToHex(signature.subarray(0, 32)),
        s: bytesToHex(signature.subarray(32)),
        yParity: recoveryId,
      })
    },
  }
}
