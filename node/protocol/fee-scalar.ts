import type { Hex } from 'viem'
import { bytesToHex, hexToBytes } from './bytes.ts'

/** The two scalars that Ecotone packs into the 32-byte `scalar` of the system config. */
export interface EcotoneScalars {
  /** uint32 */
  readonly baseFeeScalar: number
  /** uint32 */
  readonly blobBaseFeeScalar: number
}

/**
 * True when `scalar` may be used from Ecotone on: version 0 or 1 with zero padding.
 * Source: specs/protocol/system-config.md, "Scalar", and op-node's reading of it.
 */
export function isEcotoneScalar(scalar: Hex): boolean {
  const bytes = hexToBytes(scalar)
  if (bytes[0] === 0) return bytes.subarray(1, 28).every((byte) => byte === 0)
  if (bytes[0] === 1) return bytes.subarray(1, 24).every((byte) => byte === 0)
  return false
}

/**
 * Version 0 holds Bedrock's scalar, which becomes the base fee scalar; version 1 holds both.
 * @throws Error for any other version.
 */
export function decodeEcotoneScalars(scalar: Hex): EcotoneScalars {
  const bytes = hexToBytes(scalar)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes[0] === 0) return { baseFeeScalar: view.getUint32(28), blobBaseFeeScalar: 0 }
  if (bytes[0] === 1) return { baseFeeScalar: view.getUint32(28), blobBaseFeeScalar: view.getUint32(24) }
  throw new Error(`expected a fee scalar of version 0 or 1, found version ${bytes[0]}: ${scalar}`)
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
