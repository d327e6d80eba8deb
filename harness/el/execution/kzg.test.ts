import { bls12_381 } from '@noble/curves/bls12-381'
import { describe, expect, it } from 'vitest'
import { verifyKzgProof } from './kzg.ts'
import { word } from './testing/test-chain.ts'

const { G1, fields } = bls12_381
const infinity = `0xc0${'00'.repeat(47)}`
const g1 = (scalar: bigint) => `0x${G1.Point.BASE.multiply(scalar).toHex()}`
const modulus = fields.Fr.ORDER

// A constant polynomial's quotient is 0, so its proof is the point at infinity.
describe('verifyKzgProof (EIP-4844)', () => {
  it.each([
    ['the polynomial 0', infinity, 3n, 0n, infinity, true],
    ['a constant', g1(7n), 3n, 7n, infinity, true],
    ['a constant at 0', g1(7n), 0n, 7n, infinity, true],
    ['another value', g1(7n), 3n, 8n, infinity, false],
    ['another proof', g1(7n), 3n, 7n, g1(1n), false],
    ['a value that is not canonical', g1(7n), 3n, 7n + modulus, infinity, false],
    ['a point that is not canonical', g1(7n), 3n + modulus, 7n, infinity, false],
  ])('%s', (_case, commitment, z, y, proof, expected) => {
    expect(verifyKzgProof(commitment, word(z), word(y), proof)).toBe(expected)
  })

  it('accepts a proof of a real polynomial, which go-ethereum tests its precompile with', () => {
    const commitment =
      '0x8f59a8d2a1a625a17f3fea0fe5eb8c896db3764f3185481bc22f91b4aaffcca25f26936857bc3a7c2539ea8ec3a952b7'
    const z = '0x564c0a11a0f704f4fc3e8acfe0f8245f0ad1347b378fbf96e206da11a5d36306'
    const y = '0x24d25032e67a7e6a4910df5834b8fe70e6bcfeeac0352434196bdf4b2485d5a1'
    const proof =
      '0x873033e038326e87ed3e1276fd140253fa08e9fc25fb2d9a98527fc22a2c9612fbeafdad446cbc7bcdbdcd780af2c16a'
    expect(verifyKzgProof(commitment, z, y, proof)).toBe(true)
    expect(verifyKzgProof(commitment, y, z, proof)).toBe(false)
  })

  it.each([
    ['no points', '0x', '0x'],
    ['points that are not on the curve', `0x${'ff'.repeat(48)}`, infinity],
    ['a proof that is not on the curve', infinity, `0xa0${'11'.repeat(47)}`],
  ])('is false for %s', (_case, commitment, proof) => {
    expect(verifyKzgProof(commitment, word(1n), word(0n), proof)).toBe(false)
  })
})
