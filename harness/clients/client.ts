import type { Hex } from 'viem'
import type { ForkName } from '../../node/config/forks.ts'
import type { PollPeriods } from '../world/poll-periods.ts'
import type { ClCapability } from '../world/world.ts'
import type { Deviation } from './deviation.ts'
import type { ClMetrics } from './metric-names.ts'
import type { Program } from './program-source.ts'

/** A program, ready to be started by a driver. */
export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Of a program of ours: what a host needs to run it beside others in one process. */
  readonly own?: OwnProgram
}

/** A command of `lockstep` that runs until it is told to stop, with its flags. */
export interface OwnProgram {
  readonly command: OwnCommand
  readonly args: readonly string[]
}

export type OwnCommand = 'node' | 'el'

/** How a component is told where to listen. */
export interface ListenSettings {
  /** Unique in the devstack. Where it has a network of its own, others may call it by this name. */
  readonly name: string
  /** Of every listener: 127.0.0.1, or 0.0.0.0 where the program has a network of its own. */
  readonly listenAddress: string
  /** A directory of its own, for what it stores. It need not exist. */
  readonly dataPath: string
}

/** What any L2 execution engine is told. */
export interface ElSettings extends ListenSettings {
  /** geth's genesis format. */
  readonly genesisPath: string
  readonly l2ChainId: number
  /** 32 bytes in hex. */
  readonly jwtPath: string
  /** A directory of its own, for what it stores. It need not exist. */
  readonly dataPath: string
  /** Whether a restart must find the chain again. */
  readonly persistent: boolean
  readonly enginePort: number
  readonly httpPort: number
  readonly peerPort: number
}

/** What any consensus node is told. */
export interface ClSettings extends ListenSettings {
  readonly l1Url: string
  /** The beacon API of L1. */
  readonly l1BeaconUrl: string
  readonly l1PollMs: number
  readonly engineUrl: string
  readonly jwtPath: string
  /** op-node's rollup config format. */
  readonly rollupPath: string
  /** geth's chain config of L1, for clients that do not know this L1. */
  readonly l1ChainConfigPath: string
  readonly l2ChainId: number
  /** The upgrade bundles of forks that activate after genesis, for clients that take them from outside. */
  readonly upgradePaths: ReadonlyMap<ForkName, string>
  /** Null: derive from L1. */
  readonly followSourceUrl: string | null
  /** Null: consensus-layer sync. */
  readonly elSync: { readonly offsetSeconds: number } | null
  readonly rpcPort: number
  readonly metricsPort: number
  readonly p2p: {
    readonly listenPort: number
    /** Where its peers reach it. */
    readonly advertiseAddress: string
    /** secp256k1, in hex. */
    readonly identityKeyPath: string
    /** Multiaddrs with `/p2p/<id>`. */
    readonly staticPeers: readonly string[]
  }
  /** Null on a node that never builds blocks. */
  readonly sequencer: {
    /** It builds nothing until `admin_startSequencer`. */
    readonly stopped: boolean
    readonly l1Confirmations: number
    readonly signerKey: Hex
    /** A file with `signerKey`. */
    readonly signerKeyPath: string
  } | null
  /** Directory of the safe-head database; null for none. */
  readonly safeDbPath: string | null
  /** Added to the machine's clock; other than 0 only for clients with the capability `clock-offset`. */
  readonly clockOffsetMs: number
}

/** What L1's execution client is told. It mines nothing unless it is told to. */
export interface L1Settings extends ListenSettings {
  readonly l1ChainId: number
  /** State file with block 0. */
  readonly statePath: string
  /** Unix time in seconds. */
  readonly genesisTimestamp: bigint
  readonly gasLimit: bigint
  readonly httpPort: number
}

/** What every description of a client says, whatever slot it stands in. */
export interface ClientDescription<Settings> {
  /** What topologies, flags and variables call it. */
  readonly kind: string
  readonly program: Program
  /** What must have run to its end before the first start on an empty `dataPath`. */
  readonly prepare?: (settings: Settings, command: readonly string[]) => readonly Launch[]
  /** `command`: the executable and what always stands in front of its flags. */
  readonly launch: (settings: Settings, command: readonly string[]) => Launch
  /** A JSON-RPC method that answers as soon as the client serves: on the RPC port of a node, the HTTP port of an engine. */
  readonly readyMethod: string
}

/**
 * A kind of L2 execution engine. Peers are added through `admin_nodeInfo` and `admin_addPeer`, which geth, reth and the
 * embedded engine share.
 */
export interface ElClient extends ClientDescription<ElSettings> {
  readonly slot: 'el'
}

/**
 * A kind of consensus node. Whatever stands in this slot serves op-node's `optimism_`, and as far as its capabilities say
 * `admin_` and `opp2p_`, on its RPC port. Zero references in its status are "not known".
 */
export interface ClClient extends ClientDescription<ClSettings> {
  readonly slot: 'cl'
  /** What must answer before it is started: without it, the program gives up. */
  readonly startsAfter: readonly 'engine'[]
  /**
   * How it learns of its peers: it is told at the start, or by `opp2p_connectPeer` after it (whose errors mean "not yet").
   */
  readonly peering: 'static' | 'connect'
  readonly capabilities: ReadonlySet<ClCapability>
  readonly deviations: readonly Deviation[]
  readonly metrics: ClMetrics | null
  /** How often it looks where it cannot be told to look more often; waits allow for it. Absent: as often as it is told. */
  readonly polls: PollPeriods
}

/** L1's execution client. */
export interface L1Client extends ClientDescription<L1Settings> {
  readonly slot: 'l1'
}

export type AnyClient = ClClient | ElClient | L1Client
export type Slot = AnyClient['slot']
