import type { ForkName } from '../../../node/config/forks.ts'
import { type RefusedKey, refusedForkKeys } from '../../../node/config/unknown-forks.ts'

/** Ethereum's forks, by the OP Stack fork that brings each. Source: the `exec-engine.md` of each. */
const ethereumForks: Readonly<Record<string, ForkName>> = {
  shanghaiTime: 'canyon',
  cancunTime: 'ecotone',
  pragueTime: 'isthmus',
  osakaTime: 'karst',
}

/**
 * The keys of a genesis' `config` under which this engine would not run the chain that is meant: a fork that it does not
 * know, an Ethereum fork at another time than the OP Stack fork that brings it, and a fork by block number that does not
 * hold from genesis. Source: op-geth, `CheckOptimismValidity`; unlike there, an Ethereum fork need not be named.
 */
export function refusedConfigKeys(config: Readonly<Record<string, unknown>>): readonly RefusedKey[] {
  const refused = [...refusedForkKeys(config, { suffix: 'Time', alsoKnown: Object.keys(ethereumForks) })]
  for (const [key, value] of Object.entries(config)) {
    if (value === null || value === undefined) continue
    const fork = ethereumForks[key]
    const time = fork === undefined ? undefined : (config[`${fork}Time`] ?? undefined)
    if (fork !== undefined && String(value) !== String(time))
      refused.push({
        key,
        message: `expected ${time ?? 'no value'} as ${fork}Time has it, found ${shown(value)}`,
      })
    if (key.endsWith('Block') && String(value) !== '0')
      refused.push({
        key,
        message: `expected 0: every fork by block number holds from genesis, found ${shown(value)}`,
      })
  }
  return refused
}

const shown = (value: unknown) => String(value).slice(0, 40)
