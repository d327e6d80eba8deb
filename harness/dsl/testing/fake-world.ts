import type { Hash } from 'viem'
import { createFakeClock, type FakeClock } from '../../../node/ports/testing/fake-clock.ts'
import { type BlockId, type L2BlockRef, zeroL1BlockRef, zeroL2BlockRef } from '../../../node/protocol/refs.ts'
import type { SyncStatus } from '../../../node/protocol/sync-status.ts'
import { syncStatusToJson } from '../../../node/protocol/sync-status-json.ts'
import { testRollupConfig } from '../../../node/protocol/testing/rollup-config.ts'
import type { WorldEvent } from '../../events/event.ts'
import { createEventStream, type EventStream } from '../../events/stream.ts'
import { deriveAccounts } from '../../genesis/accounts.ts'
import { twoVerifiersFollowing } from '../../topologies.ts'
import { parseMetrics } from '../../world/metrics.ts'
import { createRandomStreams } from '../../world/random-streams.ts'
import { type StatusStream, startStatusStream } from '../../world/status-stream.ts'
import type { ClSpec } from '../../world/topology.ts'
import type { ClCapability, ClHandle, ElHandle, World, WorldEnd } from '../../world/world.ts'
import { fakeHash } from './fake-hash.ts'
import { createFakeL1, type FakeL1, fakeL1Genesis } from './fake-l1.ts'
import { fakeLifecycle } from './fake-lifecycle.ts'
import { createFakePoints, type FakePoints } from './fake-points.ts'
import { fakeRpc } from './fake-rpc.ts'

/** What a test changes of a fake node. */
export interface FakeNodeControl {
  /** Changes what it publishes from the next observation on. */
  set(heads: Partial<Record<keyof typeof fieldOf, number>>, fork?: string): void
  setStatus(change: Partial<SyncStatus>): void
  readonly capabilities: Set<ClCapability>
  /** Canonical blocks of its engine differ from fork `a` at these heights. */
  readonly otherBlocks: Map<bigint, Hash>
  /** While set, its engine answers with this error. */
  engineError: Error | null
  /** Its dials fail, as those of a client whose connection takes longer than its answer. */
  dialError: Error | null
  /** While set, its engine answers only when this has resolved. */
  engineBusy: Promise<void> | null
}

export type FakeNodeName = 'sequencer' | 'reference' | 'follower'

/** A world in virtual time: `twoVerifiersFollowing` of nodes that exist only as what they answer. */
export interface FakeWorld extends World {
  readonly clock: FakeClock
  readonly l1: FakeL1
  readonly points: FakePoints
  readonly controls: Readonly<Record<FakeNodeName, FakeNodeControl>>
  /** Everything that was recorded. */
  readonly recorded: readonly WorldEvent[]
  /** How it was ended; null while it runs. */
  readonly end: WorldEnd | null
}

/** @param signal fails the world when it aborts. */
export function createFakeWorld(signal?: AbortSignal): FakeWorld {
  const clock = createFakeClock(1_000_000)
  const events = createEventStream(clock)
  const recorded: WorldEvent[] = []
  events.subscribe((event) => recorded.push(event))
  const failure = new AbortController()
  const topology = twoVerifiersFollowing
  const links = new Links(topology.gossip)
  const node = (name: FakeNodeName) =>
    createFakeNode({ name, spec: topology.cls[name], clock, events, links })
  const nodes = { sequencer: node('sequencer'), reference: node('reference'), follower: node('follower') }
  const handles = Object.values(nodes).map(({ handle }) => handle)
  let ended: WorldEnd | null = null
  signal?.addEventListener('abort', () => failure.abort(signal.reason), { once: true })
  return {
    topology,
    parameters: topology.parameters,
    rollup: testRollupConfig(),
    accounts: deriveAccounts(),
    clock,
    random: createRandomStreams('fake'),
    events,
    recorded,
    l1: createFakeL1(() => clock.nowMs()),
    cls: new Map(handles.map((handle) => [handle.name, handle])),
    els: new Map(handles.map(({ el }) => [el.name, el])),
    batcher: null,
    points: createFakePoints(['follower→reference', 'follower→l1', 'sequencer→reference', 'follower']),
    artefacts: '.lockstep/runs/fake',
    controls: {
      sequencer: nodes.sequencer.control,
      reference: nodes.reference.control,
      follower: nodes.follower.control,
    },
    get end() {
      return ended
    },
    failed: failure.signal,
    fail: (error) => failure.abort(error),
    within: (work) => work(),
    async stop(end = { outcome: 'stopped' }) {
      ended ??= end
      if (!failure.signal.aborted) failure.abort(new Error('the world was stopped'))
      await Promise.all(handles.map(({ status }) => status.stop()))
      events.end()
    },
  }
}

