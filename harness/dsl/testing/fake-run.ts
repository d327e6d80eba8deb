import type { Hash } from 'viem'
import { createFakeClock, type FakeClock } from '../../../node/ports/testing/fake-clock.ts'
import { type BlockId, type L2BlockRef, zeroL1BlockRef, zeroL2BlockRef } from '../../../node/protocol/refs.ts'
import type { SyncStatus } from '../../../node/protocol/sync-status.ts'
import { syncStatusToJson } from '../../../node/protocol/sync-status-json.ts'
import type { Fact } from '../../events/event.ts'
import type { EventStream } from '../../events/stream.ts'
import { twoVerifiersFollowing } from '../../topologies.ts'
import { createL1View } from '../../world/l1-view.ts'
import type { ClComponent } from '../../world/live/components.ts'
import type { System } from '../../world/live/system.ts'
import { startStatusStream } from '../../world/status-stream.ts'
import { type ClNode, createClNode } from '../cl-node.ts'
import { createRun, type Run } from '../run.ts'

/** A block hash that shows its number and fork. */
export function fakeHash(number: bigint | number, fork = 'a'): Hash {
  return `0x${fork.repeat(60)}${number.toString(16).padStart(4, '0')}`
}

const l1Genesis: BlockId = { number: 0n, hash: fakeHash(0, '1') }

/** A node that exists only as what it answers. */
export interface FakeNode {
  readonly node: ClNode
  /** Changes what it publishes from the next observation on. */
  set(heads: Partial<Record<'unsafe' | 'localSafe' | 'finalized', number>>, fork?: string): void
  setStatus(change: Partial<SyncStatus>): void
  /** Canonical blocks of its engine differ from fork `a` at these heights. */
  readonly otherBlocks: Map<bigint, Hash>
  /** While set, its engine answers with this error. */
  engineError: Error | null
  /** While set, its engine answers only when this has resolved. */
  engineBusy: Promise<void> | null
}

/** A run in virtual time with fake nodes `sequencer`, `reference` and `follower`, L1 blocks 2 s and L2 blocks 1 s. */
export interface FakeRun {
  readonly clock: FakeClock
  readonly run: Run
  readonly facts: readonly Fact[]
  readonly nodes: Readonly<Record<'sequencer' | 'reference' | 'follower', FakeNode>>
  readonly l1View: System['l1View']
  readonly failed: AbortController
  stop(): Promise<void>
}

export function createFakeRun(): FakeRun {
  const clock = createFakeClock(1_000_000)
  const facts: Fact[] = []
  const events: EventStream = {
    record: (fact) => void facts.push(fact),
    subscribe: () => () => {},
    end: () => {},
  }
  const failed = new AbortController()
  const l1View = createL1View(l1Genesis)
  const cls = new Map<string, ClComponent>()
  const { parameters } = twoVerifiersFollowing
  const system = {
    topology: twoVerifiersFollowing,
    ...{
      parameters,
      clock,
      events,
      cls,
      l1View,
      links: new Map(),
      failed: failed.signal,
    },
    fail: (error: Error) => failed.abort(error),
    l1: { controller: { labels: () => ({ safe: 0n, finalized: 0n }), producing: true } },
    directory: { path: `${process.cwd()}/.lockstep/runs/fake` },
  } as unknown as System
  const run = createRun(system, 'FollowL2_Fake')
  const node = (name: string) => createFakeNode(run, cls, name)
  return {
    ...{ clock, run, facts, l1View, failed },
    nodes: { sequencer: node('sequencer'), reference: node('reference'), follower: node('follower') },
    async stop() {
      await Promise.all([...cls.values()].map(({ status }) => status.stop()))
    },
  }
}

function createFakeNode(run: Run, cls: Map<string, ClComponent>, name: string): FakeNode {
  const { clock, events } = run.system
  const otherBlocks = new Map<bigint, Hash>()
  let status = emptyStatus
  const component = {
    name,
    spec: { kind: 'lockstep-node', el: `${name}-el`, mode: { kind: 'derive' } },
    process: { pid: 1, starts: 1 },
    status: startStatusStream({
      node: name,
      rpc: { request: async () => syncStatusToJson(status) },
      periodMs: 250,
      clock,
      events,
    }),
    el: {
      name: `${name}-el`,
      process: { pid: 2, starts: 1 },
      httpUrl: 'http://127.0.0.1:1',
      rpc: {
        async request(_method: string, [at]: readonly [string]) {
          await fake.engineBusy
          if (fake.engineError !== null) throw fake.engineError
          const number = BigInt(at)
          if (number > status.unsafeL2.number) return null
          const hash = otherBlocks.get(number) ?? fakeHash(number)
          return { hash, number: at, parentHash: hash, timestamp: '0x0', gasLimit: '0x0' }
        },
      },
    },
  } as unknown as ClComponent
  cls.set(name, component)
  const fake: FakeNode = {
    node: createClNode(run, component),
    otherBlocks,
    engineError: null,
    engineBusy: null,
    set(heads, fork) {
      const change = Object.fromEntries(
        Object.entries(heads).map(([level, number]) => [
          fieldOf[level as keyof typeof fieldOf],
          l2(number, fork),
        ]),
      )
      status = { ...status, ...change }
    },
    setStatus(change) {
      status = { ...status, ...change }
    },
  }
  return fake
}

const fieldOf = { unsafe: 'unsafeL2', localSafe: 'localSafeL2', finalized: 'finalizedL2' } as const

/** @param l1Origin by default the L1 genesis block of a fake run. */
export function l2(number: number, fork?: string, l1Origin: BlockId = l1Genesis): L2BlockRef {
  return { ...zeroL2BlockRef, number: BigInt(number), hash: fakeHash(number, fork), l1Origin }
}

const emptyStatus: SyncStatus = {
  currentL1: zeroL1BlockRef,
  currentL1Finalized: zeroL1BlockRef,
  headL1: zeroL1BlockRef,
  safeL1: zeroL1BlockRef,
  finalizedL1: zeroL1BlockRef,
  unsafeL2: zeroL2BlockRef,
  safeL2: zeroL2BlockRef,
  finalizedL2: zeroL2BlockRef,
  pendingSafeL2: zeroL2BlockRef,
  crossUnsafeL2: zeroL2BlockRef,
  localSafeL2: zeroL2BlockRef,
}
