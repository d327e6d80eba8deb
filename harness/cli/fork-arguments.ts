import { didYouMean } from '../../node/config/flags-nearest.ts'
import { type ForkName, type ForkSchedule, forkNames } from '../../node/config/forks.ts'
import type { ChainParameters } from '../genesis/chain-parameters.ts'
import { splitAt } from './arguments.ts'
import { UsageError } from './usage-error.ts'

/** The flags that say when forks activate. */
export const forkArguments = {
  'fork-at': {
    type: 'string',
    valueHint: 'FORK=SECONDS',
    description: 'When a fork activates, after L2 genesis; later ones never unless given too. Repeatable',
  },
  upgrade: {
    type: 'string',
    valueHint: 'FORK=FILE',
    description: 'The upgrade bundle of a fork that activates after genesis. Repeatable',
  },
} as const

const secondsMax = 1_000_000

/** The parameters that these flags change; nothing without flags. @throws UsageError. */
export function forkParameters(
  { forks, upgrades }: Pick<ChainParameters, 'forks' | 'upgrades'>,
  flags: { readonly forkAt: readonly string[]; readonly upgrade: readonly string[] },
): Partial<Pick<ChainParameters, 'forks' | 'upgrades'>> {
  const times = flags.forkAt.map((text): readonly [ForkName, bigint] => {
    const [fork, value] = forkOf('--fork-at', text, 'SECONDS')
    if (!/^\d{1,7}$/.test(value) || Number(value) > secondsMax)
      throw new UsageError(
        `--fork-at ${fork}: expected seconds from 0 to ${secondsMax}, found ${JSON.stringify(value)}`,
      )
    return [fork, BigInt(value)]
  })
  const bundles = flags.upgrade.map((text) => forkOf('--upgrade', text, 'FILE'))
  return {
    ...(times.length === 0 ? {} : { forks: schedule(forks, new Map(times)) }),
    ...(bundles.length === 0 ? {} : { upgrades: { ...upgrades, ...Object.fromEntries(bundles) } }),
  }
}

/** The forks before the first one that is given stay as they are. @throws UsageError when one would come before an earlier. */
function schedule(before: ForkSchedule, given: ReadonlyMap<ForkName, bigint>): ForkSchedule {
  const first = forkNames.findIndex((fork) => given.has(fork))
  const entries = forkNames.flatMap((fork, index): [ForkName, bigint][] => {
    const time = index < first ? before[fork] : given.get(fork)
    return time === undefined ? [] : [[fork, time]]
  })
  entries.forEach(([fork, time], index) => {
    const [earlier, earlierTime] = entries[index - 1] ?? [fork, 0n]
    if (time < earlierTime)
      throw new UsageError(`--fork-at ${fork}=${time}: expected at least the ${earlierTime} s of ${earlier}`)
  })
  const missing = forkNames.slice(first).find((fork, index, all) => {
    const later = all.slice(index + 1).some((one) => given.has(one))
    return !given.has(fork) && later
  })
  if (missing !== undefined)
    throw new UsageError(
      `--fork-at: expected a time for ${missing} too, which comes before a fork that is given`,
    )
  return Object.fromEntries(entries) as ForkSchedule
}

function forkOf(flag: string, text: string, what: string): readonly [ForkName, string] {
  const [fork, value] = splitAt(text, '=')
  if (value === undefined || value === '')
    throw new UsageError(`${flag}: expected FORK=${what}, found ${JSON.stringify(text)}`)
  const known = forkNames.find((name) => name === fork)
  if (known === undefined)
    throw new UsageError(
      `${flag}: there is no fork ${JSON.stringify(fork)}${didYouMean(fork, forkNames) || '.'} There are ${forkNames.join(', ')}`,
    )
  return [known, value]
}
