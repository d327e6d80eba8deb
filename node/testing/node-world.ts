import { type Hash, type Hex, keccak256, toHex } from 'viem'
import { createL2Source } from '../adapters/engine/l2-source.ts'
import { createL1Source } from '../adapters/l1/l1-source.ts'
import { recoverKey } from '../adapters/secp256k1/recover-key.ts'
import { createFakeL1Rpc } from '../adapters/testing/fake-l1-rpc.ts'
import { createFakeL2Rpc } from '../adapters/testing/fake-l2-rpc.ts'
import { compressChannelSync } from '../adapters/zlib/compress-channel.ts'
import { createSyncDecompressor } from '../adapters/zlib/sync-decompressor.ts'
import type { NodeConfig } from '../config/node-config.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import { createFakeEngine, type FakeEngine, type FakePeers } from '../engine/testing/fake-engine.ts'
import { createTestChain, type TestChain } from '../engine/testing/test-chain.ts'
import { chainIdentityOf } from '../follow/identity.ts'
import type { AbsenceStyle } from '../json-rpc/testing/absence-style.ts'
import { localAccess } from '../json-rpc/web-access.ts'
import type { FollowSource } from '../ports/follow-source.ts'
import type { L1Transaction, SharedL1 } from '../ports/l1-source.ts'
import type { Random } from '../ports/random.ts'
import type { SafeHeadStore } from '../ports/safe-head-store.ts'
import { type CountingMetrics, createCountingMetrics } from '../ports/testing/counting-metrics.ts'
import { createFakeClock, type FakeClock } from '../ports/testing/fake-clock.ts'
import { createFakeL1, type FakeL1 } from '../ports/testing/fake-l1.ts'
import { createFakeRandom } from '../ports/testing/fake-random.ts'
import { createSilentLogger, type SilentLogger } from '../ports/testing/silent-logger.ts'
import { encodeSingularBatch } from '../protocol/batch.ts'
import { l2BlockRefFromPayload } from '../protocol/block-ref.ts'
import { encodeChannelBatches } from '../protocol/channel-compression.ts'
import { encodeBatcherPayload } from '../protocol/frame.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import { type L2BlockRef, sameBlock } from '../protocol/refs.ts'
import type { SyncStatus } from '../protocol/sync-status.ts'
import { createRollupNode, type RollupNode } from '../rollup-node.ts'
import { createMemoryGossip, type MemoryGossip } from './memory-gossip.ts'

/** A node of the world with everything around it. */
export interface WorldNode {
  readonly name: string
  readonly node: RollupNode
  readonly el: FakeEngine
  readonly logger: SilentLogger
  readonly metrics: CountingMetrics
  /** The error that ended the node; null while it runs or after a clean stop. */
  readonly failure: Error | null
  readonly running: boolean
  status(): SyncStatus
  stop(): Promise<void>
}

interface WorldNodeOptions {
  /** What this node believes of the chain, where it is not what the world runs. */
  readonly rollup?: Partial<RollupConfig>
  readonly follows?: WorldNode | FollowSource
  readonly sequencer?: Partial<NonNullable<NodeConfig['sequencer']>>
  readonly confirmations?: bigint
  /** Default: consensus-layer sync. */
  readonly sync?: Partial<NodeConfig['sync']>
  /** An execution engine that another node of that name left behind. */
  readonly el?: FakeEngine
  readonly safeHeadStore?: SafeHeadStore
  /** Its own L1, in place of the world's. */
  readonly l1?: SharedL1
  /** Default: all zeros, so that nothing is jittered. */
  readonly random?: Random
}

/** Several whole nodes in one process and virtual time, on one fake L1; 1 s L2 blocks, 2 s L1 blocks. */
export interface NodeWorld {
  readonly l1: FakeL1
  readonly clock: FakeClock
  readonly chain: TestChain
  readonly gossip: MemoryGossip
  /** What the world does by itself while time passes; a test may switch it off. */
  readonly auto: { mine: boolean; batch: boolean }
  start(name: string, options?: WorldNodeOptions): Promise<WorldNode>
  /** Lets time pass until the condition holds. Throws with every node's heads when it does not within `seconds`. */
  until(what: string, condition: () => boolean, seconds?: number): Promise<void>
  pass(seconds: number): Promise<void>
  /** Mines an L1 block with the batches of the sequencer's unsafe blocks that are not safe yet. */
  mineWithBatch(): Promise<void>
  stop(): Promise<void>
}

const tickMs = 100
const l1SafeDistance = 2n
const l1FinalizedDistance = 4n
const depositType = '0x7e'

