import type { Hex } from 'viem'
import { stringify } from 'yaml'
import type { ForkName } from '../../node/config/forks.ts'
import type { ChosenClients } from '../clients/chosen-clients.ts'
import type { Launch } from '../clients/client.ts'
import type { ChainParameters } from '../genesis/chain-parameters.ts'
import { ownMain } from '../package/running-from.ts'
import type { Topology } from '../world/topology.ts'

/** Files of the chain, as paths in a container. */
export interface ComposeFiles {
  readonly l1State: string
  readonly l1ChainConfig: string
  readonly genesis: string
  readonly rollup: string
  readonly upgrades: ReadonlyMap<ForkName, string>
  readonly jwt: string
  readonly sequencerKey: { readonly key: Hex; readonly path: string }
  readonly batcherKey: string
  /** By consensus node. */
  readonly identities: ReadonlyMap<string, { readonly path: string; readonly peerId: string }>
}

export interface ComposeOptions {
  /** What the Compose file is called. */
  readonly file: string
  readonly topology: Topology
  readonly parameters: ChainParameters
  readonly clients: ChosenClients
  readonly files: ComposeFiles
  /** Folder beside the Compose file that holds `files`, and where it is in a container. */
  readonly folder: { readonly here: string; readonly inContainer: string }
  /** The image of this project. */
  readonly image: string
  /** A launch of this machine as it is in that image. */
  readonly inImage: (launch: Launch) => Pick<Launch, 'command' | 'args' | 'env'>
}

const ports = {
  engine: 8551,
  http: 8545,
  beacon: 5052,
  peer: 30303,
  rpc: 9545,
  metrics: 7300,
  gossip: 9222,
} as const
const l1Name = 'l1'
const batcherName = 'batcher'
const listenAddress = '0.0.0.0'

/**
 * The topology as a Compose file: L1, engines, nodes and the
 * batcher in the project's own network; RPC ports are published on loopback, which an internal network would not allow. There
 * are no gateways in it, so no fault can be put anywhere.
 */
export function composeFile(options: ComposeOptions): string {
  const { topology, clients } = options
  const services = {
    [l1Name]: l1Service(options),
    ...Object.fromEntries(Object.keys(topology.els).map((name) => [name, elService(options, name)])),
    ...Object.fromEntries(Object.keys(topology.cls).map((name) => [name, clService(options, name)])),
    ...(topology.batcher === null ? {} : { [batcherName]: batcherService(options, topology.batcher) }),
  }
  const kinds = Object.values(topology.cls).map(({ kind }) => kind)
  const unknown = kinds.filter((kind) => clients.cl(kind).client.peering === 'connect')
  return [
    `# ${topology.name}, written by lockstep up --compose. Every key in it is public knowledge.`,
    `# docker compose -p lockstep-${topology.name.toLowerCase()} -f ${options.file} up`,
    '# Nodes and engines are wired to each other, not through gateways: no fault can be put anywhere here.',
    ...unknown.map((kind) => `# ${kind} has no flag for its peers: connect it by opp2p_connectPeer.`),
    stringify({ services }),
  ].join('\n')
}

function service(
  options: ComposeOptions,
  kind: string,
  launch: Launch,
  more: { readonly published?: number; readonly after: readonly string[] },
): object {
  const image = options.clients.image(kind)
  const { command, args, env } = options.inImage(launch)
  const { here, inContainer } = options.folder
  return {
    image: image ?? options.image,
    // An image that was given starts its client by itself.
    ...(image === undefined ? { entrypoint: [command] } : {}),
    // A dollar sign would be a variable.
    command: args.map((argument) => argument.replaceAll('$', '$$$$')),
    ...(Object.keys(env).length === 0 ? {} : { environment: env }),
    volumes: [`${here}:${inContainer}:ro`],
    ...(more.published === undefined ? {} : { ports: [`127.0.0.1::${more.published}`] }),
    ...(more.after.length === 0 ? {} : { depends_on: more.after }),
    // A client that gives up before its engine answers is started again.
    restart: 'on-failure',
  }
}

function l1Service(options: ComposeOptions): object {
  const { parameters, files } = options
  const launch = ownLaunch('l1', {
    state: files.l1State,
    'rollup.config': files.rollup,
    addr: listenAddress,
    port: ports.http,
    'beacon.port': ports.beacon,
    vhosts: l1Name,
    'block-time': parameters.l1BlockTime,
    'safe-distance': parameters.l1SafeDistance,
    'finalized-distance': parameters.l1FinalizedDistance,
  })
  return service(options, l1Name, launch, { published: ports.http, after: [] })
}

