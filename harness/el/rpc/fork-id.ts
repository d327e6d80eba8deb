import type { Hash, Hex } from 'viem'
import { bytesToHex, concatBytes, hexToBytes, uintToBytes } from '../../../node/protocol/bytes.ts'

/**
 * FORK_HASH of EIP-6122 (EIP-2124 with times): CRC-32 over the genesis hash and every fork time that was passed.
 * @param forkTimes Seconds, ascending and without repeats; those that the genesis block itself is under do not count.
 */
export function forkHash(genesisHash: Hash, forkTimes: readonly bigint[]): Hex {
  const checksum = crc32(
    concatBytes([hexToBytes(genesisHash), ...forkTimes.map((time) => uintToBytes(time, 8))]),
  )
  return bytesToHex(uintToBytes(BigInt(checksum), 4))
}

/** IEEE 802.3. */
function crc32(bytes: Uint8Array): number {
  let register = 0xffff_ffff
  for (const byte of bytes) {
    register ^= byte
    for (let bit = 0; bit < 8; bit++) register = (register >>> 1) ^ (register & 1 ? 0xedb8_8320 : 0)
  }
  return (register ^ 0xffff_ffff) >>> 0
}
