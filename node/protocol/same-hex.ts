import type { Hex } from 'viem'

/** True when both are the same bytes, whatever the case of their digits; false when either is missing. */
export function sameHex(a: Hex | undefined, b: Hex | undefined): boolean {
  return a !== undefined && b !== undefined && (a === b || a.toLowerCase() === b.toLowerCase())
}
