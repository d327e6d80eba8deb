import { join, relative } from 'node:path'
import { formatTable } from '../report/table.ts'
import { describeKeptRuns, type KeptRuns } from '../world/kept-runs.ts'
import type { System } from '../world/live/system.ts'

/** Where the control API is, and the file that holds its token. */
export interface ControlPlace {
  readonly url: string
  readonly tokenPath: string
}

export interface UpView {
  readonly control: ControlPlace
  /** Where engines listen for their peers, by name. */
  readonly peerUrls: ReadonlyMap<string, string>
}

/** What `lockstep up` prints for people, within 80 columns but for an address that is longer. */
export function describeSystem(system: System, { control, peerUrls }: UpView, keep: KeptRuns): string {
  const { parameters, files, directory } = system
  const here = (path: string) => relative(process.cwd(), path)
  return [
    `${system.topology.name} is up after ${(system.bootMs / 1000).toFixed(1)} s`,
    `L1 ${parameters.l1ChainId}: a block every ${parameters.l1BlockTime} s; L2 ${parameters.l2ChainId}: every ${parameters.l2BlockTime} s`,
    '',
    formatTable([
      ['component', 'what', 'URL'],
      ['l1', 'RPC', system.l1.url],
      ['', 'beacon', system.l1.beaconUrl],
      ...[...system.cls.values()].flatMap((node) => [
        [
          node.name,
          node.spec.mode.kind === 'follow' ? `follows ${node.spec.mode.source}` : 'derives',
          node.rpcUrl,
        ],
        ['', 'metrics', node.metricsUrl],
        [node.el.name, 'RPC', node.el.httpUrl],
        ['', 'Engine API', node.el.engineUrl],
        ['', 'peers', peerUrls.get(node.el.name) ?? 'it does not say'],
      ]),
      ['control', 'JSON-RPC', control.url],
    ]),
    '',
    formatTable([
      ['account', 'address, and private key (public knowledge: never use it elsewhere)'],
      ...accountsOf(system).flatMap(({ name, address, privateKey }) => [
        [name, address],
        ['', privateKey],
      ]),
    ]),
    '',
    formatTable([
      ['file', 'path'],
      ['genesis', here(files.l2GenesisPath)],
      ['rollup config', here(files.rollupPath)],
      ['L1 chain config', here(files.l1ChainConfigPath)],
      ['JWT secret', here(files.jwtPath)],
      ['control token', here(control.tokenPath)],
      ['logs', here(join(directory.path, 'logs'))],
      ['timeline', here(directory.timelinePath)],
    ]),
    '',
    describeKeptRuns(keep),
    'docs/control.md tells how scripts drive this devstack. Ctrl-C stops everything.',
  ].join('\n')
}

/** What `lockstep up --json` prints for programs. */
export function systemToJson(system: System, { control, peerUrls }: UpView): object {
  const { files, directory } = system
  return {
    topology: system.topology.name,
    runId: directory.runId,
    bootMs: system.bootMs,
    parameters: {
      l1ChainId: system.parameters.l1ChainId,
      l2ChainId: system.parameters.l2ChainId,
      l1BlockTime: system.parameters.l1BlockTime,
      l2BlockTime: system.parameters.l2BlockTime,
    },
    control,
    l1: { url: system.l1.url, beaconUrl: system.l1.beaconUrl },
    nodes: [...system.cls.values()].map((node) => ({
      name: node.name,
      kind: node.spec.kind,
      mode: node.spec.mode.kind,
      source: node.spec.mode.kind === 'follow' ? node.spec.mode.source : null,
      driver: node.lifecycle.driver,
      pid: node.lifecycle.pid,
      rpcUrl: node.rpcUrl,
      metricsUrl: node.metricsUrl,
      multiaddr: node.multiaddr,
      el: {
        name: node.el.name,
        driver: node.el.lifecycle.driver,
        pid: node.el.lifecycle.pid,
        rpcUrl: node.el.httpUrl,
        engineUrl: node.el.engineUrl,
        peerUrl: peerUrls.get(node.el.name) ?? null,
      },
    })),
    links: [...system.links.values()].map(({ name, url, target }) => ({ name, url, target })),
    accounts: accountsOf(system),
    files: {
      directory: directory.path,
      genesis: files.l2GenesisPath,
      rollup: files.rollupPath,
      l1ChainConfig: files.l1ChainConfigPath,
      jwt: files.jwtPath,
      timeline: directory.timelinePath,
    },
  }
}

function accountsOf({ accounts }: System) {
  return [
    { name: 'batcher', ...accounts.batcher },
    { name: 'sequencer', ...accounts.sequencer },
    ...accounts.users.map((account, index) => ({
      name: index === 0 ? 'owner' : `user ${index}`,
      ...account,
    })),
  ]
}
