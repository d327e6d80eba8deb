import type { Hex } from 'viem'
import { stringify } from 'yaml'
import type { ForkName } from '../../node/config/forks.ts'
import type { ChosenClients } from '../clients/chosen-clients.ts'
import type { Launch } from '../clients/client.ts'
import type { ChainParameters } from '../genesis/chain-parameters.ts'
import { ownMain } from '../package/running-from.ts'
import { linkName } from '../world/live/endpoints.ts'
import type { Topology } from '../world/topology.ts'
import { listenAddress, names, ports } from './addresses.ts'
import type { GatewayPlan } from './gateway-plan.ts'

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
  /** What `lockstep gateway` is told. */
  readonly gateways: string
  readonly controlToken: string
  /** By consensus node. */
  readonly identities: ReadonlyMap<string, { readonly path: string; readonly peerId: string }>
}

/** Its name in the folder of the chain. */
export const controlTokenFile = 'control.token'

export interface ComposeOptions {
  /** What the Compose file is called. */
  readonly file: string
  readonly topology: Topology
  readonly parameters: ChainParameters
  readonly clients: ChosenClients
  readonly files: ComposeFiles
  readonly gateways: GatewayPlan
  /** Folder beside the Compose file that holds `files`, and where it is in a container. */
  readonly folder: { readonly here: string; readonly inContainer: string }
  /** The image of this project. */
  readonly image: string
  /** A launch of this machine as it is in that image. */
  readonly inImage: (launch: Launch) => Pick<Launch, 'command' | 'args' | 'env'>
}

/**
 * The topology as a Compose file: L1, engines, nodes and the batcher, each of which reaches the others through the gateway,
 * in the project's own network. RPC ports are published on loopback, which an internal network would not allow.
 */
export function composeFile(options: ComposeOptions): string {
  const { topology, clients } = options
  const services = {
    [names.l1]: l1Service(options),
    [names.gateway]: gatewayService(options),
    ...Object.fromEntries(Object.keys(topology.els).map((name) => [name, elService(options, name)])),
    ...Object.fromEntries(Object.keys(topology.cls).map((name) => [name, clService(options, name)])),
    ...(topology.batcher === null ? {} : { [names.batcher]: batcherService(options, topology.batcher) }),
  }
  const kinds = Object.values(topology.cls).map(({ kind }) => kind)
  const unknown = kinds.filter((kind) => clients.cl(kind).client.peering === 'connect')
  return [
    `# ${topology.name}, written by lockstep up --compose. Every key in it is public knowledge.`,
    `# docker compose -p lockstep-${topology.name.toLowerCase()} -f ${options.file} up`,
    `# Every connection runs through the service ${names.gateway}, where faults can be put; L1 is driven by ${names.l1}. Both answer the`,
    `# control API (docs/clients.md) at the port that docker compose port ${names.gateway} ${ports.control} tells; the token is ${options.folder.here}/${controlTokenFile}.`,
    ...Object.keys(topology.hostile ?? {}).map(
      (name) => `# ${name} is not in it: hostile peers are a part of the harness.`,
    ),
    ...unknown.map((kind) => `# ${kind} has no flag for its peers: connect it by opp2p_connectPeer.`),
    stringify({ services }),
  ].join('\n')
}

function service(
  options: ComposeOptions,
  kind: string,
  launch: Launch,
  more: { readonly published?: readonly number[]; readonly after: readonly string[] },
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
    ...(more.published === undefined ? {} : { ports: more.published.map((port) => `127.0.0.1::${port}`) }),
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
    vhosts: names.l1,
    consumers: [
      ...Object.keys(options.topology.cls),
      ...(options.topology.batcher === null ? [] : [names.batcher]),
    ].join(','),
    ...controlFlags(options),
    'block-time': parameters.l1BlockTime,
    'safe-distance': parameters.l1SafeDistance,
    'finalized-distance': parameters.l1FinalizedDistance,
  })
  return service(options, names.l1, launch, { published: [ports.http, ports.control], after: [] })
}

function gatewayService(options: ComposeOptions): object {
  const launch = ownLaunch('gateway', {
    config: options.files.gateways,
    addr: listenAddress,
    vhosts: names.gateway,
    ...controlFlags(options),
  })
  return service(options, names.gateway, launch, { published: [ports.control], after: [] })
}

function controlFlags({ files }: ComposeOptions): Readonly<Record<string, string | number>> {
  return { 'control.port': ports.control, 'control.token-file': files.controlToken }
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
  const peers = kind === 'embedded-el' ? peersOf(topology.elPeers, name) : []
  const bootnodes = peers
    .filter((peer) => topology.els[peer]?.kind === 'embedded-el')
    .map((peer) => `lockstep://${names.gateway}:${options.gateways.peerPort(name, peer)}`)
    .join(',')
  const known = bootnodes === '' ? [] : ['--bootnodes', bootnodes]
  return service(
    options,
    kind,
    { ...launch, args: [...launch.args, ...known] },
    { published: [ports.http], after: [names.gateway] },
  )
}

function clService(options: ComposeOptions, name: string): object {
  const { topology, parameters, files, clients, gateways } = options
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
    l1Url: gateways.urlOf(linkName.l1(name)),
    l1BeaconUrl: gateways.urlOf(linkName.beacon(name)),
    l1PollMs: parameters.l1BlockTime * 500,
    engineUrl: gateways.urlOf(linkName.engine(name, spec.el)),
    followSourceUrl: mode.kind === 'follow' ? gateways.urlOf(linkName.source(name, mode.source)) : null,
    elSync: spec.elSync ?? null,
    ...{ rpcPort: ports.rpc, metricsPort: ports.metrics },
    p2p: {
      listenPort: ports.gossip,
      advertiseAddress: listenAddress,
      identityKeyPath: identity.path,
      staticPeers: peersOf(topology.gossip, name).map(
        (peer) =>
          `/dns4/${names.gateway}/tcp/${gateways.peerPort(name, peer)}/p2p/${files.identities.get(peer)?.peerId ?? ''}`,
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
  const after = [names.gateway, names.l1, spec.el, ...(mode.kind === 'follow' ? [mode.source] : [])]
  return service(options, spec.kind, launch, { published: [ports.rpc], after })
}

function batcherService(
  options: ComposeOptions,
  { sequencer, dataAvailability = 'calldata' }: NonNullable<Topology['batcher']>,
): object {
  const el = options.topology.cls[sequencer]?.el ?? ''
  const { gateways } = options
  const launch = ownLaunch('batcher', {
    'l1-eth-rpc': gateways.urlOf(linkName.l1(names.batcher)),
    'l2-eth-rpc': gateways.urlOf(linkName.batcherEl(el)),
    'rollup-rpc': gateways.urlOf(linkName.batcherSequencer(sequencer)),
    'rollup.config': options.files.rollup,
    'private-key-file': options.files.batcherKey,
    'data-availability-type': dataAvailability,
  })
  return service(options, names.batcher, launch, { after: [names.gateway, names.l1, el, sequencer] })
}

/** A program of ours that is no slot for others. */
function ownLaunch(command: string, flags: Readonly<Record<string, string | number>>): Launch {
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)])
  return { command: process.execPath, args: [ownMain, command, ...args], env: {} }
}

function peersOf(pairs: Topology['gossip'], name: string): readonly string[] {
  return pairs.flatMap(([a, b]) => (a === name ? [b] : b === name ? [a] : []))
}