/** A source that answers with what a node of this world knows. */
export function followSourceOf(source: WorldNode): FollowSource {
  const answer = <T>(value: T): T => {
    if (!source.running) throw new Error('connection refused')
    return value
  }
  return {
    syncStatus: async () => answer(source.status()),
    chainIdentity: async () => answer(chainIdentityOf(source.node.config.rollup)),
  }
}

/** The L1 of a world: what `createFakeL1` must be made with. */
export const worldL1Options = { genesisTime: 1_000_000n, blockTime: 2n }

export interface NodeWorldOptions {
  /** The L1 that the world mines on. */
  readonly l1?: FakeL1
  /** What the nodes ask; by default the same. */
  readonly ownL1?: SharedL1
  /** Makes the nodes read L1 and their engines through the adapters, from servers that say "none" in that way. */
  readonly absence?: AbsenceStyle
}

export function createNodeWorld({
  l1 = createFakeL1(worldL1Options),
  ownL1 = l1,
  absence,
}: NodeWorldOptions = {}): NodeWorld {
  const { genesisTime } = worldL1Options
  const clock = createFakeClock(Number(genesisTime) * 1000)
  const chain = createTestChain(l1.at(0n))
  const gossip = createMemoryGossip()
  const nodes: WorldNode[] = []
  const peers: FakePeers = new Map()
  const auto = { mine: true, batch: true }
  let channels = 0

  const l1Through = (style: AbsenceStyle): SharedL1 => {
    const rpc = createFakeL1Rpc(l1, { absence: style })
    return createL1Source({ rpc, clock, logger: createSilentLogger(), trustRpc: true, recoverKey })
  }
  const refOf = (envelope: PayloadEnvelope): L2BlockRef =>
    l2BlockRefFromPayload(chain.config, envelope.payload)
  const canonical = (el: FakeEngine): PayloadEnvelope[] => {
    const blocks: PayloadEnvelope[] = []
    for (let number = 0n; number <= el.latest.payload.blockNumber; number++) blocks.push(el.at(number))
    return blocks
  }

  const batchTransaction = async (blocks: readonly PayloadEnvelope[]): Promise<L1Transaction> => {
    const batches = blocks.map((block) => {
      const { parentHash, timestamp, l1Origin } = refOf(block)
      const transactions = block.payload.transactions.filter((tx) => !tx.startsWith(depositType))
      return encodeSingularBatch({
        parentHash,
        timestamp,
        epochNum: l1Origin.number,
        epochHash: l1Origin.hash,
        transactions: [...transactions],
      })
    })
    const channelId = keccak256(toHex(`channel ${channels++}`)).slice(0, 34) as Hex
    const data = compressChannelSync(encodeChannelBatches(batches), 'zlib')
    const input = toHex(encodeBatcherPayload([{ channelId, number: 0, data, isLast: true }]))
    return {
      hash: keccak256(input),
      type: 2,
      from: chain.config.genesis.systemConfig.batcherAddr,
      to: chain.config.batchInboxAddress,
      input,
    }
  }

  const moveLabels = () => {
    const { number } = l1.head
    l1.setLabel('safe', number > l1SafeDistance ? number - l1SafeDistance : 0n)
    l1.setLabel('finalized', number > l1FinalizedDistance ? number - l1FinalizedDistance : 0n)
  }

  const mineWithBatch = async () => {
    const sequencer = nodes.find(({ node }) => node.sequencer !== null)
    const deriver = nodes.find(({ node }) => node.derivation.mode === 'derive')
    const safe = (deriver ?? sequencer)?.status().localSafeL2.number ?? 0n
    const blocks = sequencer === undefined ? [] : canonical(sequencer.el).slice(Number(safe) + 1)
    const transactions = blocks.length === 0 ? [] : [await batchTransaction(blocks)]
    l1.mine(1, { transactions })
    moveLabels()
  }

  /** Engines are peers: each has what any of them has. */
  const servePeers = (el: FakeEngine) => {
    for (let number = el.latest.payload.blockNumber; number >= 0n; number--) {
      const block = el.at(number)
      if (peers.has(block.payload.blockHash)) return
      peers.set(block.payload.blockHash, block)
    }
  }

  const tick = async () => {
    await clock.advance(tickMs)
    await clock.settle()
    for (const { el } of nodes) servePeers(el)
    if (auto.mine && BigInt(Math.floor(clock.nowMs() / 1000)) >= l1.head.timestamp + 2n) {
      if (auto.batch) await mineWithBatch()
      else {
        l1.mine()
        moveLabels()
      }
    }
  }

  const describe = () =>
    nodes.map(({ name, status, failure }) => {
      const { unsafeL2, localSafeL2, finalizedL2, currentL1 } = status()
      return `${name}: unsafe ${unsafeL2.number}, local-safe ${localSafeL2.number}, finalized ${finalizedL2.number}, currentL1 ${currentL1.number}${failure === null ? '' : `, failed: ${failure.message}`}`
    })

  const world: NodeWorld = {
    l1,
    clock,
    chain,
    gossip,
    auto,
    mineWithBatch,
    async start(name, options = {}) {
      const el = options.el ?? createFakeEngine(chain, peers)
      el.syncUpdates = 1
      const logger = createSilentLogger()
      const metrics = createCountingMetrics()
      const source = options.follows
      const followSource = source === undefined ? null : 'node' in source ? followSourceOf(source) : source
      const node = createRollupNode(nodeConfig(chain, options), {
        clock,
        random: options.random ?? createFakeRandom(),
        logger,
        metrics: metrics.metrics,
        l1: options.l1 ?? (absence === undefined ? ownL1 : l1Through(absence)),
        beacon: null,
        decompressor: createSyncDecompressor(),
        engine: el,
        l2:
          absence === undefined
            ? el
            : createL2Source({ rpc: createFakeL2Rpc(el, absence), forks: chain.config.forks }),
        followSource,
        gossip: gossip.join(name),
        safeHeadStore: options.safeHeadStore ?? null,
      })
      const stop = new AbortController()
      let failure: Error | null = null
      const running = node.run(stop.signal).catch((error: Error) => {
        failure = error
      })
      const worldNode: WorldNode = {
        name,
        node,
        el,
        logger,
        metrics,
        get failure() {
          return failure
        },
        get running() {
          return failure === null && !stop.signal.aborted
        },
        status: () => node.status(),
        async stop() {
          stop.abort(new Error('stopped by the test'))
          nodes.splice(nodes.indexOf(worldNode), 1)
          await running
        },
      }
      nodes.push(worldNode)
      await clock.settle()
      return worldNode
    },
    async until(what, condition, seconds = 60) {
      const endMs = clock.nowMs() + seconds * 1000
      while (!condition()) {
        if (clock.nowMs() > endMs)
          throw new Error(`not within ${seconds} s: ${what}\n  ${describe().join('\n  ')}`)
        await tick()
      }
    },
    async pass(seconds) {
      const endMs = clock.nowMs() + seconds * 1000
      while (clock.nowMs() < endMs) await tick()
    },
    async stop() {
      for (const node of [...nodes]) await node.stop()
    },
  }
  return world
}

