import { type RecoverBlockSigner, recoverBlockSigner } from '../../../node/network/block-signature.ts'
import { bytesToHex } from '../../../node/protocol/bytes.ts'
import { LruMap } from '../../el/execution/lru-map.ts'

/** Blocks whose gossip is still under way: a few at a time. */
const signaturesMax = 500

/** Recovers the signer of each signature once for all nodes of a world: it depends on nothing else. */
export function createSharedSigners(): RecoverBlockSigner {
  const known = new LruMap<string, ReturnType<RecoverBlockSigner>>(signaturesMax)
  return (signingHash, signature) => {
    const key = signingHash + bytesToHex(signature)
    const before = known.get(key)
    if (before !== undefined) return before
    const signer = recoverBlockSigner(signingHash, signature)
    known.set(key, signer)
    return signer
  }
}
