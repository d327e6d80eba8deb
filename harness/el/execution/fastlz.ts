const hashBits = 13
const windowBytes = 8192
const matchMax = 262

/**
 * The number of bytes that FastLZ (level 1) compresses `data` to; nothing is written.
 * Source: fjord/exec-engine.md, "FastLZ Implementation". The table has 13 bits, and a match is compared byte by byte
 * up to four bytes before the end: another table size gives other L1 fees and so other block hashes.
 */
export function fastLzLength(data: Uint8Array): number {
  const size = data.length
  const limit = size < 13 ? 0 : size - 13
  const positions = new Uint32Array(1 << hashBits)
  let length = 0
  let anchor = 0
  for (let at = 2; at < limit; ) {
    let candidate = 0
    for (;;) {
      const sequence = read24(data, at)
      const slot = hash(sequence)
      candidate = positions[slot]!
      positions[slot] = at
      const distance = at - candidate
      if (at >= limit) break
      at++
      if (distance < windowBytes && sequence === read24(data, candidate)) break
    }
    if (at >= limit) break
    at--
    if (at > anchor) length += literals(at - anchor)
    const matched = matchLength(data, candidate + 3, at + 3, limit + 9)
    length += matchBytes(matched)
    at += matched
    positions[hash(read24(data, at))] = at++
    positions[hash(read24(data, at))] = at++
    anchor = at
  }
  return length + literals(size - anchor)
}

function read24(data: Uint8Array, at: number): number {
  return data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16)
}

function hash(sequence: number): number {
  return Math.imul(sequence, 0x9e3779b9) >>> (32 - hashBits)
}

/** Counts the byte that ends the match too, as the reference's comparison loop does. */
function matchLength(data: Uint8Array, from: number, to: number, end: number): number {
  let length = 0
  while (to + length < end) {
    length++
    if (data[from + length - 1] !== data[to + length - 1]) break
  }
  return length
}

/** A run of literals costs one byte for every 32. */
function literals(count: number): number {
  return count + Math.ceil(count / 32)
}

function matchBytes(matched: number): number {
  const rest = matched - 1
  return 3 * Math.floor(rest / matchMax) + (rest % matchMax >= 6 ? 3 : 2)
}
