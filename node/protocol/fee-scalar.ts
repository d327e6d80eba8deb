import type { Hex } from 'viem'
import { bytesToHex, hexToBytes } from './bytes.ts'

/** The two scalars that Ecotone packs into the 32-byte `scalar` of the system config. */
export interface EcotoneScalars {
  /** uint32 */
  readonly baseFeeScalar: number
  /** uint32 */
  readonly blobBaseFeeScalar: number
}

const uint32Max = 0xffff_ffff

/**
 * True when `scalar` may be set from Ecotone on: version 0 or 1 with zero padding.
 * Source: specs/protocol/system-config.md, "Post-Ecotone Scalar Encoding", and op-node's reading of it.
 */
export function isEcotoneScalar(scalar: Hex): boolean {
  const bytes = hexToBytes(scalar)
  if (bytes[0] === 0) return isZero(bytes.subarray(1, 28))
  if (bytes[0] === 1) return isZero(bytes.subarray(1, 24))
  return false
}

/**
 * Version 0 holds Bedrock's scalar, which becomes the base fee scalar, or the highest one when it has more bits: it may
 * have been set before Ecotone. Version 1 holds both.
 * Source: specs/protocol/system-config.md, "Post-Ecotone Scalar Encoding".
 * @throws Error for any other version, and for a version 1 whose padding is set.
 */
export function decodeEcotoneScalars(scalar: Hex): EcotoneScalars {
  const bytes = hexToBytes(scalar)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes[0] === 0)
    return { baseFeeScalar: isEcotoneScalar(scalar) ? view.getUint32(28) : uint32Max, blobBaseFeeScalar: 0 }
  if (isEcotoneScalar(scalar))
    return { baseFeeScalar: view.getUint32(28), blobBaseFeeScalar: view.getUint32(24) }
  throw new Error(`expected a fee scalar of version 0, or of version 1 with zero padding, found ${scalar}`)
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}

/** The version 1 encoding. */
export function encodeEcotoneScalars(scalars: EcotoneScalars): Hex {
  const bytes = new Uint8Array(32)
  const view = new DataView(bytes.buffer)
  bytes[0] = 1
  view.setUint32(24, scalars.blobBaseFeeScalar)
  view.setUint32(28, scalars.baseFeeScalar)
  return bytesToHex(bytes)
}
