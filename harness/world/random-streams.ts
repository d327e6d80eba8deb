import { bytesToHex, concat, hexToBytes, keccak256, numberToHex, stringToHex } from 'viem'
import type { Random } from '../../node/ports/random.ts'

/**
 * Randomness by name: the same seed and name give the same bytes, whatever else is drawn from other names. A stream is
 * keccak256 over seed, name and a counter.
 */
export function createRandomStreams(seed: string): (stream: string) => Random {
  const streams = new Map<string, Random>()
  return (stream) => {
    const known = streams.get(stream) ?? createStream(keccak256(stringToHex(`${seed}\n${stream}`)))
    streams.set(stream, known)
    return known
  }
}

function createStream(key: `0x${string}`): Random {
  let counter = 0n
  let rest: Uint8Array = new Uint8Array(0)
  return {
    bytes(length) {
      while (rest.length < length) {
        const block = keccak256(concat([key, numberToHex(counter++, { size: 32 })]))
        rest = hexToBytes(concat([bytesToHex(rest), block]))
      }
      const bytes = rest.slice(0, length)
      rest = rest.slice(length)
      return bytes
    },
  }
}
