import type { Hash } from 'viem'
import { hashSchema } from '../../node/protocol/json-schema.ts'
import type { BlockId, L2BlockRef } from '../../node/protocol/refs.ts'
import type { SyncStatus } from '../../node/protocol/sync-status.ts'
import { headOf, type Level } from '../world/levels.ts'
import type { Metrics } from '../world/metrics.ts'
import { type SafeHeadAtL1, safeHeadAtL1 } from '../world/safe-head-at-l1.ts'
import { startSequencing } from '../world/start-sequencing.ts'
import type { ClHandle } from '../world/world.ts'
import { type BlockWaits, createBlockWaits } from './block-waits.ts'
import { need, needAction } from './capabilities.ts'
import { compareCurrentL1, waitUntilPast } from './current-l1.ts'
import { createElNode, type ElNode } from './el-node.ts'
import { explained } from './explained.ts'
import { createHeadWaits, type HeadWaits } from './head-waits.ts'
import { compareHeads, type InSyncOptions } from './in-sync.ts'
import { type ClNetwork, createClNetwork } from './network.ts'
import { createNodeStatus } from './node-status.ts'
import type { Run } from './run.ts'
import { createTells, type Tells } from './tells.ts'

/** A consensus node, as scenarios see it. Every wait fails with the state of all nodes when it makes no progress. */
export interface ClNode extends HeadWaits, BlockWaits, Tells {
  readonly name: string
  /** The execution engine that it drives. */
  readonly el: ElNode
  /** Its gossip network. */
  readonly network: ClNetwork
  readonly running: boolean
  /** How often it was started. A scenario that says "no node restarted" compares it. */
  readonly starts: number

  /** What the node says about itself now. */
  status(): Promise<SyncStatus>
  /** One head, now. */
  head(level: Level): Promise<L2BlockRef>

  /**
   * Waits until both heads are where the higher one is now, the higher node has the lower node's block, and no more blocks
   * are between them than the topology explains. Two live heads are never asked to be equal at one moment. With
   * `by: 'gossip'`, the unsafe head of this node must have come by gossip, and not from what is safe.
   */
  inSync(other: ClNode, level: Level): Promise<void>
  inSync(other: ClNode, level: 'unsafe', options: InSyncOptions): Promise<void>
  /** Waits until `currentL1` of both nodes went on from where it is now, and both are on the canonical L1. */
  currentL1Matches(other: ClNode): Promise<void>
  /** Waits until `currentL1` is past that L1 block, so that all it holds is derived. L1 must have a block after it. */
  derivedFrom(block: BlockId): Promise<void>
  /** Its metrics, now. */
  metrics(): Promise<Metrics>

  /**
   * Starts block building (`admin_startSequencer`): on that block, as a hand-over does, or on the node's unsafe head.
   * @throws JsonRpcError when the node refuses.
   */
  startSequencer(on?: Hash): Promise<void>
  /** Stops block building; the last block's hash (`admin_stopSequencer`). */
  stopSequencer(): Promise<Hash>
  /** Recover mode: it builds blocks of deposits alone, with origins as new as they may be (`admin_setRecoverMode`). */
  setRecoverMode(on: boolean): Promise<void>
  /** Has it find its heads anew, from its engine and L1 (`admin_resetDerivationPipeline`). */
  resetPipeline(): Promise<void>
  /** `optimism_safeHeadAtL1Block`; null when nothing is known there. */
  safeHeadAt(l1Number: bigint): Promise<SafeHeadAtL1 | null>
  /** Ends it in order. */
  stop(): Promise<void>
  /** Ends it at once, that many milliseconds from now: whatever it is doing then stays undone. */
  kill(options: { readonly afterMs: number }): Promise<void>
  /** Starts it again, with all that it stored. */
  start(): Promise<void>
  /** Stop and start. */
  restart(): Promise<void>
  /** It accepts connections and answers nothing, until `resume`. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Stops it and removes all that it stored. */
  wipe(): Promise<void>
}

const deeds = {
  stop: 'stopped',
  kill: 'killed',
  start: 'started',
  restart: 'restarted',
  pause: 'paused',
  resume: 'resumed',
  wipe: 'wiped',
  startSequencer: 'told to build blocks',
  stopSequencer: 'told to build no blocks',
  setRecoverMode: 'told of the recover mode',
  resetPipeline: 'told to find its heads anew',
} as const

/** The ClNode of a component. */
export function createClNode(run: Run, component: ClHandle): ClNode {
  const { name, lifecycle, rpc } = component
  const el = createElNode(run, component.el)
  const status = createNodeStatus(run, component)
  const componentOf = (node: ClNode): ClHandle => {
    const found = run.world.cls.get(node.name)
    if (found === undefined) throw new Error(`${node.name} is not a node of this run`)
    return found
  }
  const node: ClNode = {
    name,
    el,
    network: createClNetwork(run, component),
    get running() {
      return lifecycle.running
    },
    get starts() {
      return lifecycle.starts
    },
    status: status.fresh,
    head: async (level) => headOf(await status.fresh(), level),
    ...createHeadWaits(run, component),
    ...createBlockWaits(run, component),
    ...createTells(run, component),
    inSync: (other: ClNode, level: Level, options?: InSyncOptions) =>
      compareHeads(run, [component, componentOf(other)], level, options),
    currentL1Matches: (other) => compareCurrentL1(run, component, componentOf(other)),
    derivedFrom: (block) => waitUntilPast(run, component, block),
    async metrics() {
      need(component, ['metrics'])
      return component.metrics(run.world.failed)
    },
    async startSequencer(on) {
      need(component, ['admin'])
      if (on === undefined) return startSequencing(component, run.world.clock)
      await rpc.request('admin_startSequencer', [on])
    },
    async stopSequencer() {
      need(component, ['admin'])
      return hashSchema.parse(await rpc.request('admin_stopSequencer', []))
    },
    async setRecoverMode(on) {
      need(component, ['admin', 'recover-mode'])
      await rpc.request('admin_setRecoverMode', [on])
    },
    async resetPipeline() {
      need(component, ['admin'])
      await rpc.request('admin_resetDerivationPipeline', [])
    },
    async safeHeadAt(l1Number) {
      need(component, ['safe-head-db'])
      return safeHeadAtL1(rpc, l1Number)
    },
    async stop() {
      needAction(component, 'stop')
      await lifecycle.stop()
    },
    async kill({ afterMs }) {
      needAction(component, 'kill')
      await run.world.clock.sleep(afterMs, run.world.failed)
      await lifecycle.kill()
    },
    start: () => lifecycle.start(),
    async restart() {
      needAction(component, 'stop')
      await lifecycle.stop()
      await lifecycle.start()
    },
    async pause() {
      needAction(component, 'pause')
      await lifecycle.pause()
    },
    resume: () => lifecycle.resume(),
    async wipe() {
      needAction(component, 'wipe')
      await lifecycle.wipe()
    },
  }
  return explained(run, { as: name, component: name, deeds }, node)
}
