import { pointFromScalar, signRecoverable } from 'tiny-secp256k1'
import type { Address, Hex } from 'viem'
import { recoverKey } from '../../../node/adapters/secp256k1/recover-key.ts'
import type { RecoverBlockSigner, SignBlock } from '../../../node/network/block-signature.ts'
import type { RecoverKey } from '../../../node/ports/recover-key.ts'
import { bytesToHex, hexToBytes } from '../../../node/protocol/bytes.ts'
import { publicKeyAddress } from '../../../node/protocol/public-key-address.ts'
import { LruMap } from '../../el/execution/lru-map.ts'

/** Work on signatures for all nodes of a world, by libsecp256k1: each once, because it depends on its input alone. */
export interface SharedSigners {
  readonly sign: SignBlock
  /** Whom a signature of `sign` leads to is known; any other is looked for. */
  readonly recover: RecoverBlockSigner
  /** Of transactions on L1. */
  readonly recoverKey: RecoverKey
}

/** Blocks whose gossip is still under way, and transactions of the newest L1 blocks: a few at a time. */
const signaturesMax = 500

export function createSharedSigners(): SharedSigners {
  const known = new LruMap<string, Address | { readonly none: true }>(signaturesMax)
  const keys = new LruMap<string, Uint8Array>(signaturesMax)
  const addresses = new Map<Hex, Address>()

  function addressOf(privateKey: Hex): Address {
    const before = addresses.get(privateKey)
    if (before !== undefined) return before
    const point = pointFromScalar(hexToBytes(privateKey), false)
    if (point === null) throw new Error('expected the private key of a point on the curve, found none')
    const address = publicKeyAddress(point)
    addresses.set(privateKey, address)
    return address
  }

  return {
    sign(signingHash, privateKey) {
      const { signature, recoveryId } = signRecoverable(hexToBytes(signingHash), hexToBytes(privateKey))
      const bytes = new Uint8Array(65)
      bytes.set(signature)
      bytes[64] = recoveryId
      known.set(signingHash + bytesToHex(bytes), addressOf(privateKey))
      return bytes
    },
    recover(signingHash, signature) {
      const key = signingHash + bytesToHex(signature)
      const found = known.get(key) ?? recover(signingHash, signature) ?? { none: true }
      known.set(key, found)
      return typeof found === 'string' ? found : null
    },
    recoverKey(digest, signature) {
      const key = `${bytesToHex(digest)} ${signature.r} ${signature.s} ${signature.parity}`
      const found = keys.get(key) ?? recoverKey(digest, signature)
      keys.set(key, found)
      return found
    },
  }
}

const recover: RecoverBlockSigner = (signingHash, signature) => {
  const parity = signature[64]
  if (signature.length !== 65 || (parity !== 0 && parity !== 1)) return null
  const word = (from: number) => BigInt(bytesToHex(signature.subarray(from, from + 32)))
  try {
    return publicKeyAddress(recoverKey(hexToBytes(signingHash), { r: word(0), s: word(32), parity }))
  } catch {
    return null
  }
}
