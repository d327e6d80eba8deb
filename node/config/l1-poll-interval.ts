import type { RollupConfig } from './rollup-config.ts'

/**
 * In milliseconds: as configured, but never slower than a quarter of an L2 block, since reorgs must be seen while a block
 * is built.
 */
export function l1PollIntervalMs(
  configuredMs: number,
  { blockTime }: Pick<RollupConfig, 'blockTime'>,
): number {
  return Math.min(configuredMs, (Number(blockTime) * 1000) / 4)
}
