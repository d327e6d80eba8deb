import { recoverKey } from '../../../node/adapters/secp256k1/recover-key.ts'
import type { RecoverBlockSigner } from '../../../node/network/block-signature.ts'
import { bytesToHex, hexToBytes } from '../../../node/protocol/bytes.ts'
import { publicKeyAddress } from '../../../node/protocol/public-key-address.ts'
import { LruMap } from '../../el/execution/lru-map.ts'

/** Blocks whose gossip is still under way: a few at a time. */
const signaturesMax = 500

/**
 * `recoverBlockSigner` for all nodes of a world: each signature once, because it depends on nothing else, and by
 * libsecp256k1.
 */
export function createSharedSigners(): RecoverBlockSigner {
  const known = new LruMap<string, ReturnType<RecoverBlockSigner>>(signaturesMax)
  return (signingHash, signature) => {
    const key = signingHash + bytesToHex(signature)
    const before = known.get(key)
    if (before !== undefined) return before
    const signer = recover(signingHash, signature)
    known.set(key, signer)
    return signer
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
