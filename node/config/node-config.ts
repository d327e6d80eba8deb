import type { Address, Hex } from 'viem'
import type { WebAccess } from '../json-rpc/web-access.ts'
import type { GossipMesh } from '../ports/gossip-transport.ts'
import type { UpgradeBundles } from '../protocol/upgrade-bundle.ts'
import type { LogLevel } from './log-level.ts'
import type { RollupConfig } from './rollup-config.ts'

/** Everything that flags and environment decide, parsed and checked. Durations are in milliseconds. */
export interface NodeConfig {
  readonly rollup: RollupConfig
  /** The upgrade transactions of forks that activate after genesis. */
  readonly upgrades: UpgradeBundles
  readonly l1: {
    readonly rpcUrl: string
    readonly pollIntervalMs: number
    readonly timeoutMs: number
    /** Verifier: how many blocks derivation stays behind the L1 head. */
    readonly confirmations: bigint
    /** Requests at once while derivation reads finalized blocks ahead; 0 reads nothing ahead. */
    readonly maxConcurrency: number
  }
  /** Where blobs are read; null: nowhere, and batches in blobs cannot be derived. */
  readonly beacon: BeaconConfig | null
  readonly l2: {
    readonly engineUrl: string
    /** 32 bytes. */
    readonly jwtSecret: Uint8Array
    readonly timeoutMs: number
  }
  /** How the node reaches the tip of the chain. Of no account in follow mode, where the source says what is safe. */
  readonly sync: SyncConfig
  /** Present: follow mode. */
  readonly follow: {
    readonly sourceUrl: string
    readonly pollIntervalMs: number
    /** The deadline of one poll. */
    readonly timeoutMs: number
  } | null
  readonly sequencer: {
    /** Do not sequence until `admin_startSequencer`. */
    readonly stopped: boolean
    /** How many blocks an L1 origin must lie behind the L1 head. */
    readonly l1Confirmations: bigint
    /** Start in recover mode: blocks of deposits alone, as derivation makes them when no batch comes (`selectOrigin`). */
    readonly recover: boolean
    /** Stop building when unsafe is this far ahead of safe; 0 means no limit. In blocks. */
    readonly maxSafeLag: bigint
  } | null
  readonly p2p: P2pConfig | null
  readonly rpc: {
    readonly host: string
    readonly port: number
    readonly enableAdmin: boolean
    readonly access: WebAccess
  }
  readonly metrics: {
    readonly host: string
    readonly port: number
    /** Serve op-node's names as well. */
    readonly opNodeNames: boolean
  } | null
  /** How long L1 and the engine may take until they answer at start. Default 10 s. */
  readonly startTimeoutMs?: number
  readonly log: { readonly level: LogLevel; readonly format: 'json' | 'text' }
}

export interface BeaconConfig {
  readonly url: string
  /** Asked for blobs in turn when the one before fails. */
  readonly fallbackUrls: readonly string[]
  /** Added to every request to `url`, and to no other; may hold a secret. */
  readonly headers: Readonly<Record<string, string>>
  /** Do not let the beacon filter the blobs of a slot. */
  readonly fetchAllSidecars: boolean
  /** In place of what the beacon says; null asks it. */
  readonly slotDurationMs: number | null
  /** The deadline of one call. */
  readonly timeoutMs: number
  /** Start although the beacon does not answer. */
  readonly ignoreCheck: boolean
}

/** The values of `--syncmode`; see {@link SyncConfig}. */
export const syncModes = ['consensus-layer', 'execution-layer'] as const

/** The values of `--l2.enginekind`, with whether such an engine can sync from peers although it has a finalized block. */
export const engineKinds = { geth: false, erigon: true, reth: true } as const

/**
 * Initial sync, with op-node's names.
 *
 * `consensus-layer`: unsafe payloads that come by gossip are applied one by one, each on its parent; the rest is
 * derived from L1. A gap that lasts is handed to the execution engine, which fetches it from its peers.
 *
 * `execution-layer`: the first unsafe payload is the target to which the execution engine syncs from its peers, by
 * whatever means it has (snap sync, staged sync). Until it is there only the unsafe head is told, every newer payload
 * is the new target, and nothing is derived. Then safe and finalized are set `offsetElSafeMs` behind the unsafe head,
 * and derivation goes on from there. An engine that has finalized a block beyond genesis has been there already: it
 * goes straight to consensus-layer sync.
 */
export interface SyncConfig {
  readonly mode: (typeof syncModes)[number]
  /**
   * How far behind the unsafe head safe and finalized are put when the EL sync has ended, in chain time. What lies below
   * is trusted without being derived, so it should be the time of a sequencing window: no batch can change it then.
   */
  readonly offsetElSafeMs: number
  /** EL sync also when the execution engine has a finalized block beyond genesis. */
  readonly elSyncAfterFinality: boolean
}

export interface P2pConfig {
  readonly listenHost: string
  /** TCP; 0 picks a free port. */
  readonly listenPort: number
  /** secp256k1 identity; null makes a new one from the Random port. */
  readonly privateKey: Hex | null
  /** The file that this start put a new identity into; null when it was there before, or there is none. */
  readonly newIdentityPath: string | null
  /** secp256k1 key that signs gossiped blocks; null on nodes that do not sequence. */
  readonly sequencerKey: Hex | null
  /** Overrides the unsafe block signer that L1 names. */
  readonly unsafeBlockSigner: Address | null
  /** Multiaddrs that are dialled again whenever they are not connected. */
  readonly staticPeers: readonly string[]
  readonly peers: PeerTides
  readonly mesh: GossipMesh
  /** `none` turns scores off: no peer is then ignored or banned for what it sends. */
  readonly scoring: 'light' | 'none'
  /** Null: peers with a low score are not banned. */
  readonly ban: { readonly threshold: number; readonly durationMs: number } | null
  /** Null: peers are not searched for. */
  readonly discovery: DiscoveryConfig | null
}

/** How many peers. Source: specs/protocol/rollup-node-p2p.md, "Peer management". */
export interface PeerTides {
  /** Below it, discovery dials new peers; pruning stops there. */
  readonly lo: number
  /** Above it, connections are pruned. Twice as many are the most that are ever open. */
  readonly hi: number
  /** How long a new connection is not pruned. */
  readonly graceMs: number
}

export interface DiscoveryConfig {
  /** UDP; 0 picks a free port. */
  readonly listenPort: number
  /** What the node record says; null says where the node listens, or what other nodes see. */
  readonly advertise: {
    readonly ip: string | null
    readonly tcpPort: number | null
    readonly udpPort: number | null
  }
  /** `enr:…` or `enode://…`. */
  readonly bootnodes: readonly string[]
  /** Networks in which found peers are used, as CIDR; null uses all. */
  readonly netRestrict: readonly string[] | null
  /** Where the records of known nodes outlive a restart; null keeps them in memory. */
  readonly tablePath: string | null
}
