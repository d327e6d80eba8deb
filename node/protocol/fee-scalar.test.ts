import { expect, it } from 'vitest'
import { bytesToHex } from './bytes.ts'
import { decodeEcotoneScalars, encodeEcotoneScalars, isEcotoneScalar } from './fee-scalar.ts'

/** A scalar with these bytes set. */
const scalar = (bytes: Readonly<Record<number, number>>) => {
  const word = new Uint8Array(32)
  for (const [index, byte] of Object.entries(bytes)) word[Number(index)] = byte
  return bytesToHex(word)
}
const both = (baseFeeScalar: number, blobBaseFeeScalar: number) => ({ baseFeeScalar, blobBaseFeeScalar })

// system-config.md, "Post-Ecotone Scalar Encoding". `settable`: what an update may set from Ecotone on.
it.each([
  { name: 'version 0', bytes: { 28: 1, 31: 2 }, decoded: both(0x01000002, 0), settable: true },
  {
    name: 'version 0, lowest byte of padding',
    bytes: { 27: 1, 31: 2 },
    decoded: both(0xffffffff, 0),
    settable: false,
  },
  {
    name: 'version 0, highest byte of padding',
    bytes: { 1: 1 },
    decoded: both(0xffffffff, 0),
    settable: false,
  },
  {
    name: 'version 1',
    bytes: { 0: 1, 24: 3, 27: 4, 28: 1, 31: 2 },
    decoded: both(0x01000002, 0x03000004),
    settable: true,
  },
  { name: 'version 1, lowest byte of padding', bytes: { 0: 1, 23: 1 }, decoded: null, settable: false },
  { name: 'version 1, highest byte of padding', bytes: { 0: 1, 1: 1 }, decoded: null, settable: false },
  { name: 'version 2', bytes: { 0: 2 }, decoded: null, settable: false },
])('$name', ({ bytes, decoded, settable }) => {
  expect(isEcotoneScalar(scalar(bytes))).toBe(settable)
  if (decoded === null) expect(() => decodeEcotoneScalars(scalar(bytes))).toThrow('expected a fee scalar')
  else expect(decodeEcotoneScalars(scalar(bytes))).toEqual(decoded)
})

it('is encoded as version 1', () => {
  expect(encodeEcotoneScalars(both(0x01000002, 0x03000004))).toBe(
    scalar({ 0: 1, 24: 3, 27: 4, 28: 1, 31: 2 }),
  )
})
