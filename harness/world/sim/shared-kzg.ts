import { createKzgContext, type KzgContext } from '../../../node/adapters/kzg/kzg-context.ts'
import { nativeSha256 } from '../../../node/adapters/system/native-sha256.ts'
import type { Kzg } from '../../../node/ports/kzg.ts'
import { bytesToHex } from '../../../node/protocol/bytes.ts'
import { LruMap } from '../../el/execution/lru-map.ts'

/** Blobs of a few worlds; of each there are two times 48 bytes. */
const blobsMax = 2_000

/** Reading the trusted setup takes a second and more: once in this process, by the first blob of all its worlds. */
let context: KzgContext | null = null
const commitments = new LruMap<string, Uint8Array | { readonly none: true }>(blobsMax)
const proofs = new LruMap<string, Uint8Array | { readonly none: true }>(blobsMax)

/**
 * The Kzg port for everybody in this process: a commitment takes a tenth of a second, and whoever derives computes it anew.
 * It depends on the blob alone, so that each is computed once, for the batcher that made it; a blob that differs in any byte
 * is another one.
 */
export const sharedKzg: Kzg = {
  commitment: async (blob) => once(commitments, keyOf(blob), (kzg) => kzg.commitment(blob)),
  proof: async (blob, commitment) =>
    once(proofs, `${keyOf(blob)} ${bytesToHex(commitment)}`, (kzg) => kzg.proof(blob, commitment)),
}

const keyOf = (blob: Uint8Array): string => bytesToHex(nativeSha256([blob]))

function once(
  known: typeof commitments,
  key: string,
  compute: (kzg: KzgContext) => Uint8Array | null,
): Uint8Array | null {
  context ??= createKzgContext()
  const found = known.get(key) ?? compute(context) ?? { none: true }
  known.set(key, found)
  return found instanceof Uint8Array ? found : null
}
