import { isForkActive } from '../config/forks.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import { DecodeError } from './byte-reader.ts'
import { bytesToHex, concatBytes, uintToBytes } from './bytes.ts'
import { decodeDepositTransaction } from './deposit-transaction.ts'
import { decodeExtraData } from './extra-data.ts'
import { encodeEcotoneScalars } from './fee-scalar.ts'
import { decodeL1Info, type L1Info, type L1InfoFormat, l1InfoFormat } from './l1-info.ts'
import type { ExecutionPayload } from './payload.ts'
import type { L2BlockRef } from './refs.ts'
import { type SystemConfig, unsetEip1559Params } from './system-config.ts'
import type { UpgradeBundles } from './upgrade-bundle.ts'
import { upgradeGasToRevert } from './upgrade-transactions.ts'

/**
 * The block with the L1 origin that its first transaction names; the genesis block takes it from the rollup config.
 * @throws DecodeError when the payload is another chain's genesis or has no valid L1 info transaction.
 */
export function l2BlockRefFromPayload(config: RollupConfig, payload: ExecutionPayload): L2BlockRef {
  const ref = {
    hash: payload.blockHash,
    number: payload.blockNumber,
    parentHash: payload.parentHash,
    timestamp: payload.timestamp,
  }
  if (isGenesis(config, payload)) return { ...ref, l1Origin: config.genesis.l1, sequenceNumber: 0n }
  const info = l1InfoFromPayload(config, payload)
  return {
    ...ref,
    l1Origin: { hash: info.blockHash, number: info.number },
    sequenceNumber: info.sequenceNumber,
  }
}

/**
 * The system config under which the block was built. Its gas limit is the block's own: in the first block of a fork,
 * {@link inheritedSystemConfig} has what the next block starts from.
 * Source: specs/protocol/derivation.md, "Resetting derivation stages".
 * @throws DecodeError as {@link l2BlockRefFromPayload}, and when `extraData` does not have its fork's format.
 */
export function systemConfigFromPayload(config: RollupConfig, payload: ExecutionPayload): SystemConfig {
  if (isGenesis(config, payload)) return config.genesis.systemConfig
  const info = l1InfoFromPayload(config, payload)
  const parameters = isForkActive(config.forks, 'holocene', payload.timestamp)
    ? decodeExtraData(config, payload.timestamp, payload.extraData)
    : { eip1559Params: unsetEip1559Params, minBaseFee: 0n }
  return {
    batcherAddr: info.batcherAddr,
    overhead: info.overhead,
    scalar: info.format === 'bedrock' ? info.scalar : encodeEcotoneScalars(info),
    gasLimit: payload.gasLimit,
    eip1559Params: parameters.eip1559Params,
    operatorFeeParams: encodeOperatorFee(info),
    minBaseFee: parameters.minBaseFee,
    daFootprintGasScalar: info.daFootprintGasScalar,
  }
}

/**
 * The system config that the block's child inherits, before the updates of a new epoch: without the gas that the block
 * had for its upgrade alone.
 * @throws DecodeError as {@link systemConfigFromPayload}, and when the gas limit is below what the upgrade added to it.
 * @throws MissingUpgradeError when the block is the first of a fork whose bundle is not there.
 */
export function inheritedSystemConfig(
  config: RollupConfig,
  payload: ExecutionPayload,
  upgrades: UpgradeBundles,
): SystemConfig {
  const systemConfig = systemConfigFromPayload(config, payload)
  if (isGenesis(config, payload)) return systemConfig
  const upgradeGas = upgradeGasToRevert(config, payload.timestamp, upgrades)
  if (payload.gasLimit < upgradeGas)
    throw new DecodeError(
      `L2 block ${payload.blockNumber}: expected a gas limit of at least ${upgradeGas}, which its upgrade adds, found ${payload.gasLimit}`,
    )
  return { ...systemConfig, gasLimit: payload.gasLimit - upgradeGas }
}

function isGenesis(config: RollupConfig, payload: ExecutionPayload): boolean {
  const genesis = config.genesis.l2
  if (payload.blockNumber !== genesis.number) return false
  if (payload.blockHash !== genesis.hash)
    throw new DecodeError(`expected the L2 genesis block ${genesis.hash}, found ${payload.blockHash}`)
  return true
}

function l1InfoFromPayload(
  config: RollupConfig,
  payload: ExecutionPayload,
): L1Info & { format: L1InfoFormat } {
  const first = payload.transactions[0]
  const block = `L2 block ${payload.blockNumber} (${payload.blockHash})`
  if (first === undefined)
    throw new DecodeError(`${block}: expected an L1 info transaction, found no transactions`)
  const info = decodeL1Info(decodeDepositTransaction(first).data)
  const expected = l1InfoFormat(config, payload.timestamp)
  if (info.format !== expected)
    throw new DecodeError(`${block}: expected ${expected} L1 info, found ${info.format}`)
  return info
}

/** 20 zero bytes ‖ scalar u32 ‖ constant u64. */
function encodeOperatorFee(info: L1Info) {
  return bytesToHex(
    concatBytes([
      new Uint8Array(20),
      uintToBytes(BigInt(info.operatorFeeScalar), 4),
      uintToBytes(info.operatorFeeConstant, 8),
    ]),
  )
}
