import type { ForkName, ForkSchedule } from '../../node/config/forks.ts'
import type { Eip1559Constants } from '../../node/config/rollup-config.ts'

/** Ethereum's forks before those that activate at a time: all at block 0 on both layers. */
const blockForks = Object.fromEntries(
  [
    'homestead',
    'eip150',
    'eip155',
    'eip158',
    'byzantium',
    'constantinople',
    'petersburg',
    'istanbul',
    'muirGlacier',
    'berlin',
    'london',
    'arrowGlacier',
    'grayGlacier',
    'mergeNetsplit',
  ].map((name) => [`${name}Block`, 0]),
)
const merged = { terminalTotalDifficulty: 0 }

/**
 * Geth's chain config of L1, which real clients need of an L1 that they do not know: without the blob schedule the blob base
 * fee in L1 info transactions is unknown. Op-node refuses the file for a field that its geth does not have, such as
 * `terminalTotalDifficultyPassed`, which geth 1.17 does not have any more. Source of the schedule: EIP-7840 and EIP-7691.
 */
export function l1ChainConfig(chainId: number): Readonly<Record<string, unknown>> {
  return {
    chainId,
    ...blockForks,
    ...merged,
    shanghaiTime: 0,
    cancunTime: 0,
    pragueTime: 0,
    blobSchedule: {
      cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477 },
      prague: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
    },
  }
}

/** Op-geth's chain config of L2; the Ethereum forks are tied to the OP Stack forks that bring them. */
export function l2ChainConfig(
  chainId: number,
  forks: ForkSchedule,
  eip1559: Eip1559Constants,
): Readonly<Record<string, unknown>> {
  const time = (name: ForkName) => (forks[name] === undefined ? {} : { [`${name}Time`]: Number(forks[name]) })
  const tied = (name: string, fork: ForkName) =>
    forks[fork] === undefined ? {} : { [name]: Number(forks[fork]) }
  return {
    chainId,
    ...blockForks,
    bedrockBlock: 0,
    ...merged,
    terminalTotalDifficultyPassed: true,
    ...tied('shanghaiTime', 'canyon'),
    ...tied('cancunTime', 'ecotone'),
    ...tied('pragueTime', 'isthmus'),
    ...tied('osakaTime', 'karst'),
    ...time('regolith'),
    ...time('canyon'),
    ...time('ecotone'),
    ...time('fjord'),
    ...time('granite'),
    ...time('holocene'),
    ...time('isthmus'),
    ...time('jovian'),
    ...time('karst'),
    optimism: {
      eip1559Elasticity: Number(eip1559.elasticity),
      eip1559Denominator: Number(eip1559.denominator),
      eip1559DenominatorCanyon: Number(eip1559.denominatorCanyon),
    },
  }
}
