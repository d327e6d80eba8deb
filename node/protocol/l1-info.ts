import type { Address, Hash, Hex } from 'viem'
import { isForkActivationBlock, isForkActive } from '../config/forks.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import type { L1Header } from '../ports/l1-source.ts'
import { blobBaseFee, blobBaseFeeUpdateFraction } from './blob-base-fee.ts'
import { ByteReader, DecodeError } from './byte-reader.ts'
import { bytesToHex, concatBytes, hexToBytes, uintToBytes } from './bytes.ts'
import { type DepositTransaction, l1InfoSourceHash } from './deposit-transaction.ts'
import { decodeEcotoneScalars } from './fee-scalar.ts'
import { depositorAccount, predeploys } from './predeploys.ts'
import { zeroHash } from './refs.ts'
import type { SystemConfig } from './system-config.ts'

/** Layout of the call to L1Block, named after the fork that brought it. */
export type L1InfoFormat = 'bedrock' | 'ecotone' | 'isthmus' | 'jovian'

/** What the first transaction of an L2 block says about its L1 origin. Fields that a format lacks are zero. */
export interface L1Info {
  readonly number: bigint
  /** Seconds. */
  readonly timestamp: bigint
  /** Wei. */
  readonly baseFee: bigint
  readonly blockHash: Hash
  readonly sequenceNumber: bigint
  readonly batcherAddr: Address
  /** 32 bytes; Bedrock only. */
  readonly overhead: Hex
  /** 32 bytes; Bedrock only. */
  readonly scalar: Hex
  /** Wei. */
  readonly blobBaseFee: bigint
  readonly baseFeeScalar: number
  readonly blobBaseFeeScalar: number
  readonly operatorFeeScalar: number
  readonly operatorFeeConstant: bigint
  readonly daFootprintGasScalar: number
}

const formats = {
  bedrock: { selector: '015d8eb9', length: 4 + 8 * 32 },
  ecotone: { selector: '440a5e20', length: 164 },
  isthmus: { selector: '098999be', length: 176 },
  jovian: { selector: '3db6be2b', length: 178 },
} as const satisfies Record<L1InfoFormat, { selector: string; length: number }>

const defaultDaFootprintGasScalar = 400
const gasBeforeRegolith = 150_000_000n
const gasFromRegolith = 1_000_000n

/**
 * The format of an L2 block's L1 info. The first block of a fork still has the previous format, because L1Block is
 * upgraded by later transactions of that very block; a fork that is active at genesis has no such block.
 * Sources: ecotone/l1-attributes.md, isthmus/l1-attributes.md, jovian/l1-attributes.md.
 */
export function l1InfoFormat(config: RollupConfig, l2Timestamp: bigint): L1InfoFormat {
  for (const fork of ['jovian', 'isthmus', 'ecotone'] as const)
    if (
      isForkActive(config.forks, fork, l2Timestamp) &&
      !isForkActivationBlock(config.forks, fork, l2Timestamp, config.blockTime)
    )
      return fork
  return 'bedrock'
}

/** Calldata of the L1 info transaction. Sources: deposits.md and the l1-attributes.md of each fork. */
export function encodeL1Info(info: L1Info, format: L1InfoFormat): Hex {
  const word = (value: bigint) => uintToBytes(value, 32)
  const uint = (value: bigint | number, length: number) => uintToBytes(BigInt(value), length)
  const selector = hexToBytes(`0x${formats[format].selector}`)
  const batcherHash = concatBytes([new Uint8Array(12), hexToBytes(info.batcherAddr)])
  if (format === 'bedrock')
    return bytesToHex(
      concatBytes([
        selector,
        word(info.number),
        word(info.timestamp),
        word(info.baseFee),
        hexToBytes(info.blockHash),
        word(info.sequenceNumber),
        batcherHash,
        hexToBytes(info.overhead),
        hexToBytes(info.scalar),
      ]),
    )
  const parts = [
    selector,
    uint(info.baseFeeScalar, 4),
    uint(info.blobBaseFeeScalar, 4),
    uint(info.sequenceNumber, 8),
    uint(info.timestamp, 8),
    uint(info.number, 8),
    word(info.baseFee),
    word(info.blobBaseFee),
    hexToBytes(info.blockHash),
    batcherHash,
  ]
  if (format !== 'ecotone') parts.push(uint(info.operatorFeeScalar, 4), uint(info.operatorFeeConstant, 8))
  if (format === 'jovian') parts.push(uint(info.daFootprintGasScalar, 2))
  return bytesToHex(concatBytes(parts))
}

/**
 * Reads the calldata of an L1 info transaction; its selector tells the format.
 * @throws DecodeError when selector, length or padding are wrong.
 */
