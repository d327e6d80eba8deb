import { helpTable, wrap } from '../../node/config/help-layout.ts'

/** One option of `lockstep el`. Parsing and help are derived from this table; names are op-geth's where it has them. */
export interface ElFlag {
  readonly name: string
  /** Placeholder of the value in the help. */
  readonly value: string
  readonly default?: string
  readonly required?: true
  readonly help: string
}

export const elFlags = [
  { name: 'genesis', value: 'FILE', required: true, help: "Genesis file in op-geth's format" },
  {
    name: 'datadir',
    value: 'DIR',
    help: 'Directory to keep the chain in, made when missing; without it, the chain is gone with the process: in memory, and old blocks in a temporary file',
  },
  {
    name: 'gcmode',
    value: 'MODE',
    default: 'full',
    help: 'full drops states that neither reorgs nor finality can need, but for the newest 128; archive keeps all',
  },
  { name: 'authrpc.addr', value: 'HOST', default: '127.0.0.1', help: 'Address of the Engine API' },
  {
    name: 'authrpc.port',
    value: 'PORT',
    default: '8551',
    help: 'Port of the Engine API; 0 picks a free one',
  },
  {
    name: 'authrpc.jwtsecret',
    value: 'FILE',
    required: true,
    help: 'Secret of the Engine API: 32 bytes in hex',
  },
  { name: 'http.addr', value: 'HOST', default: '127.0.0.1', help: 'Address of the public RPC' },
  { name: 'http.port', value: 'PORT', default: '8545', help: 'Port of the public RPC; 0 picks a free one' },
  {
    name: 'http.api',
    value: 'NAMESPACE,…',
    default: 'eth,net,web3,txpool,debug',
    help: 'Namespaces of the public RPC; admin and miner are the others; the Engine API port has all',
  },
  {
    name: 'http.vhosts',
    value: 'NAME,…',
    default: 'localhost',
    help: 'Host names under which the public RPC may be reached, beside IP addresses and --http.addr; * for all',
  },
  {
    name: 'http.corsdomain',
    value: 'ORIGIN,…',
    default: '',
    help: 'Web pages that may use the public RPC, such as https://app.example; * for all',
  },
  {
    name: 'authrpc.vhosts',
    value: 'NAME,…',
    default: 'localhost',
    help: 'Host names under which the Engine API may be reached, beside IP addresses and --authrpc.addr; * for all',
  },
  {
    name: 'rpc.evmtimeout',
    value: 'SECONDS',
    default: '5',
    help: 'How long eth_call and its like may run',
  },
  {
    name: 'rpc.gascap',
    value: 'GAS',
    default: '50000000',
    help: 'How much gas eth_call and its like may use',
  },
  { name: 'addr', value: 'HOST', default: '127.0.0.1', help: 'Address to listen on for other engines' },
  {
    name: 'port',
    value: 'PORT',
    default: '30303',
    help: 'Port to listen on for other engines; 0 picks a free one',
  },
  { name: 'bootnodes', value: 'URL,…', default: '', help: 'Engines to connect to: lockstep://HOST:PORT' },
  { name: 'log.level', value: 'LEVEL', default: 'info', help: 'debug, info, warn or error' },
  { name: 'log.format', value: 'FORMAT', default: 'text', help: 'text for people, json for machines' },
] as const satisfies readonly ElFlag[]

export type ElFlagName = (typeof elFlags)[number]['name']

const table: readonly ElFlag[] = elFlags

/**
 * The text of `lockstep el --help`.
 * @param width of a line, in columns.
 */
export function elHelp(width: number): string {
  const note = (value: string | undefined) =>
    value === undefined || value === '' ? '' : ` (default: ${value})`
  const rows = table.map((flag) => ({
    left: `--${flag.name} ${flag.value}`,
    right: `${flag.help}${flag.required ? ' (required)' : note(flag.default)}`,
  }))
  return [
    'Usage  lockstep el --genesis FILE --authrpc.jwtsecret FILE [flags]',
    '       lockstep el execute FILE',
    '',
    'The embedded L2 execution engine.',
    '',
    ...helpTable(rows, { width }),
    '',
    ...wrap(
      'With --datadir, an engine that was stopped or killed goes on with the last forkchoice that it acknowledged; one engine at a time can use a datadir, and only for the genesis that it was made with. The pool is never kept. Logs go to stderr. SIGINT and SIGTERM stop the engine cleanly, a second one at once.',
      width,
    ),
    '',
  ].join('\n')
}
