import type { Hash } from 'viem'
import {
  type BlockId,
  formatRef,
  isZeroRef,
  type L1BlockRef,
  type L2BlockRef,
  sameBlock,
} from '../../node/protocol/refs.ts'
import type { SyncStatus } from '../../node/protocol/sync-status.ts'
import type { ClComponent } from '../world/components.ts'
import { headOf, type Level, levels } from '../world/levels.ts'
import { startSequencing } from '../world/sequencing.ts'
import { createElNode, type ElNode } from './el-node.ts'
import { compareHeads } from './in-sync.ts'
import { type ClNetwork, createClNetwork } from './network.ts'
import type { Run } from './run.ts'
import type { Look } from './wait.ts'

/** For how long something must not happen: the time of that many L2 blocks. */
export interface BlockSpan {
  readonly blocks: number
}

/** A consensus node, as scenarios see it. Every wait fails with the state of all nodes when it makes no progress. */
export interface ClNode {
  readonly name: string
  /** The execution engine that it drives. */
  readonly el: ElNode
  /** Its gossip network. */
  readonly network: ClNetwork
  /** Process id; null while it does not run. A scenario that says "no node restarted" compares it. */
  readonly pid: number | null

  /** What the node says about itself now. */
  status(): Promise<SyncStatus>
  /** One head, now. */
  head(level: Level): Promise<L2BlockRef>

  /** Waits until the head has that number or a higher one. */
  reached(level: Level, number: number | bigint): Promise<L2BlockRef>
  /** Waits until the head is that many blocks further than now. */
  advanced(level: Level, by: number | bigint): Promise<L2BlockRef>
  /** The head does not move for the time of that many L2 blocks. */
  notAdvanced(level: Level, span: BlockSpan): Promise<void>
  /** Waits until the head takes its deposits from that L1 block. */
  reachedOrigin(level: Level, origin: BlockId): Promise<L2BlockRef>
  /**
   * Waits until both heads are where the higher one is now, the higher node has the lower node's block, and at most
   * five blocks are between them. Two live heads are never asked to be equal at one moment.
   */
  inSync(other: ClNode, level: Level): Promise<void>
  /** Waits until the node's canonical chain has that block. */
  holds(ref: BlockId): Promise<void>
  /** Waits until the node's canonical chain has another block at that height. */
  reorged(ref: BlockId): Promise<BlockId>
  /** Waits until the two levels are the same block. */
  converged(a: Level, b: Level): Promise<L2BlockRef>
  /** While `during` runs, the two levels are the same block at every observation. */
  keepsEqual<T>(a: Level, b: Level, during: () => Promise<T>): Promise<T>
  /** Waits until both nodes' `currentL1` went on from where it is now, and both are on the canonical L1. */
  currentL1Matches(other: ClNode): Promise<void>
  /** Waits until the origin of every head is on the canonical L1. */
  originsCanonical(): Promise<void>

  /** Starts block building on the node's unsafe head (`admin_startSequencer`). */
  startSequencer(): Promise<void>
  /** Stops block building; the last block's hash (`admin_stopSequencer`). */
  stopSequencer(): Promise<Hash>
  /** Ends the process. */
  stop(): Promise<void>
  /** Starts it again with the same files and ports. */
  start(): Promise<void>
  /** Stop and start. */
  restart(): Promise<void>
}

/** The run and component behind a ClNode, for the waits that look at two nodes. */
export interface ClNodeInternals {
  readonly component: ClComponent
}

const internals = new WeakMap<ClNode, ClNodeInternals>()

/** @throws when the node is not one of `createClNode`'s. */
export function componentOf(node: ClNode): ClComponent {
  const found = internals.get(node)
  if (found === undefined) throw new Error(`${node.name} is not a node of this run`)
  return found.component
}