/** Which nodes are connected, and who refuses whom. */
class Links {
  readonly #connected = new Set<string>()
  readonly #refused = new Set<string>()

  constructor(pairs: readonly (readonly [string, string])[]) {
    for (const [a, b] of pairs) this.connect(a, b)
  }

  connect(a: string, b: string): void {
    if (this.#refused.has(`${a} ${b}`) || this.#refused.has(`${b} ${a}`))
      throw new Error(`${a} and ${b}: connection refused`)
    this.#connected.add([a, b].toSorted().join(' '))
  }

  refuse(a: string, b: string, refused: boolean): void {
    if (!refused) return void this.#refused.delete(`${a} ${b}`)
    this.#refused.add(`${a} ${b}`)
    this.#connected.delete([a, b].toSorted().join(' '))
  }

  of(name: string): ReadonlySet<string> {
    const pairs = [...this.#connected].map((pair) => pair.split(' '))
    return new Set(pairs.filter((pair) => pair.includes(name)).map(([a, b]) => (a === name ? b : a) ?? ''))
  }
}

interface FakeNodeOptions {
  readonly name: string
  readonly spec: ClSpec
  readonly clock: FakeClock
  readonly events: EventStream
  readonly links: Links
}

function createFakeNode({ name, spec, clock, events, links }: FakeNodeOptions) {
  let status = emptyStatus
  const elLifecycle = fakeLifecycle(spec.el)
  const lifecycle = fakeLifecycle(name)
  const serves = (what: string, { running, paused }: { running: boolean; paused: boolean }) => {
    if (!running) throw new Error(`${what}: connection refused`)
    if (paused) throw new Error(`${what}: no answer within 10000 ms`)
  }
  const control: FakeNodeControl = {
    capabilities: new Set(['metrics', 'admin', 'gossip-control']),
    otherBlocks: new Map(),
    engineError: null,
    dialError: null,
    engineBusy: null,
    set(heads, fork) {
      const change = Object.entries(heads).map(([level, number]) => [
        fieldOf[level as keyof typeof fieldOf],
        l2(number, fork),
      ])
      status = { ...status, ...Object.fromEntries(change) }
    },
    setStatus(change) {
      status = { ...status, ...change }
    },
  }
  const blockAt = (at: unknown) => {
    const number = at === 'latest' ? status.unsafeL2.number : BigInt(String(at))
    if (number > status.unsafeL2.number) return null
    const hash = control.otherBlocks.get(number) ?? fakeHash(number)
    return { hash, number: `0x${number.toString(16)}`, parentHash: hash, timestamp: '0x0', gasLimit: '0x0' }
  }
  const el: ElHandle = {
    name: spec.el,
    spec: { kind: 'embedded-el' },
    rpc: fakeRpc({ eth_getBlockByNumber: blockAt }, async () => {
      await control.engineBusy
      serves(spec.el, elLifecycle)
      if (control.engineError !== null) throw control.engineError
    }),
    lifecycle: elLifecycle,
    connectPeers: async () => {},
  }
  const rpc = fakeRpc({ optimism_syncStatus: () => syncStatusToJson(status) }, () => serves(name, lifecycle))
  const stream: StatusStream = startStatusStream({ node: name, rpc, periodMs: 250, clock, events })
  const handle: ClHandle = {
    name,
    spec,
    el,
    capabilities: control.capabilities,
    polls: {},
    deviates: new Map(),
    rpc,
    status: stream,
    lifecycle,
    gossip: {
      connected: async () => links.of(name),
      block: async (peer) => links.refuse(name, peer, true),
      unblock: async (peer) => links.refuse(name, peer, false),
      async connect(peer) {
        if (control.dialError !== null) throw control.dialError
        links.connect(name, peer)
      },
    },
    metrics: async () => parseMetrics('# TYPE up gauge\nup 1', ''),
  }
  return { handle, control }
}

const fieldOf = {
  unsafe: 'unsafeL2',
  localSafe: 'localSafeL2',
  crossSafe: 'safeL2',
  finalized: 'finalizedL2',
} as const

/** @param l1Origin by default the L1 genesis block of a fake world. */
export function l2(number: number, fork?: string, l1Origin: BlockId = fakeL1Genesis): L2BlockRef {
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
