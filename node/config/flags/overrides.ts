import { forkNames } from '../forks.ts'
import { unsupportedForkNames } from '../unknown-forks.ts'
import type { FlagDefinition } from './flag-definition.ts'

type ForkOverride = `override.${(typeof forkNames)[number] | (typeof unsupportedForkNames)[number]}`

/** Every fork that changes an L2 block's rules on a chain that started with Regolith, as op-node has it. */
export const overridableForks = forkNames.slice(forkNames.indexOf('canyon'))

const forkFlag = (
  fork: (typeof forkNames)[number] | (typeof unsupportedForkNames)[number],
  help: string,
): FlagDefinition & { readonly name: ForkOverride } => ({
  name: `override.${fork}`,
  group: 'Rollup',
  value: 'SECONDS',
  help,
  aliases: [`${fork}-override`],
  opNode: `OVERRIDE_${fork.toUpperCase()}`,
  konaNode: `OVERRIDE_${fork.toUpperCase()}`,
})

/** What replaces a value of the rollup configuration file. Names are op-node's, aliases kona-node's. */
export const overrideFlags = [
  ...overridableForks.map((fork) => forkFlag(fork, `Activation time of ${fork} in place of the file's`)),
  ...unsupportedForkNames.map((fork) => forkFlag(fork, 'Refused: the rules of this fork are not supported')),
  {
    name: 'override.pectrablobschedule',
    group: 'Rollup',
    value: 'SECONDS',
    help: "pectra_blob_schedule_time in place of the file's",
    aliases: ['pectra-blob-schedule-override'],
    opNode: 'OVERRIDE_PECTRABLOBSCHEDULE',
    konaNode: 'OVERRIDE_PECTRA_BLOB_SCHEDULE',
  },
  {
    name: 'override.keep-karst-upgrade-gas',
    group: 'Rollup',
    help: "keep_karst_upgrade_gas in place of the file's: the gas that Karst's first block had for its upgrade stays in the gas limit",
    opNode: 'OVERRIDE_KEEP_KARST_UPGRADE_GAS',
  },
] as const satisfies readonly FlagDefinition[]
