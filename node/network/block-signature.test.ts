import { secp256k1 } from '@noble/curves/secp256k1'
import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { payloadSigningHash } from '../protocol/gossip-message.ts'
import { keccak256 } from '../protocol/hash.ts'
import { recoverBlockSigner, signBlock } from './block-signature.ts'
import { signerAddress } from './testing/signer-address.ts'

const key: Hex = `0x${'01'.repeat(32)}`
const signer = signerAddress(key)

describe('block signatures', () => {
  it('has the field’s signing hash and recovers its signer', () => {
    const hash = payloadSigningHash(10n, keccak256(new Uint8Array(32).fill(0x99)))
    expect(hash).toBe('0x44a0e2b1aba1aae1771eddae1dcd2ad18a8cdac8891517153f03253e49d3f206')
    const signature = signBlock(hash, key)
    expect(signature).toHaveLength(65)
    expect(recoverBlockSigner(hash, signature)).toBe(signer)
    // The address of the private key 0x0101…01, as every wallet shows it.
    expect(signer).toBe('0x1a642f0e3c3af545e7acbd38b07251b3990914f1')
  })

  it.each<[string, (signature: Uint8Array) => Uint8Array]>([
    ['too short', (s) => s.subarray(0, 64)],
    ['too long', (s) => Uint8Array.of(...s, 0)],
    ['r of zero', (s) => s.fill(0, 0, 32)],
    [
      's of the curve order',
      (s) => {
        s.set(Buffer.from(secp256k1.Point.Fn.ORDER.toString(16), 'hex'), 32)
        return s
      },
    ],
  ])('recovers nobody from a signature that is %s', (_, change) => {
    const hash = payloadSigningHash(10n, `0x${'99'.repeat(32)}`)
    expect(recoverBlockSigner(hash, change(signBlock(hash, key)))).toBeNull()
  })
})
