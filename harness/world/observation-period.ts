import type { ChainParameters } from '../genesis/chain-parameters.ts'

/** How often the harness observes each component, in milliseconds: a quarter of the shorter block time, unless told otherwise. */
export function observationPeriodMs(
  { l1BlockTime, l2BlockTime }: Pick<ChainParameters, 'l1BlockTime' | 'l2BlockTime'>,
  perBlock = 4,
): number {
  return (Math.min(l1BlockTime, l2BlockTime) * 1000) / perBlock
}
