import type { ForkName } from '../../node/config/forks.ts'

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

/** What any L2 execution engine is told. All listeners are on 127.0.0.1. */
export interface ElSettings {
  readonly name: string
  /** geth's genesis format. */
  readonly genesisPath: string
  /** 32 bytes in hex. */
  readonly jwtPath: string
  readonly enginePort: number
  readonly httpPort: number
  readonly peerPort: number
}

/**
 * A kind of L2 execution engine: how it is started, and what tells that it serves. Peers are added through
 * `admin_nodeInfo` and `admin_addPeer`, which geth, reth and the embedded engine share.
 */
export interface ElClient {
  launch(settings: ElSettings): Launch
  /** A method of the HTTP port that answers as soon as the engine serves. */
  readonly readyMethod: string
}

/** What any consensus node is told. All listeners are on 127.0.0.1. */
export interface ClSettings {
  readonly name: string
  readonly l1Url: string
  /** The beacon API of L1. */
  readonly l1BeaconUrl: string
  readonly l1PollMs: number
  readonly engineUrl: string
  readonly jwtPath: string
  /** op-node's rollup config format. */
  readonly rollupPath: string
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
    /** secp256k1, in hex. */
    readonly identityKeyPath: string
    /** Multiaddrs with `/p2p/<id>`. */
    readonly staticPeers: readonly string[]
  }
  /** Null on a node that never builds blocks. It starts stopped; the harness starts it by `admin_startSequencer`. */
  readonly sequencer: { readonly l1Confirmations: number; readonly signerKeyPath: string } | null
  /** Directory of the safe-head database; null for none. */
  readonly safeDbPath: string | null
}

/**
 * A kind of consensus node. Whatever stands in this slot serves the `optimism_`, `admin_` and `opp2p_` namespaces of
 * op-node on its RPC port.
 */
export interface ClClient {
  launch(settings: ClSettings): Launch
  /** A method of the RPC port that answers as soon as the node serves. */
  readonly readyMethod: string
}
