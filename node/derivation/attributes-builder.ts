import { isForkActivationBlock, isForkActive } from '../config/forks.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import { NodeError } from '../errors/node-error.ts'
import { findNonCanonical } from '../l1/canonicality.ts'
import type { L1Header, L1Receipt, L1Source } from '../ports/l1-source.ts'
import type { L2Source } from '../ports/l2-source.ts'
import { inheritedSystemConfig } from '../protocol/block-ref.ts'
import { depositsFromReceipts } from '../protocol/deposit-log.ts'
import { encodeDepositTransaction } from '../protocol/deposit-transaction.ts'
import { l1InfoDeposit } from '../protocol/l1-info.ts'
import type { PayloadAttributes } from '../protocol/payload.ts'
import { predeploys } from '../protocol/predeploys.ts'
import { type BlockId, formatRef, type L2BlockRef, sameBlock, zeroHash } from '../protocol/refs.ts'
import { type SystemConfig, unsetEip1559Params } from '../protocol/system-config.ts'
import { applySystemConfigLogs } from '../protocol/system-config-log.ts'
import type { UpgradeBundles } from '../protocol/upgrade-bundle.ts'
import { MissingUpgradeError, upgradeOfBlock } from '../protocol/upgrade-transactions.ts'
import { CriticalDerivationError, critical } from './pipeline/critical-derivation-error.ts'

/** The epoch does not continue the parent's: L1 or L2 changed, and the caller must reset. */
export class AttributesResetError extends NodeError {
  override readonly name = 'AttributesResetError'
  override readonly code = 'derivation-attributes-reset'
}

/**
 * Builds the part of a block that L1 decides: everything but the sequenced transactions.
 * Source: specs/protocol/derivation.md, "Deriving Payload Attributes".
 */
export interface AttributesBuilder {
  /**
   * Attributes with `noTxPool: true` and the deposits only.
   * @throws AttributesResetError when `epoch` is neither the parent's origin nor its child, or left the L1 chain.
   * @throws CriticalDerivationError when the epoch's receipts break the protocol's rules, or the block is the first of a
   * fork whose upgrade transactions are not known.
   * @throws Error (temporary) when L1 or the engine cannot be asked or does not have a block.
   */
  build(parent: L2BlockRef, epoch: BlockId, signal: AbortSignal): Promise<PayloadAttributes>
}

export interface AttributesBuilderOptions {
  readonly config: RollupConfig
  readonly l1: L1Source
  readonly l2: L2Source
  /** What the first block of a fork adds. Default: none, so that such a block cannot be built. */
  readonly upgrades?: UpgradeBundles
}

export function createAttributesBuilder(options: AttributesBuilderOptions): AttributesBuilder {
  const { config, l1, l2, upgrades = {} } = options
  /** All blocks of an epoch need the same header. */
  let lastHeader: L1Header | undefined

  async function epochHeader(epoch: BlockId, signal: AbortSignal): Promise<L1Header> {
    if (lastHeader?.hash === epoch.hash) return lastHeader
    const header = await l1.headerByHash(epoch.hash, signal)
    if (header === null) throw await missingEpoch(epoch, signal)
    lastHeader = header
    return header
  }

  async function epochReceipts(epoch: BlockId, signal: AbortSignal): Promise<readonly L1Receipt[]> {
    const receipts = await l1.receiptsByHash(epoch.hash, signal)
    if (receipts === null) throw await missingEpoch(epoch, signal)
    return receipts
  }

  /** An L1 that does not have the epoch lags behind, or has replaced it. */
  async function missingEpoch(epoch: BlockId, signal: AbortSignal): Promise<Error> {
    const fault = await findNonCanonical(l1, [epoch], signal)
    return fault?.kind === 'orphaned'
      ? new AttributesResetError(`L1 replaced epoch ${formatRef(epoch)} by ${formatRef(fault.found)}`)
      : new Error(`expected L1 to have block ${formatRef(epoch)}, found none; does it lag behind?`)
  }

  async function parentSystemConfig(parent: L2BlockRef, signal: AbortSignal): Promise<SystemConfig> {
    const block = await l2.blockByHash(parent.hash, signal)
    if (block === null) throw new Error(`expected the engine to have block ${formatRef(parent)}, found none`)
    try {
      return inheritedSystemConfig(config, block.payload, upgrades)
    } catch (error) {
      throw error instanceof MissingUpgradeError ? new CriticalDerivationError(error.message) : error
    }
  }

  return {
    async build(parent, epoch, signal) {
      const isNewEpoch = parent.l1Origin.number !== epoch.number
      const [inherited, header, receipts] = await Promise.all([
        parentSystemConfig(parent, signal),
        epochHeader(epoch, signal),
        isNewEpoch ? epochReceipts(epoch, signal) : [],
      ])
      checkEpoch(config, parent, epoch, header)
      return critical(`epoch ${formatRef(epoch)}`, () => {
        const systemConfig = isNewEpoch
          ? applySystemConfigLogs(inherited, config, receipts, header.timestamp)
          : inherited
        return assemble({ config, parent, header, receipts, systemConfig, isNewEpoch, upgrades })
      })
    },
  }
}

