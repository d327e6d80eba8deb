import type { Hex } from 'viem'
import { createBeacon } from '../../../node/adapters/beacon/beacon.ts'
import { createBeaconClient } from '../../../node/adapters/beacon/beacon-client.ts'
import { createFollowSource } from '../../../node/adapters/follow-source/follow-source.ts'
import { createL1Source } from '../../../node/adapters/l1/l1-source.ts'
import { nativeSha256 } from '../../../node/adapters/system/native-sha256.ts'
import { createSyncDecompressor } from '../../../node/adapters/zlib/sync-decompressor.ts'
import { callRecorder } from '../../../node/call-recorder.ts'
import type { NodeConfig } from '../../../node/config/node-config.ts'
import type { RollupConfig } from '../../../node/config/rollup-config.ts'
import { deriveMode } from '../../../node/derivation/derive-mode.ts'
import { followMode } from '../../../node/follow/follow-mode.ts'
import type { FinishedCall } from '../../../node/json-rpc/client.ts'
import { localAccess } from '../../../node/json-rpc/web-access.ts'
import { createNodeMetrics } from '../../../node/metrics.ts'
import { startP2p } from '../../../node/network/p2p.ts'
import type { Beacon } from '../../../node/ports/beacon.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import type { OpenGossipTransport } from '../../../node/ports/gossip-transport.ts'
import type { Logger } from '../../../node/ports/logger.ts'
import type { Random } from '../../../node/ports/random.ts'
import type { UpgradeBundles } from '../../../node/protocol/upgrade-bundle.ts'
import { createRollupNode } from '../../../node/rollup-node.ts'
import { rpcMethods } from '../../../node/rpc/rpc-server.ts'
import { createMemorySafeHeadStore } from '../../../node/safe-heads/memory-store.ts'
import { nodeVersion } from '../../../node/version.ts'
import type { Metrics } from '../metrics.ts'
import type { ClSpec } from '../topology.ts'
import { createSimComponent, type SimComponent, type SimComponentOptions } from './component.ts'
import { createEnginePorts } from './engine-ports.ts'
import type { MemoryLink } from './memory-link.ts'
import { createMemoryMetrics, type MemoryMetrics } from './memory-metrics.ts'
import { sharedKzg } from './shared-kzg.ts'
import type { SharedSigners } from './shared-signers.ts'

export interface SimNodeOptions
  extends Pick<SimComponentOptions, 'name' | 'world' | 'events' | 'onUnexpectedExit'> {
  readonly spec: ClSpec
  readonly rollup: RollupConfig
  readonly upgrades: UpgradeBundles
  readonly l1PollMs: number
  readonly links: {
    readonly l1: MemoryLink
    readonly beacon: MemoryLink
    readonly engine: MemoryLink
    /** Null on a node that derives. */
    readonly source: MemoryLink | null
  }
  readonly p2p: {
    readonly port: number
    readonly identityKey: Hex
    readonly sequencerKey: Hex
    readonly staticPeers: readonly string[]
    readonly open: OpenGossipTransport
    readonly signers: SharedSigners
  }
  readonly random: Random
  readonly logger: Logger
}

export interface SimNode extends SimComponent {
  /** Of its newest run, as they are now; null before the first. */
  metrics(): Metrics | null
}

/** As the flags have them by default. */
const timeoutsMs = { l1: 10_000, engine: 10_000 }

