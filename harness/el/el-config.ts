import type { LogLevel } from '../../node/config/log-level.ts'
import type { Genesis } from './execution/types.ts'

/** Where a server listens; port 0 picks a free one. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** Everything that an engine needs to know before it starts. */
export interface ElNodeConfig {
  readonly genesis: Genesis
  /** `config` of the genesis file, as it was written. */
  readonly chainConfigJson: unknown
  readonly jwtSecret: Uint8Array
  /** Directory to keep the chain in; without it, everything is in memory and gone when the engine stops. */
  readonly datadir?: string
  /** Engine API and `eth_`, with a token. */
  readonly auth: ListenAddress
  /** `eth_`, `net_`, `web3_`, `txpool_`, `admin_`, `debug_`, without one. */
  readonly http: ListenAddress
  readonly peers: ListenAddress
  /** Addresses to dial from the start. */
  readonly bootnodes: readonly string[]
}

/** The program around the engine. */
export interface ElProgramConfig {
  readonly node: ElNodeConfig
  readonly log: { readonly level: LogLevel; readonly format: 'json' | 'text' }
}
