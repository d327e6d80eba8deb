import type { Address, Hash } from 'viem'
import { z } from 'zod'
import { NodeError } from '../errors/node-error.ts'
import { addressSchema as address, fixedBytes, hashSchema as hash } from '../protocol/json-schema.ts'
import type { BlockId } from '../protocol/refs.ts'
import type { SystemConfig } from '../protocol/system-config.ts'
import { type ForkName, type ForkSchedule, forkNames } from './forks.ts'
import { refusedRollupKeys } from './refused-rollup-keys.ts'

/** EIP-1559 parameters of the chain; the Canyon denominator replaces the first from Canyon on. */
export interface Eip1559Constants {
  readonly elasticity: bigint
  readonly denominator: bigint
  readonly denominatorCanyon: bigint
}

/** op-node's `rollup.json`, parsed. Times are in seconds, `channelTimeout` and `seqWindowSize` in L1 blocks. */
export interface RollupConfig {
  readonly genesis: {
    readonly l1: BlockId
    readonly l2: BlockId
    readonly l2Time: bigint
    readonly systemConfig: SystemConfig
  }
  readonly blockTime: bigint
  readonly maxSequencerDrift: bigint
  readonly seqWindowSize: bigint
  /** Bedrock's channel timeout; Granite's is a constant of the protocol. */
  readonly channelTimeout: bigint
  readonly l1ChainId: bigint
  readonly l2ChainId: bigint
  readonly forks: ForkSchedule
  /** L1 time from which Prague's blob base fee counts, on chains that missed it (specs/protocol/pectra-blob-schedule). */
  readonly pectraBlobScheduleTime?: bigint
  /** The gas that Karst's first block had for its upgrade stays in the gas limit until L1 sets one (optimism#21441). */
  readonly keepKarstUpgradeGas: boolean
  readonly batchInboxAddress: Address
  readonly depositContractAddress: Address
  readonly l1SystemConfigAddress: Address
  readonly eip1559: Eip1559Constants
}

/** A Go uint64 as op-node's JSON has it: a plain integer (below 2^53 in every real file). */
const uint = z.int().nonnegative().transform(BigInt)
const blockId = z.object({ hash, number: uint })

const systemConfigSchema = z.object({
  batcherAddr: address,
  overhead: hash,
  scalar: hash,
  gasLimit: uint,
  eip1559Params: fixedBytes(8).default('0x0000000000000000'),
  operatorFeeParams: hash.default(`0x${'00'.repeat(32)}`),
  minBaseFee: uint.default(0n),
  daFootprintGasScalar: z.int().nonnegative().max(0xffff).default(0),
})

const forkTimes = Object.fromEntries(
  forkNames.map((name) => [`${name}_time`, uint.nullish()]),
) as unknown as Record<`${ForkName}_time`, z.ZodOptional<z.ZodNullable<typeof uint>>>

const rollupConfigSchema = z
  .object({
    genesis: z.object({ l1: blockId, l2: blockId, l2_time: uint, system_config: systemConfigSchema }),
    block_time: uint.refine((value) => value > 0n, 'expected at least 1'),
    max_sequencer_drift: uint,
    seq_window_size: uint.refine((value) => value >= 2n, 'expected at least 2'),
    channel_timeout: uint.default(0n),
    l1_chain_id: uint,
    l2_chain_id: uint,
    ...forkTimes,
    keep_karst_upgrade_gas: z.boolean().nullish(),
    pectra_blob_schedule_time: uint.nullish(),
    batch_inbox_address: address,
    deposit_contract_address: address,
    l1_system_config_address: address,
    chain_op_config: z
      .object({
        eip1559Elasticity: uint,
        eip1559Denominator: uint,
        eip1559DenominatorCanyon: uint.optional(),
      })
      .optional(),
  })
  .superRefine((config, context) => {
    if (config.l1_chain_id === config.l2_chain_id)
      context.addIssue({ code: 'custom', path: ['l2_chain_id'], message: 'equals l1_chain_id' })
    let previous: { name: string; time: bigint } | undefined
    let missing: string | undefined
    for (const name of forkNames) {
      const time = config[`${name}_time`]
      if (time === undefined || time === null) {
        missing ??= name
        continue
      }
      if (missing !== undefined)
        context.addIssue({
          code: 'custom',
          path: [`${name}_time`],
          message: `is set although the earlier fork ${missing} is not`,
        })
      if (previous !== undefined && time < previous.time)
        context.addIssue({
          code: 'custom',
          path: [`${name}_time`],
          message: `is ${time}, before ${previous.name} (${previous.time})`,
        })
      previous = { name, time }
    }
  })

