import type { Address, Hash } from 'viem'
import { isForkActive } from '../config/forks.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import type { L1Log, L1Receipt } from '../ports/l1-source.ts'
import { ByteReader, DecodeError } from './byte-reader.ts'
import { bytesToHex, hexToBytes } from './bytes.ts'
import { isEcotoneScalar } from './fee-scalar.ts'
import { zeroHash } from './refs.ts'
import { sameHex } from './same-hex.ts'
import type { SystemConfig } from './system-config.ts'

/** keccak256("ConfigUpdate(uint256,uint8,bytes)"). */
export const configUpdateTopic: Hash = '0x1d2b0bda21d56b8bd12d4f94ebacffdfb35f5e226f84b461103bb8beab6353be'

/** Second indexed argument of a ConfigUpdate. Source: specs/protocol/system-config.md, per fork. */
export const configUpdateKind = {
  batcher: 0,
  feeScalars: 1,
  gasLimit: 2,
  unsafeBlockSigner: 3,
  eip1559Params: 4,
  operatorFeeParams: 5,
  minBaseFee: 6,
  daFootprintGasScalar: 7,
} as const

/** Told of each update that is not applied because it is malformed or not known. */
export type IgnoredUpdateHandler = (message: string) => void

/**
 * The system config after the updates of one L1 block, each applied on its own: like op-node, a malformed or unknown
 * update is ignored, and `onIgnored` is told. The L1 block's time decides how a fee scalar is read.
 * Sources: specs/protocol/system-config.md and its counterparts of Holocene, Isthmus and Jovian.
 */
export function applySystemConfigLogs(
  systemConfig: SystemConfig,
  config: RollupConfig,
  receipts: readonly L1Receipt[],
  l1Timestamp: bigint,
  onIgnored?: IgnoredUpdateHandler,
): SystemConfig {
  const ecotone = isForkActive(config.forks, 'ecotone', l1Timestamp)
  let result = systemConfig
  for (const log of updateLogs(receipts, config.l1SystemConfigAddress))
    try {
      result = { ...result, ...readUpdate(log, ecotone) }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      onIgnored?.(`system config update in log ${log.logIndex} is ignored: ${error.message}`)
    }
  return result
}

/** The unsafe block signers that an L1 block's logs name, oldest first; malformed updates are left out. */
export function unsafeBlockSignerUpdates(
  receipts: readonly L1Receipt[],
  l1SystemConfigAddress: Address,
): Address[] {
  const signers: Address[] = []
  for (const log of updateLogs(receipts, l1SystemConfigAddress))
    try {
      if (updateKind(log) === configUpdateKind.unsafeBlockSigner)
        signers.push(new UpdateReader(log).address())
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
    }
  return signers
}

function* updateLogs(receipts: readonly L1Receipt[], contract: Address): Generator<L1Log> {
  for (const receipt of receipts)
    if (receipt.status === 'success')
      for (const log of receipt.logs)
        if (sameHex(log.address, contract) && sameHex(log.topics[0], configUpdateTopic)) yield log
}

function updateKind(log: L1Log): number {
  const [, version, kind] = log.topics
  if (log.topics.length !== 3 || version === undefined || kind === undefined)
    throw new DecodeError(`expected 3 topics, found ${log.topics.length}`)
  if (BigInt(version) !== 0n) throw new DecodeError(`expected update version 0, found ${version}`)
  // Kinds are small; a huge one must not come out as a small one.
  return Number(BigInt(kind))
}

function readUpdate(log: L1Log, ecotone: boolean): Partial<SystemConfig> {
  const kind = updateKind(log)
  const reader = () => new UpdateReader(log)
  switch (kind) {
    case configUpdateKind.batcher:
      return { batcherAddr: reader().address() }
    case configUpdateKind.feeScalars:
      return feeScalars(new UpdateReader(log, 2), ecotone)
    case configUpdateKind.gasLimit:
      return { gasLimit: reader().uint(64) }
    case configUpdateKind.unsafeBlockSigner:
      return {} // not part of what L2 blocks are derived from
    case configUpdateKind.eip1559Params:
      return { eip1559Params: eip1559Params(reader().word()) }
    case configUpdateKind.operatorFeeParams:
      return { operatorFeeParams: bytesToHex(reader().word()) }
    case configUpdateKind.minBaseFee:
      return { minBaseFee: reader().uint(64) }
    case configUpdateKind.daFootprintGasScalar:
      return { daFootprintGasScalar: Number(reader().uint(16)) }
    default:
      throw new DecodeError(`expected an update kind from 0 to 7, found ${log.topics[2]}`)
  }
}

/** From Ecotone on the overhead is unused and a scalar of unknown version leaves the old values. */
function feeScalars(reader: UpdateReader, ecotone: boolean): Partial<SystemConfig> {
  const overhead = bytesToHex(reader.word(0))
  const scalar = bytesToHex(reader.word(1))
  if (!ecotone) return { overhead, scalar }
  return isEcotoneScalar(scalar) ? { overhead: zeroHash, scalar } : {}
}

/** Denominator u32 ‖ elasticity u32 in the last 8 bytes. Source: holocene/system-config.md. */
function eip1559Params(word: Uint8Array) {
  const view = new DataView(word.buffer, word.byteOffset, word.length)
  const [denominator, elasticity] = [view.getUint32(24), view.getUint32(28)]
  if (denominator === 0 && elasticity !== 0)
    throw new DecodeError(`expected a denominator above 0 with elasticity ${elasticity}`)
  return bytesToHex(word, 24)
}

/** The `bytes data` argument: offset 32, then a length of whole words, then exactly those words. */
class UpdateReader {
  readonly #words: Uint8Array

  constructor(log: L1Log, words = 1) {
    const data = hexToBytes(log.data)
    const length = words * 32
    if (data.length !== 64 + length)
      throw new DecodeError(`expected ${64 + length} bytes of data, found ${data.length}`)
    const reader = new ByteReader(data)
    const pointer = reader.uint256()
    if (pointer !== 32n) throw new DecodeError(`expected the data at offset 32, found offset ${pointer}`)
    const found = reader.uint256()
    if (found !== BigInt(length)) throw new DecodeError(`expected ${length} bytes, found length ${found}`)
    this.#words = reader.take(length)
  }

  word(index = 0): Uint8Array {
    return this.#words.subarray(index * 32, index * 32 + 32)
  }

  uint(bits: number): bigint {
    const value = BigInt(bytesToHex(this.word()))
    if (value >> BigInt(bits) !== 0n)
      throw new DecodeError(`expected an integer of ${bits} bits, found ${value}`)
    return value
  }

  address(): Address {
    const value = this.word()
    if (value.subarray(0, 12).some((byte) => byte !== 0))
      throw new DecodeError(`expected an address, found ${bytesToHex(value)}`)
    return bytesToHex(value, 12)
  }
}
