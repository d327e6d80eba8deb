import { readConfigFile } from '../adapters/files/secret-files.ts'
import { ConfigError } from '../config/config-error.ts'
import { parseRollupConfig, type RollupConfig } from '../config/rollup-config.ts'
import type { BatchParameters } from '../protocol/batch.ts'

/** What the command line says of the L2 chain, as text. */
export interface ChainArguments {
  readonly rollupConfig?: string | undefined
  readonly chainId?: string | undefined
  readonly genesisTime?: string | undefined
  readonly blockTime?: string | undefined
}

/**
 * What batches are read with. A flag goes before the rollup config.
 * @param isNeeded whether the data differs from chain to chain.
 * @throws ConfigError naming the flag. @throws ConfigError or RollupConfigError naming the file or what is wrong in it.
 */
export function chainOf(told: ChainArguments, isNeeded: boolean): BatchParameters {
  const config = told.rollupConfig === undefined ? undefined : readRollup(told.rollupConfig)
  const chainId =
    told.chainId === undefined
      ? (config?.l2ChainId ?? (isNeeded ? undefined : 0n))
      : parseUint('--chain-id', told.chainId)
  if (chainId === undefined)
    throw new ConfigError('expected --rollup.config FILE or --chain-id N, found neither')
  return {
    chainId,
    genesisTime:
      told.genesisTime === undefined
        ? (config?.genesis.l2Time ?? 0n)
        : parseUint('--genesis-time', told.genesisTime),
    blockTime:
      told.blockTime === undefined ? (config?.blockTime ?? 2n) : parseUint('--block-time', told.blockTime),
  }
}

function readRollup(path: string): RollupConfig {
  const text = readConfigFile(path, '--rollup.config')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new ConfigError(
      `--rollup.config: ${path}: expected JSON: ${error instanceof Error ? error.message : error}`,
    )
  }
  return parseRollupConfig(json)
}

/** @throws ConfigError naming the flag. */
export function parseUint(name: string, value: string): bigint {
  if (!/^\d{1,20}$/.test(value))
    throw new ConfigError(`${name}: expected a non-negative integer, found ${value}`)
  return BigInt(value)
}