export function decodeL1Info(data: Hex): L1Info & { readonly format: L1InfoFormat } {
  const format = l1InfoFormatOf(data)
  const reader = new ByteReader(hexToBytes(data), 4)
  if (format === 'bedrock')
    return {
      format,
      number: abiUint64(reader),
      timestamp: abiUint64(reader),
      baseFee: reader.uint256(),
      blockHash: reader.hex(32),
      sequenceNumber: abiUint64(reader),
      batcherAddr: abiAddress(reader),
      overhead: reader.hex(32),
      scalar: reader.hex(32),
      blobBaseFee: 0n,
      baseFeeScalar: 0,
      blobBaseFeeScalar: 0,
      operatorFeeScalar: 0,
      operatorFeeConstant: 0n,
      daFootprintGasScalar: 0,
    }
  const hasOperatorFee = format !== 'ecotone'
  return {
    format,
    baseFeeScalar: reader.uint32(),
    blobBaseFeeScalar: reader.uint32(),
    sequenceNumber: reader.uint64(),
    timestamp: reader.uint64(),
    number: reader.uint64(),
    baseFee: reader.uint256(),
    blobBaseFee: reader.uint256(),
    blockHash: reader.hex(32),
    batcherAddr: abiAddress(reader),
    operatorFeeScalar: hasOperatorFee ? reader.uint32() : 0,
    operatorFeeConstant: hasOperatorFee ? reader.uint64() : 0n,
    daFootprintGasScalar: format === 'jovian' ? reader.uint16() : 0,
    overhead: zeroHash,
    scalar: zeroHash,
  }
}

function l1InfoFormatOf(data: Hex): L1InfoFormat {
  const selector = data.slice(2, 10)
  const length = (data.length - 2) / 2
  for (const name of ['jovian', 'isthmus', 'ecotone', 'bedrock'] as const)
    if (formats[name].selector === selector) {
      if (formats[name].length !== length)
        throw new DecodeError(`expected ${formats[name].length} bytes of ${name} L1 info, found ${length}`)
      return name
    }
  throw new DecodeError(`expected the selector of an L1 info call, found 0x${selector}`)
}

function abiUint64(reader: ByteReader): bigint {
  const value = reader.uint256()
  if (value > 0xffff_ffff_ffff_ffffn)
    throw new DecodeError(`expected a uint64 before offset ${reader.offset}, found ${value}`)
  return value
}

function abiAddress(reader: ByteReader): Address {
  const padding = reader.take(12)
  if (padding.some((byte) => byte !== 0))
    throw new DecodeError(`expected 12 zero bytes before offset ${reader.offset}`)
  return reader.hex(20)
}

/** The parts of an L1 info transaction. */
export interface L1InfoDepositInput {
  readonly config: RollupConfig
  /** The system config that holds for the L2 block. */
  readonly systemConfig: SystemConfig
  /** Distance of the L2 block to the first one of its epoch. */
  readonly sequenceNumber: bigint
  /** The L1 origin. */
  readonly l1: L1Header
  /** Seconds. */
  readonly l2Timestamp: bigint
}

/**
 * The first transaction of an L2 block. Source: deposits.md, "L1 Attributes Deposited Transaction".
 * @throws Error when the system config's fee scalar has a version that the fork does not know.
 */
export function l1InfoDeposit(input: L1InfoDepositInput): DepositTransaction {
  const { config, l1, l2Timestamp, sequenceNumber } = input
  const regolith = isForkActive(config.forks, 'regolith', l2Timestamp)
  const format = l1InfoFormat(config, l2Timestamp)
  return {
    sourceHash: l1InfoSourceHash(l1.hash, sequenceNumber),
    from: depositorAccount,
    to: predeploys.l1Block,
    mint: 0n,
    value: 0n,
    gas: regolith ? gasFromRegolith : gasBeforeRegolith,
    isSystemTransaction: !regolith,
    data: encodeL1Info(l1InfoOf(input, format), format),
  }
}

function l1InfoOf(
  { config, systemConfig, l1, sequenceNumber }: L1InfoDepositInput,
  format: L1InfoFormat,
): L1Info {
  const operatorFee = new ByteReader(hexToBytes(systemConfig.operatorFeeParams), 20)
  const scalars =
    format === 'bedrock'
      ? { baseFeeScalar: 0, blobBaseFeeScalar: 0 }
      : decodeEcotoneScalars(systemConfig.scalar)
  return {
    number: l1.number,
    timestamp: l1.timestamp,
    baseFee: l1.baseFeePerGas,
    blockHash: l1.hash,
    sequenceNumber,
    batcherAddr: systemConfig.batcherAddr,
    overhead: systemConfig.overhead,
    scalar: systemConfig.scalar,
    ...scalars,
    blobBaseFee: blobBaseFee(l1.excessBlobGas, blobBaseFeeUpdateFraction(config, l1.timestamp)),
    operatorFeeScalar: operatorFee.uint32(),
    operatorFeeConstant: operatorFee.uint64(),
    daFootprintGasScalar: systemConfig.daFootprintGasScalar || defaultDaFootprintGasScalar,
  }
}
