/** One option of `lockstep node`. Everything about flags, variables, parsing and help is derived from this table. */
export interface FlagDefinition {
  /** Without the dashes. */
  readonly name: string
  readonly group: FlagGroup
  /** What a user reads in `--help`; one sentence without a full stop. */
  readonly help: string
  /** Placeholder of the value in `--help`; a flag without one is a switch. */
  readonly value?: string
  readonly default?: string
  readonly required?: true
  /** May be given more than once; values are joined by commas. */
  readonly repeatable?: true
  /** Other spellings that op-node or kona-node users know. */
  readonly aliases?: readonly string[]
  /** Suffixes of the variables that op-node and kona-node have for it. */
  readonly opNode?: string
  readonly konaNode?: string
}

export const flagGroups = [
  'L1',
  'L2 execution engine',
  'Rollup',
  'Follow mode',
  'Sequencer',
  'P2P',
  'RPC and metrics',
  'Process',
] as const

type FlagGroup = (typeof flagGroups)[number]