/** The ClNode of a component. */
export function createClNode(run: Run, component: ClComponent): ClNode {
  const { name, status: stream } = component
  const { system } = run
  const el = createElNode(run, component.el)
  const fresh = async () => (await stream.observe(system.failed)).status

  /** A wait on the status of this node alone. */
  function onStatus<T>(
    what: string,
    expected: string,
    limits: ReturnType<Run['limits']>,
    look: (status: SyncStatus) => Look<T> | Promise<Look<T>>,
  ): Promise<T> {
    const started = system.clock.nowMs()
    return run.wait({
      what: `${name}: ${what}`,
      expected,
      limits,
      streams: [stream],
      look: () => {
        const { latest } = stream
        // Only what was asked for since the wait began is a fact about now.
        if (latest === null || latest.askedMs < started)
          return { done: false, found: 'no status since the wait began' }
        return look(latest.status)
      },
    })
  }

  const reached = (level: Level, number: bigint, from: bigint): Promise<L2BlockRef> =>
    onStatus(
      `${level} reaches ${number}`,
      `${name}.${level} ≥ ${number}`,
      run.limits(level, number > from ? number - from : 1n),
      (status) => {
        const head = headOf(status, level)
        return head.number >= number
          ? { done: true, value: head }
          : { done: false, found: `${name}.${level} is ${formatRef(head)}` }
      },
    )

  const node: ClNode = {
    name,
    el,
    network: createClNetwork(run, component),
    get pid() {
      return component.process.pid
    },
    status: fresh,
    head: async (level) => headOf(await fresh(), level),

    async reached(level, number) {
      return reached(
        level,
        BigInt(number),
        stream.latest === null ? 0n : headOf(stream.latest.status, level).number,
      )
    },
    async advanced(level, by) {
      const from = headOf(await fresh(), level).number
      return reached(level, from + BigInt(by), from)
    },
    async notAdvanced(level, { blocks }) {
      const before = headOf(await fresh(), level)
      const untilMs = system.clock.nowMs() + blocks * system.parameters.l2BlockTime * 1000
      const moved = await onStatus<L2BlockRef | null>(
        `${level} does not move for ${blocks} blocks`,
        `${name}.${level} to stay ${formatRef(before)}`,
        { stallMs: untilMs, totalMs: untilMs },
        (status) => {
          const head = headOf(status, level)
          if (!sameBlock(head, before)) return { done: true, value: head }
          return system.clock.nowMs() >= untilMs
            ? { done: true, value: null }
            : { done: false, found: `${name}.${level} is ${formatRef(head)}` }
        },
      )
      if (moved !== null)
        throw run.violation(
          `${name}: ${level} moved`,
          `${name}.${level} to stay ${formatRef(before)} for the time of ${blocks} blocks`,
          `${name}.${level} is ${formatRef(moved)}`,
        )
    },
    reachedOrigin: (level, origin) =>
      onStatus(
        `${level} has the origin ${formatRef(origin)}`,
        `${name}.${level}'s L1 origin to be ${formatRef(origin)}`,
        run.limits(level, 10n),
        (status) => {
          const head = headOf(status, level)
          return head.l1Origin.hash === origin.hash
            ? { done: true, value: head }
            : {
                done: false,
                found: `${name}.${level} is ${formatRef(head)} with the origin ${formatRef(head.l1Origin)}`,
              }
        },
      ),
    inSync: (other, level) => compareHeads(run, component, componentOf(other), level),
    holds: (ref) =>
      onStatus(
        `holds ${formatRef(ref)}`,
        `${name}'s block ${ref.number} to be ${ref.hash}`,
        run.limits('localSafe', 10n),
        async () => {
          const block = await el.block(ref.number)
          if (block?.hash === ref.hash) return { done: true, value: undefined }
          return { done: false, found: `${name}'s block ${ref.number} is ${block?.hash ?? 'not there yet'}` }
        },
      ),
    reorged: (ref) =>
      onStatus(
        `replaces ${formatRef(ref)}`,
        `${name}'s block ${ref.number} to be another than ${ref.hash}`,
        run.limits('localSafe', 20n),
        async (status) => {
          const block = await el.block(ref.number)
          if (block !== null && block.hash !== ref.hash) return { done: true, value: block }
          return {
            done: false,
            found: `${name}'s block ${ref.number} is ${block?.hash ?? 'not there'}`,
            progress: `${block?.hash} ${levels.map((level) => headOf(status, level).hash)} ${status.currentL1.hash}`,
          }
        },
      ),
    converged: (a, b) =>
      onStatus(
        `${a} and ${b} converge`,
        `${name}.${a} and ${name}.${b} to be one block`,
        run.limits(b, 10n),
        (status) => {
          const [one, two] = [headOf(status, a), headOf(status, b)]
          return sameBlock(one, two) && !isZeroRef(one)
            ? { done: true, value: one }
            : { done: false, found: `${a} is ${formatRef(one)}, ${b} is ${formatRef(two)}` }
        },
      ),
    async keepsEqual(a, b, during) {
      const broken = Promise.withResolvers<never>()
      const end = stream.onObservation(({ status }) => {
        const [one, two] = [headOf(status, a), headOf(status, b)]
        if (sameBlock(one, two)) return
        broken.reject(
          run.violation(
            `${name}: ${a} and ${b} differ`,
            `${name}.${a} and ${name}.${b} to be one block at every observation`,
            `${a} is ${formatRef(one)}, ${b} is ${formatRef(two)}`,
          ),
        )
      })
      broken.promise.catch(() => {})
      try {
        return await Promise.race([during(), broken.promise])
      } finally {
        end()
      }
    },
    async currentL1Matches(other) {
      const peer = componentOf(other)
      const [mine, theirs] = await Promise.all([fresh(), other.status()])
      await run.wait({
        what: `${name}: currentL1 matches ${other.name}`,
        expected: `currentL1 of ${name} > ${mine.currentL1.number} and of ${other.name} > ${theirs.currentL1.number}, both on the canonical L1`,
        limits: run.limits('currentL1', 2n),
        streams: [stream, peer.status],
        look: () => {
          const pairs = [
            { name, from: mine.currentL1, now: stream.latest?.status.currentL1 ?? mine.currentL1 },
            {
              name: other.name,
              from: theirs.currentL1,
              now: peer.status.latest?.status.currentL1 ?? theirs.currentL1,
            },
          ]
          const good = ({ from, now }: { from: L1BlockRef; now: L1BlockRef }) =>
            now.number > from.number && system.l1View.isCanonical(now)
          return pairs.every(good)
            ? { done: true, value: undefined }
            : { done: false, found: pairs.map(({ name, now }) => `${name} ${formatRef(now)}`).join(', ') }
        },
      })
    },
    originsCanonical: () =>
      onStatus(
        'origins are canonical',
        `the L1 origin of every head of ${name} on the canonical L1`,
        run.limits('finalized', 10n),
        (status) => {
          const stale = levels.filter((level) => !system.l1View.isCanonical(headOf(status, level).l1Origin))
          return stale.length === 0
            ? { done: true, value: undefined }
            : {
                done: false,
                found: stale
                  .map((level) => `${level}'s origin ${formatRef(headOf(status, level).l1Origin)} is not`)
                  .join(', '),
              }
        },
      ),

    startSequencer: () => startSequencing(component),
    stopSequencer: async () => (await component.rpc.request('admin_stopSequencer', [])) as Hash,
    stop: () => component.process.stop(),
    start: () => component.process.start(),
    async restart() {
      await component.process.stop()
      await component.process.start()
    },
  }
  internals.set(node, { component })
  return node
}