/** Source: derivation.md, "Overview": an epoch repeats the parent's or follows it, and never starts after its block. */
function checkEpoch(config: RollupConfig, parent: L2BlockRef, epoch: BlockId, header: L1Header): void {
  const isSame = parent.l1Origin.number === epoch.number
  if (isSame ? !sameBlock(parent.l1Origin, epoch) : header.parentHash !== parent.l1Origin.hash)
    throw new AttributesResetError(
      `expected an epoch that is or follows ${formatRef(parent.l1Origin)}, the origin of ${formatRef(parent)}, found ${formatRef(epoch)}`,
    )
  const timestamp = parent.timestamp + config.blockTime
  if (timestamp < header.timestamp)
    throw new AttributesResetError(
      `expected an epoch that started by ${timestamp}, found ${formatRef(epoch)} at ${header.timestamp}`,
    )
}

interface AttributesInput {
  readonly config: RollupConfig
  readonly parent: L2BlockRef
  readonly header: L1Header
  /** Of the epoch; empty when the block is not the first of its epoch. */
  readonly receipts: readonly L1Receipt[]
  readonly systemConfig: SystemConfig
  readonly isNewEpoch: boolean
  readonly upgrades: UpgradeBundles
}

/** Source: derivation.md, "Building Individual Payload Attributes", and the derivation.md of each fork. */
function assemble(input: AttributesInput): PayloadAttributes {
  const { config, parent, header, receipts, systemConfig, isNewEpoch, upgrades } = input
  const timestamp = parent.timestamp + config.blockTime
  const active = (fork: Parameters<typeof isForkActive>[1]) => isForkActive(config.forks, fork, timestamp)
  const sequenceNumber = isNewEpoch ? 0n : parent.sequenceNumber + 1n
  const info = l1InfoDeposit({ config, systemConfig, sequenceNumber, l1: header, l2Timestamp: timestamp })
  const upgrade = upgradeOfBlock(config, timestamp, upgrades)
  const deposits = depositsFromReceipts(receipts, config.depositContractAddress, header.hash)
  return {
    timestamp,
    prevRandao: header.mixHash,
    suggestedFeeRecipient: predeploys.sequencerFeeVault,
    transactions: [...[info, ...deposits].map(encodeDepositTransaction), ...upgrade.transactions],
    noTxPool: true,
    gasLimit: systemConfig.gasLimit + upgrade.gas,
    ...(active('canyon') && { withdrawals: [] }),
    ...(active('ecotone') && { parentBeaconBlockRoot: header.parentBeaconBlockRoot ?? zeroHash }),
    ...(active('holocene') && {
      // holocene/derivation.md, "Attributes Builder": the first block asks for the chain's constants, whatever is set.
      eip1559Params: isForkActivationBlock(config.forks, 'holocene', timestamp, config.blockTime)
        ? unsetEip1559Params
        : systemConfig.eip1559Params,
    }),
    ...(active('jovian') && { minBaseFee: systemConfig.minBaseFee }),
  }
}