/** How many wrong fields one message names. */
const fieldsMax = 20

/** The rollup configuration is not usable; `message` names every field that is wrong. */
export class RollupConfigError extends NodeError {
  override readonly name = 'RollupConfigError'
  override readonly code = 'rollup-config'
}

/**
 * Parses the JSON value of a `rollup.json` (op-node's format). Unknown fields are ignored, but for those that would
 * change the chain's rules.
 * @throws RollupConfigError naming each offending field.
 */
export function parseRollupConfig(json: unknown): RollupConfig {
  const refused = typeof json === 'object' && json !== null ? refusedRollupKeys(json) : []
  if (refused.length > 0) throw notValid(refused.map(({ key, message }) => `${key}: ${message}`))
  const result = rollupConfigSchema.safeParse(json)
  if (!result.success) {
    throw notValid(
      result.error.issues.map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`),
    )
  }
  const config = result.data
  const forks: { [name in ForkName]?: bigint } = {}
  for (const name of forkNames) {
    const time = config[`${name}_time`]
    if (time !== undefined && time !== null) forks[name] = time
  }
  const pectraBlobScheduleTime = config.pectra_blob_schedule_time ?? undefined
  return {
    genesis: {
      l1: config.genesis.l1,
      l2: config.genesis.l2,
      l2Time: config.genesis.l2_time,
      systemConfig: config.genesis.system_config,
    },
    blockTime: config.block_time,
    maxSequencerDrift: config.max_sequencer_drift,
    seqWindowSize: config.seq_window_size,
    channelTimeout: config.channel_timeout,
    l1ChainId: config.l1_chain_id,
    l2ChainId: config.l2_chain_id,
    forks,
    ...(pectraBlobScheduleTime === undefined ? {} : { pectraBlobScheduleTime }),
    keepKarstUpgradeGas: config.keep_karst_upgrade_gas ?? false,
    batchInboxAddress: config.batch_inbox_address,
    depositContractAddress: config.deposit_contract_address,
    l1SystemConfigAddress: config.l1_system_config_address,
    eip1559: {
      elasticity: config.chain_op_config?.eip1559Elasticity ?? 6n,
      denominator: config.chain_op_config?.eip1559Denominator ?? 50n,
      denominatorCanyon: config.chain_op_config?.eip1559DenominatorCanyon ?? 250n,
    },
  }
}

function notValid(fields: readonly string[]): RollupConfigError {
  return new RollupConfigError(`rollup config is not valid: ${fields.slice(0, fieldsMax).join('; ')}`)
}

/** The configuration as op-node writes it in `rollup.json` and answers it in `optimism_rollupConfig`. */
export function rollupConfigToJson(config: RollupConfig): Record<string, unknown> {
  const id = (block: { hash: Hash; number: bigint }) => ({ hash: block.hash, number: Number(block.number) })
  const system = config.genesis.systemConfig
  return {
    genesis: {
      l1: id(config.genesis.l1),
      l2: id(config.genesis.l2),
      l2_time: Number(config.genesis.l2Time),
      system_config: {
        batcherAddr: system.batcherAddr,
        overhead: system.overhead,
        scalar: system.scalar,
        gasLimit: Number(system.gasLimit),
        eip1559Params: system.eip1559Params,
        operatorFeeParams: system.operatorFeeParams,
        minBaseFee: Number(system.minBaseFee),
        daFootprintGasScalar: system.daFootprintGasScalar,
      },
    },
    block_time: Number(config.blockTime),
    max_sequencer_drift: Number(config.maxSequencerDrift),
    seq_window_size: Number(config.seqWindowSize),
    channel_timeout: Number(config.channelTimeout),
    l1_chain_id: Number(config.l1ChainId),
    l2_chain_id: Number(config.l2ChainId),
    ...Object.fromEntries(Object.entries(config.forks).map(([name, time]) => [`${name}_time`, Number(time)])),
    ...(config.pectraBlobScheduleTime === undefined
      ? {}
      : { pectra_blob_schedule_time: Number(config.pectraBlobScheduleTime) }),
    ...(config.keepKarstUpgradeGas ? { keep_karst_upgrade_gas: true } : {}),
    batch_inbox_address: config.batchInboxAddress,
    deposit_contract_address: config.depositContractAddress,
    l1_system_config_address: config.l1SystemConfigAddress,
    chain_op_config: {
      eip1559Elasticity: Number(config.eip1559.elasticity),
      eip1559Denominator: Number(config.eip1559.denominator),
      eip1559DenominatorCanyon: Number(config.eip1559.denominatorCanyon),
    },
  }
}
