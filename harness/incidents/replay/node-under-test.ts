import type { Hash } from 'viem'
import { createNoMetrics } from '../../../node/adapters/metrics/no-metrics.ts'
import type { NodeConfig } from '../../../node/config/node-config.ts'
import type { RollupConfig } from '../../../node/config/rollup-config.ts'
import { followMode } from '../../../node/follow/follow-mode.ts'
import { chainIdentityOf } from '../../../node/follow/identity.ts'
import { localAccess } from '../../../node/json-rpc/web-access.ts'
import { createNodeMetrics } from '../../../node/metrics.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import type { Gossip } from '../../../node/ports/gossip.ts'
import type { Logger } from '../../../node/ports/logger.ts'
import type { Random } from '../../../node/ports/random.ts'
import type { PayloadEnvelope } from '../../../node/protocol/payload.ts'
import { zeroHash } from '../../../node/protocol/refs.ts'
import type { SyncStatus } from '../../../node/protocol/sync-status.ts'
import { createRollupNode } from '../../../node/rollup-node.ts'
import { createBuggyFollower } from '../bugs/buggy-follower.ts'
import type { Bug } from '../bugs/bugs.ts'
import type { ModelEngine } from './model-engine.ts'
import type { RecordedL1 } from './recorded-l1.ts'

/** What a replay gives to a node, whichever it is. */
export interface ReplayedWorld {
  /** Of the node. */
  readonly name: string
  readonly config: RollupConfig
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly l1: RecordedL1
  readonly engine: ModelEngine
  /** What the source says now. Throws while it is away. */
  readonly source: () => SyncStatus
  readonly signer: () => string
  /** The recorded hash of a block that the replay gave another one. */
  readonly recordedHash: (hash: Hash) => Hash
}

/** A node that is driven by a recording. */
export interface NodeUnderTest {
  /** What it publishes now. */
  status(): Promise<SyncStatus>
  /** A block that it hears by gossip. */
  hear(block: PayloadEnvelope): void
  /** Runs it until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

/** Makes the follower with that bug, or our own. */
export function nodeFactory(bug: Bug | null): (world: ReplayedWorld) => NodeUnderTest {
  return bug === null ? ownNode : (world) => buggyNode(bug, world)
}

/** The real rollup node in follow mode. */
function ownNode(world: ReplayedWorld): NodeUnderTest {
  const { config: rollup, clock, random, logger, l1, engine } = world
  let hear: (block: PayloadEnvelope) => void = () => {}
  const gossip: Gossip = {
    publish: async () => 'published',
    setBlockSigners() {},
    onPayload(handler) {
      hear = (block) => handler(block, 'recorded')
    },
  }
  const node = createRollupNode(
    configOf(rollup),
    {
      ...{ clock, random, logger, l1, engine, l2: engine, gossip },
      metrics: createNodeMetrics(createNoMetrics()),
      ...{ beacon: null, decompressor: null, safeHeadStore: null },
      followSource: {
        syncStatus: async () => world.source(),
        chainIdentity: async () => chainIdentityOf(rollup),
      },
    },
    followMode,
  )
  return {
    status: async () => node.status(),
    hear: (block) => hear(block),
    run: (signal) => node.run(signal),
  }
}

/** A follower with a bug. It drives its engine as far as that follows; what that says is its own affair. */
function buggyNode(bug: Bug, { source, l1, engine, signer }: ReplayedWorld): NodeUnderTest {
  const status = createBuggyFollower(bug, {
    source: async () => source(),
    async l1Head() {
      const header = await l1.headerByLabel('latest')
      if (header === null) throw new Error('L1 shows no head')
      const { hash, number, parentHash, timestamp } = header
      return { hash, number, parentHash, timestamp }
    },
    engineHead: async () => (await engine.blockByLabel('latest'))?.payload.blockNumber ?? 0n,
    signer: async () => signer(),
  })
  return {
    async status() {
      const now = await status()
      await engine
        .forkchoiceUpdated({
          headBlockHash: now.unsafeL2.hash,
          ...{ safeBlockHash: zeroHash, finalizedBlockHash: zeroHash },
        })
        .catch(() => {})
      return now
    },
    hear() {},
    run: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) resolve()
        signal.addEventListener('abort', () => resolve(), { once: true })
      }),
  }
}

function configOf(rollup: RollupConfig): NodeConfig {
  const slotMs = Number(rollup.blockTime) * 1000
  return {
    ...{ rollup, upgrades: {}, beacon: null, metrics: null, p2p: null, sequencer: null },
    l1: {
      ...{ rpcUrl: 'memory://l1', pollIntervalMs: slotMs / 4, timeoutMs: 10_000 },
      ...{ confirmations: 0n, maxConcurrency: 10 },
    },
    l2: { engineUrl: 'memory://engine', jwtSecret: new Uint8Array(32), timeoutMs: 10_000 },
    sync: { mode: 'consensus-layer', offsetElSafeMs: 0, elSyncAfterFinality: false },
    follow: { sourceUrl: 'memory://source', pollIntervalMs: slotMs, timeoutMs: Math.max(slotMs, 2_000) },
    rpc: { host: '127.0.0.1', port: 0, enableAdmin: true, access: localAccess },
    log: { level: 'info', format: 'text' },
  }
}
