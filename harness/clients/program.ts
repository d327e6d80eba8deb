import type { ClClient, ClSettings, ElClient, ElSettings } from './client.ts'
import { flags } from './flag-list.ts'
import { opNodeFlags } from './op-node.ts'

/**
 * Any consensus node that takes the contract of `docs/clients.md`: op-node's flags, and the same values as environment
 * variables for a wrapper that translates them. It is trusted to do what op-node's interface says, and nothing more.
 */
export const programCl: ClClient = {
  slot: 'cl',
  kind: 'program',
  program: { from: 'user', executable: null },
  readyMethod: 'optimism_version',
  startsAfter: ['engine'],
  peering: 'connect',
  capabilities: new Set(['admin', 'gossip-control']),
  metrics: null,
  polls: {},
  deviations: [],
  launch: (settings, [executable = '', ...leading]) => ({
    command: executable,
    args: [
      ...leading,
      ...opNodeFlags(settings),
      ...(settings.sequencer === null ? [] : ['--p2p.sequencer.key.path', settings.sequencer.signerKeyPath]),
    ],
    env: clEnvironment(settings),
  }),
}

/** Any execution engine that takes the contract of `docs/clients.md`: geth's flags, and the environment. */
export const programEl: ElClient = {
  slot: 'el',
  kind: 'program',
  program: { from: 'user', executable: null },
  readyMethod: 'eth_chainId',
  launch: (settings, [executable = '', ...leading]) => ({
    command: executable,
    args: [
      ...leading,
      ...flags({
        '--genesis': settings.genesisPath,
        '--datadir': settings.dataPath,
        '--authrpc.addr': settings.listenAddress,
        '--authrpc.port': settings.enginePort,
        '--authrpc.jwtsecret': settings.jwtPath,
        '--http.addr': settings.listenAddress,
        '--http.port': settings.httpPort,
        '--http.api': 'eth,net,web3,txpool,debug,admin,miner',
        '--port': settings.peerPort,
      }),
    ],
    env: elEnvironment(settings),
  }),
}

/** The contract's environment of a consensus node. A value that does not apply has no variable. */
export function clEnvironment(settings: ClSettings): Readonly<Record<string, string>> {
  const { p2p, sequencer, elSync } = settings
  return present({
    LOCKSTEP_CL_NAME: settings.name,
    LOCKSTEP_CL_DATA_DIR: settings.dataPath,
    LOCKSTEP_CL_L1_RPC: settings.l1Url,
    LOCKSTEP_CL_L1_BEACON: settings.l1BeaconUrl,
    LOCKSTEP_CL_L1_POLL_MS: settings.l1PollMs,
    LOCKSTEP_CL_ENGINE_RPC: settings.engineUrl,
    LOCKSTEP_CL_JWT_FILE: settings.jwtPath,
    LOCKSTEP_CL_ROLLUP_CONFIG: settings.rollupPath,
    LOCKSTEP_CL_L1_CHAIN_CONFIG: settings.l1ChainConfigPath,
    LOCKSTEP_CL_L2_CHAIN_ID: settings.l2ChainId,
    LOCKSTEP_CL_FOLLOW_SOURCE: settings.followSourceUrl,
    LOCKSTEP_CL_EL_SYNC_OFFSET_SECONDS: elSync?.offsetSeconds,
    LOCKSTEP_CL_LISTEN_ADDRESS: settings.listenAddress,
    LOCKSTEP_CL_RPC_PORT: settings.rpcPort,
    LOCKSTEP_CL_METRICS_PORT: settings.metricsPort,
    LOCKSTEP_CL_P2P_PORT: p2p.listenPort,
    LOCKSTEP_CL_P2P_ADVERTISE_ADDRESS: p2p.advertiseAddress,
    LOCKSTEP_CL_P2P_KEY_FILE: p2p.identityKeyPath,
    LOCKSTEP_CL_P2P_STATIC: p2p.staticPeers.length === 0 ? null : p2p.staticPeers.join(','),
    LOCKSTEP_CL_SEQUENCER_KEY_FILE: sequencer?.signerKeyPath,
    LOCKSTEP_CL_SEQUENCER_L1_CONFS: sequencer?.l1Confirmations,
    LOCKSTEP_CL_SAFE_DB_DIR: settings.safeDbPath,
  })
}

/** The contract's environment of an execution engine. */
export function elEnvironment(settings: ElSettings): Readonly<Record<string, string>> {
  return present({
    LOCKSTEP_EL_NAME: settings.name,
    LOCKSTEP_EL_DATA_DIR: settings.dataPath,
    LOCKSTEP_EL_GENESIS: settings.genesisPath,
    LOCKSTEP_EL_L2_CHAIN_ID: settings.l2ChainId,
    LOCKSTEP_EL_JWT_FILE: settings.jwtPath,
    LOCKSTEP_EL_LISTEN_ADDRESS: settings.listenAddress,
    LOCKSTEP_EL_ENGINE_PORT: settings.enginePort,
    LOCKSTEP_EL_HTTP_PORT: settings.httpPort,
    LOCKSTEP_EL_PEER_PORT: settings.peerPort,
  })
}

function present(
  values: Readonly<Record<string, string | number | null | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, String(value)]],
    ),
  )
}
