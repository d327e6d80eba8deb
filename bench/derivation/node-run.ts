import { createNoMetrics } from '../../node/adapters/metrics/no-metrics.ts'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { createDecompressor } from '../../node/adapters/zlib/decompressor.ts'
import type { NodeConfig } from '../../node/config/node-config.ts'
import type { RollupConfig } from '../../node/config/rollup-config.ts'
import { deriveMode } from '../../node/derivation/derive-mode.ts'
import { localAccess } from '../../node/json-rpc/web-access.ts'
import { createNodeMetrics } from '../../node/metrics.ts'
import type { SharedL1 } from '../../node/ports/l1-source.ts'
import { createRollupNode } from '../../node/rollup-node.ts'
import { noLogger } from './derive.ts'
import type { BenchEngine } from './engine.ts'

/** A whole node that derives: every actor of the real one, without p2p and RPC. */
export interface NodeRun {
  /** Resolves when that block is safe. */
  safe(l2Number: number): Promise<void>
  readonly finalized: bigint
  stop(): Promise<void>
}

export function startNode(rollup: RollupConfig, l1: SharedL1, engine: BenchEngine): NodeRun {
  const node = createRollupNode(
    nodeConfig(rollup),
    {
      clock: createSystemClock(),
      random: { bytes: (length) => new Uint8Array(length) },
      logger: noLogger,
      metrics: createNodeMetrics(createNoMetrics()),
      l1,
      beacon: null,
      decompressor: createDecompressor(),
      engine,
      l2: engine,
      followSource: null,
      gossip: null,
      safeHeadStore: null,
    },
    deriveMode,
  )
  const stopping = new AbortController()
  const running = node.run(stopping.signal)
  return {
    async safe(l2Number) {
      const reached = new Promise<void>((resolve) => {
        const unsubscribe = node.engine.subscribe(({ localSafe }) => {
          if (localSafe.number < l2Number) return
          unsubscribe()
          resolve()
        })
      })
      await Promise.race([reached, running])
      if (node.engine.state.localSafe.number < l2Number)
        throw new Error(`expected block ${l2Number} to become safe, the node ended before`)
    },
    get finalized() {
      return node.engine.state.finalized.number
    },
    async stop() {
      stopping.abort(new Error('the bench is done'))
      await running
    },
  }
}

function nodeConfig(rollup: RollupConfig): NodeConfig {
  return {
    rollup,
    upgrades: {},
    l1: { rpcUrl: 'http://l1', pollIntervalMs: 2, timeoutMs: 5_000, confirmations: 0n, maxConcurrency: 20 },
    beacon: null,
    l2: { engineUrl: 'http://el', jwtSecret: new Uint8Array(32), timeoutMs: 5_000 },
    sync: { mode: 'consensus-layer', offsetElSafeMs: 0, elSyncAfterFinality: false },
    follow: null,
    sequencer: null,
    p2p: null,
    rpc: { host: '127.0.0.1', port: 0, enableAdmin: false, access: localAccess },
    metrics: null,
    log: { level: 'error', format: 'text' },
  }
}
