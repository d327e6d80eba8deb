import { secp256k1 } from '@noble/curves/secp256k1'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recoverKey } from './recover-key.ts'

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const order = secp256k1.CURVE.n

/** By another implementation; null for no key. */
function byNoble(digest: Uint8Array, r: bigint, s: bigint, parity: 0 | 1): Uint8Array | null {
  try {
    return new secp256k1.Signature(r, s).addRecoveryBit(parity).recoverPublicKey(digest).toBytes(false)
  } catch {
    return null
  }
}

function byUs(digest: Uint8Array, r: bigint, s: bigint, parity: 0 | 1): Uint8Array | null {
  try {
    return recoverKey(digest, { r, s, parity })
  } catch {
    return null
  }
}

describe('the key that signed', () => {
  it('is found, also of the signature with the other s', () => {
    fc.assert(
      fc.property(bytes32, bytes32, (digest, seed) => {
        const secret = secp256k1.utils.normPrivateKeyToScalar(seed)
        const { r, s, recovery } = secp256k1.sign(digest, secret)
        const parity = recovery === 1 ? 1 : 0
        const key = secp256k1.getPublicKey(secret, false)
        expect(Buffer.from(recoverKey(digest, { r, s, parity }))).toEqual(Buffer.from(key))
        const other = { r, s: order - s, parity: parity === 1 ? 0 : 1 } as const
        expect(Buffer.from(recoverKey(digest, other))).toEqual(Buffer.from(key))
      }),
      { numRuns: 20 },
    )
  })

  it('is the one that another implementation finds for any r and s, or none', () => {
    const edges = [0n, 1n, 2n, 5n, order - 1n, order, order + 1n, 2n ** 256n - 1n, 2n ** 256n]
    const scalar = fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min: 0n, max: 2n ** 256n }))
    fc.assert(
      fc.property(bytes32, scalar, scalar, fc.constantFrom(0, 1), (digest, r, s, parity) => {
        const [ours, theirs] = [byUs(digest, r, s, parity), byNoble(digest, r, s, parity)]
        expect(ours && Buffer.from(ours)).toEqual(theirs && Buffer.from(theirs))
      }),
      { numRuns: 60 },
    )
  })
})
