import type { LogLevel } from '../../node/config/log-level.ts'
import type { WebAccess } from '../../node/json-rpc/web-access.ts'
import type { GcMode } from './chain/retention.ts'
import type { Genesis } from './execution/types.ts'

/** Where a server listens; port 0 picks a free one. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

export const rpcNamespaces = ['eth', 'net', 'web3', 'txpool', 'debug', 'admin', 'miner'] as const
export type RpcNamespace = (typeof rpcNamespaces)[number]

export interface RpcListener extends ListenAddress {
  readonly access: WebAccess
}

/** Everything that an engine needs to know before it starts. */
export interface ElNodeConfig {
  readonly genesis: Genesis
  /** `config` of the genesis file, as it was written. */
  readonly chainConfigJson: unknown
  readonly jwtSecret: Uint8Array
  /** Directory to keep the chain in; without it, everything is in memory and gone when the engine stops. */
  readonly datadir?: string
  /** Whether states that nobody can need any more are dropped. */
  readonly gcMode: GcMode
  /** Engine API and everything that the public port can have, with a token. */
  readonly auth: RpcListener
  /** Without a token: only the namespaces that were asked for. */
  readonly http: RpcListener & { readonly namespaces: readonly RpcNamespace[] }
  /** What `eth_call` and its like may take: milliseconds and gas. */
  readonly calls: { readonly timeoutMs: number; readonly gasMax: bigint }
  readonly peers: ListenAddress
  /** Addresses to dial from the start. */
  readonly bootnodes: readonly string[]
}

/** The program around the engine. */
export interface ElProgramConfig {
  readonly node: ElNodeConfig
  readonly log: { readonly level: LogLevel; readonly format: 'json' | 'text' }
}