/** The real rollup node over the ports of the simulation: everything of `runProgram` but its sockets and files. */
export function createSimNode(options: SimNodeOptions): SimNode {
  const { spec, rollup, links, random, logger } = options
  const { forks } = rollup
  const { signers } = options.p2p
  let safeHeadStore = createMemorySafeHeadStore()
  const config = configOf(options)
  /** The end of the run before: one that was killed gives its port back only then. */
  let before: Promise<unknown> = Promise.resolve()
  let counted: MemoryMetrics | null = null

  const component = createSimComponent({
    ...options,
    skewsClock: true,
    async start(signal) {
      const { clock } = component
      await before
      counted = createMemoryMetrics()
      const metrics = createNodeMetrics(counted.registry)
      const recorder = (target: string) => callRecorder(metrics, target)
      const l1 = createL1Source({
        ...{ clock, random, recoverKey: signers.recoverKey, logger: logger.child({ actor: 'l1' }) },
        rpc: links.l1.client(clock, config.l1.timeoutMs, recorder('l1')),
        logsOf: [rollup.depositContractAddress, rollup.l1SystemConfigAddress],
      })
      const { engine, l2 } = createEnginePorts({
        ...{ link: links.engine, forks, clock, timeoutMs: config.l2.timeoutMs },
        onCall: recorder('engine'),
      })
      if (config.p2p === null) throw new Error('expected a p2p configuration')
      const p2p = await startP2p({
        ...{ clock, random, logger, metrics, rollup, p2p: config.p2p },
        ...{ openTransport: options.p2p.open, recoverSigner: signers.recover, signBlock: signers.sign },
        ...{ version: nodeVersion, sha256: nativeSha256, startDiscovery: null },
      })
      const followSource =
        links.source === null || config.follow === null
          ? null
          : createFollowSource(links.source.client(clock, config.follow.timeoutMs, recorder('follow-source')))
      const node = createRollupNode(
        config,
        {
          ...{ clock, random, logger, metrics, l1, engine, l2, followSource },
          // As a live node: who follows reads no blobs.
          beacon: followSource === null ? beaconOver(links.beacon, clock, recorder('beacon')) : null,
          decompressor: followSource === null ? createSyncDecompressor() : null,
          gossip: p2p.gossip,
          safeHeadStore: spec.safeDb === true ? safeHeadStore : null,
        },
        followSource === null ? deriveMode : followMode,
      )
      const methods = rpcMethods({
        ...{ node, l2, peers: p2p.admin, metrics, version: nodeVersion },
        setLogLevel() {},
      })
      const done = node.run(signal).finally(() => p2p.stop())
      before = done.catch(() => {})
      return { dispatch: () => ({ methods }), done, finish: () => node.finish() }
    },
    wipe() {
      safeHeadStore = createMemorySafeHeadStore()
    },
  })
  return { ...component, metrics: () => counted?.read() ?? null }
}

/** The node's own adapter, which trusts no answer, without HTTP. */
function beaconOver(link: MemoryLink, clock: Clock, onCall: (call: FinishedCall) => void): Beacon {
  const via = { exchange: link.exchange(clock), nowMs: () => clock.nowMs() }
  const beacon = createBeaconClient({ url: 'memory://beacon', timeoutMs: timeoutsMs.l1, via, onCall })
  return createBeacon({ beacon, fallbacks: [], kzg: sharedKzg })
}

function configOf({ spec, rollup, upgrades, l1PollMs, p2p }: SimNodeOptions): NodeConfig {
  const slotMs = Number(rollup.blockTime) * 1000
  return {
    ...{ rollup, upgrades, metrics: null },
    beacon: {
      ...{ url: 'memory://beacon', fallbackUrls: [], headers: {}, fetchAllSidecars: false },
      ...{ slotDurationMs: null, timeoutMs: timeoutsMs.l1, ignoreCheck: false },
    },
    l1: {
      ...{ rpcUrl: 'memory://l1', pollIntervalMs: l1PollMs, timeoutMs: timeoutsMs.l1 },
      ...{ confirmations: 0n, maxConcurrency: 10 },
    },
    l2: { engineUrl: 'memory://engine', jwtSecret: new Uint8Array(32), timeoutMs: timeoutsMs.engine },
    sync:
      spec.elSync === undefined
        ? { mode: 'consensus-layer', offsetElSafeMs: 0, elSyncAfterFinality: false }
        : {
            mode: 'execution-layer',
            offsetElSafeMs: spec.elSync.offsetSeconds * 1000,
            elSyncAfterFinality: false,
          },
    follow:
      spec.mode.kind === 'follow'
        ? { sourceUrl: 'memory://source', pollIntervalMs: slotMs, timeoutMs: Math.max(slotMs, 2_000) }
        : null,
    sequencer:
      spec.sequencer === undefined
        ? null
        : {
            // The harness starts it when everything else serves.
            stopped: true,
            l1Confirmations: BigInt(spec.sequencer.l1Confirmations),
            ...{ recover: false, maxSafeLag: 0n },
          },
    p2p: {
      ...{ listenHost: '127.0.0.1', listenPort: p2p.port, privateKey: p2p.identityKey },
      sequencerKey: spec.sequencer === undefined ? null : p2p.sequencerKey,
      ...{ newIdentityPath: null, unsafeBlockSigner: null, staticPeers: p2p.staticPeers, discovery: null },
      peers: { lo: 20, hi: 30, graceMs: 30_000 },
      mesh: { d: 8, lo: 6, hi: 12, lazy: 6, floodPublish: false },
      ...{ scoring: 'light', ban: { threshold: -100, durationMs: 3_600_000 } },
    },
    rpc: { host: '127.0.0.1', port: 0, enableAdmin: true, access: localAccess },
    startTimeoutMs: 60_000,
    log: { level: 'info', format: 'text' },
  }
}
