import type { FlagDefinition } from './flags/flag-definition.ts'
import { l1Flags } from './flags/l1.ts'
import { overrideFlags } from './flags/overrides.ts'
import { p2pFlags } from './flags/p2p.ts'
import { rollupFlags } from './flags/rollup.ts'
import { serviceFlags } from './flags/services.ts'

/** Names and defaults are op-node's where it has the flag; listeners default to the loopback address. */
const flags = [...l1Flags, ...rollupFlags, ...overrideFlags, ...p2pFlags, ...serviceFlags] as const

export type FlagName = (typeof flags)[number]['name']

/** The table without its literal types, for code that treats all flags alike. */
export const flagTable: readonly FlagDefinition[] = flags