function elService(options: ComposeOptions, name: string): object {
  const { topology, parameters, files, clients } = options
  const kind = topology.els[name]?.kind ?? ''
  const launch = clients.el(kind).launch({
    ...{ name, listenAddress, dataPath: '/tmp/data', genesisPath: files.genesis, jwtPath: files.jwt },
    ...{
      l2ChainId: parameters.l2ChainId,
      persistent: false,
      enginePort: ports.engine,
      httpPort: ports.http,
      peerPort: ports.peer,
    },
  })
  const peers = peersOf(topology.elPeers, name).filter((peer) => topology.els[peer]?.kind === 'embedded-el')
  // An engine of ours takes its peers by a flag; others have keys of their own, which nobody knows before they run.
  const bootnodes = peers.map((peer) => `lockstep://${peer}:${ports.peer}`).join(',')
  const known = kind !== 'embedded-el' || bootnodes === '' ? [] : ['--bootnodes', bootnodes]
  return service(
    options,
    kind,
    { ...launch, args: [...launch.args, ...known] },
    { published: ports.http, after: [] },
  )
}

function clService(options: ComposeOptions, name: string): object {
  const { topology, parameters, files, clients } = options
  const spec = topology.cls[name]
  const identity = files.identities.get(name)
  if (spec === undefined || identity === undefined) throw new Error(`there is no consensus node ${name}`)
  const { mode, sequencer } = spec
  const launch = clients.cl(spec.kind).launch({
    ...{ name, listenAddress, dataPath: '/tmp/data', jwtPath: files.jwt, rollupPath: files.rollup },
    ...{
      l1ChainConfigPath: files.l1ChainConfig,
      l2ChainId: parameters.l2ChainId,
      upgradePaths: files.upgrades,
    },
    l1Url: http(l1Name, ports.http),
    l1BeaconUrl: http(l1Name, ports.beacon),
    l1PollMs: parameters.l1BlockTime * 500,
    engineUrl: http(spec.el, ports.engine),
    followSourceUrl: mode.kind === 'follow' ? http(mode.source, ports.rpc) : null,
    elSync: spec.elSync ?? null,
    ...{ rpcPort: ports.rpc, metricsPort: ports.metrics },
    p2p: {
      listenPort: ports.gossip,
      advertiseAddress: listenAddress,
      identityKeyPath: identity.path,
      staticPeers: peersOf(topology.gossip, name).map(
        (peer) => `/dns4/${peer}/tcp/${ports.gossip}/p2p/${files.identities.get(peer)?.peerId ?? ''}`,
      ),
    },
    sequencer:
      sequencer === undefined
        ? null
        : {
            // Nobody is there to start it.
            stopped: false,
            l1Confirmations: sequencer.l1Confirmations,
            signerKey: files.sequencerKey.key,
            signerKeyPath: files.sequencerKey.path,
          },
    safeDbPath: spec.safeDb === true ? '/tmp/data/safedb' : null,
    clockOffsetMs: 0,
  })
  const after = [l1Name, spec.el, ...(mode.kind === 'follow' ? [mode.source] : [])]
  return service(options, spec.kind, launch, { published: ports.rpc, after })
}

function batcherService(
  options: ComposeOptions,
  { sequencer, dataAvailability = 'calldata' }: NonNullable<Topology['batcher']>,
): object {
  const el = options.topology.cls[sequencer]?.el ?? ''
  const launch = ownLaunch('batcher', {
    'l1-eth-rpc': http(l1Name, ports.http),
    'l2-eth-rpc': http(el, ports.http),
    'rollup-rpc': http(sequencer, ports.rpc),
    'rollup.config': options.files.rollup,
    'private-key-file': options.files.batcherKey,
    'data-availability-type': dataAvailability,
  })
  return service(options, batcherName, launch, { after: [l1Name, el, sequencer] })
}

/** A program of ours that is no slot for others. */
function ownLaunch(command: string, flags: Readonly<Record<string, string | number>>): Launch {
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)])
  return { command: process.execPath, args: [ownMain, command, ...args], env: {} }
}

function http(host: string, port: number): string {
  return `http://${host}:${port}`
}

function peersOf(pairs: Topology['gossip'], name: string): readonly string[] {
  return pairs.flatMap(([a, b]) => (a === name ? [b] : b === name ? [a] : []))
}