/** True when the lower of both heads is on the other node's canonical chain. */
export function onOneChain(a: WorldNode, b: WorldNode, level: 'unsafeL2' | 'localSafeL2'): boolean {
  const [low, high] = [a, b].toSorted((x, y) =>
    Number(x.status()[level].number - y.status()[level].number),
  ) as [WorldNode, WorldNode]
  const { number, hash } = low.status()[level]
  return high.el.latest.payload.blockNumber >= number && blockHash(high.el, number) === hash
}

/** True when every head's L1 origin is on the L1 of now. */
export function originsAreCanonical(l1: FakeL1, { status }: WorldNode): boolean {
  const { unsafeL2, localSafeL2, safeL2, finalizedL2 } = status()
  return [unsafeL2, localSafeL2, safeL2, finalizedL2].every(
    ({ l1Origin }) => l1Origin.number <= l1.head.number && sameBlock(l1.at(l1Origin.number), l1Origin),
  )
}

function blockHash(el: FakeEngine, number: bigint): Hash {
  return el.at(number).payload.blockHash
}

function nodeConfig({ config }: TestChain, options: WorldNodeOptions): NodeConfig {
  return {
    rollup: { ...config, ...options.rollup },
    upgrades: {},
    l1: {
      rpcUrl: 'http://l1',
      pollIntervalMs: 200,
      timeoutMs: 1_000,
      confirmations: options.confirmations ?? 0n,
      maxConcurrency: 4,
    },
    beacon: null,
    l2: { engineUrl: 'http://el', jwtSecret: new Uint8Array(32), timeoutMs: 1_000 },
    sync: { mode: 'consensus-layer', offsetElSafeMs: 0, elSyncAfterFinality: false, ...options.sync },
    follow:
      options.follows === undefined
        ? null
        : { sourceUrl: 'http://source', pollIntervalMs: 1_000, timeoutMs: 2_000 },
    sequencer:
      options.sequencer === undefined
        ? null
        : { stopped: false, l1Confirmations: 0n, maxSafeLag: 0n, recover: false, ...options.sequencer },
    p2p: null,
    rpc: { host: '127.0.0.1', port: 0, enableAdmin: true, access: localAccess },
    metrics: null,
    log: { level: 'info', format: 'text' },
  }
}
