import type { Hex } from 'viem'
import { isForkActive } from '../config/forks.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import { ByteReader, DecodeError } from './byte-reader.ts'
import { bytesToHex, concatBytes, hexToBytes, uintToBytes } from './bytes.ts'

/** The EIP-1559 parameters that a header's `extraData` carries from Holocene on. */
export interface ExtraDataParameters {
  /** 8 bytes: denominator u32 ‖ elasticity u32. */
  readonly eip1559Params: Hex
  /** Wei; 0 before Jovian. */
  readonly minBaseFee: bigint
}

const holoceneVersion = 0
const jovianVersion = 1

/**
 * Reads the `extraData` of a block at or after Holocene: 9 bytes, or 17 from Jovian on.
 * Sources: holocene/exec-engine.md and jovian/exec-engine.md, "Extended extraData".
 * @throws DecodeError when version or length are not those of the block's fork, or the denominator is zero.
 */
export function decodeExtraData(
  config: RollupConfig,
  timestamp: bigint,
  extraData: Hex,
): ExtraDataParameters {
  const jovian = isForkActive(config.forks, 'jovian', timestamp)
  const length = jovian ? 17 : 9
  const version = jovian ? jovianVersion : holoceneVersion
  const reader = new ByteReader(hexToBytes(extraData))
  if (reader.remaining !== length)
    throw new DecodeError(`expected ${length} bytes of extraData, found ${extraData}`)
  const found = reader.uint8()
  if (found !== version) throw new DecodeError(`expected extraData of version ${version}, found ${extraData}`)
  const eip1559Params = reader.hex(8)
  if (eip1559Params.startsWith('0x00000000'))
    throw new DecodeError(`expected an EIP-1559 denominator above 0, found extraData ${extraData}`)
  return { eip1559Params, minBaseFee: jovian ? reader.uint64() : 0n }
}

/** The `extraData` for these parameters; with `minBaseFee`, in Jovian's format. */
export function encodeExtraData(eip1559Params: Hex, minBaseFee?: bigint): Hex {
  const version = Uint8Array.of(minBaseFee === undefined ? holoceneVersion : jovianVersion)
  const tail = minBaseFee === undefined ? [] : [uintToBytes(minBaseFee, 8)]
  return bytesToHex(concatBytes([version, hexToBytes(eip1559Params), ...tail]))
}
