import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FollowSource } from './ports/follow-source.ts'
import { createMemorySafeHeadStore } from './safe-heads/memory-store.ts'
import {
  createNodeWorld,
  followSourceOf,
  type NodeWorld,
  onOneChain,
  originsAreCanonical,
  type WorldNode,
} from './testing/node-world.ts'

/** Something that happens to a running system. Durations are in seconds. */
type Incident =
  /** `depth` L1 blocks are replaced by `longer` more or fewer; never below L1's finalized block. */
  | { readonly kind: 'l1-reorg'; readonly depth: number; readonly longer: number }
  | { readonly kind: 'l1-down'; readonly seconds: number }
  | { readonly kind: 'batcher' | 'gossip'; readonly on: boolean }
  | { readonly kind: 'restart'; readonly who: Role; readonly seconds: number; readonly wiped: boolean }
  | { readonly kind: 'engine-down'; readonly who: Role; readonly seconds: number }
  /** The execution engine restarts without its last blocks. */
  | { readonly kind: 'engine-restart'; readonly who: Role; readonly lost: number }

type Role = 'reference' | 'sequencer' | 'follower'

const who = fc.constantFrom<Role>('reference', 'sequencer', 'follower')
const seconds = fc.integer({ min: 0, max: 5 })
const incident: fc.Arbitrary<Incident> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('l1-reorg' as const),
      depth: fc.integer({ min: 1, max: 4 }),
      longer: fc.integer({ min: -1, max: 2 }),
    }),
  },
  fc.record({ kind: fc.constant('l1-down' as const), seconds }),
  fc.record({ kind: fc.constantFrom('batcher' as const, 'gossip' as const), on: fc.boolean() }),
  fc.record({ kind: fc.constant('restart' as const), who, seconds, wiped: fc.boolean() }),
  fc.record({ kind: fc.constant('engine-down' as const), who, seconds }),
  fc.record({ kind: fc.constant('engine-restart' as const), who, lost: fc.nat(4) }),
)
const quietSeconds = fc.integer({ min: 1, max: 12 })

/** The default topology under incidents. */
async function createSystem() {
  const world = createNodeWorld()
  const nodes = {} as Record<Role, WorldNode>
  const follows: FollowSource = {
    syncStatus: (signal) => followSourceOf(nodes.reference).syncStatus(signal),
    chainIdentity: (signal) => followSourceOf(nodes.reference).chainIdentity(signal),
  }
  // What the reference remembers outlives it, also when its engine comes back empty.
  const safeHeadStore = createMemorySafeHeadStore()
  const start = async (role: Role, el?: WorldNode['el']) => {
    const options =
      role === 'reference'
        ? { safeHeadStore }
        : role === 'sequencer'
          ? { follows, sequencer: {} }
          : { follows }
    nodes[role] = await world.start(role, el === undefined ? options : { ...options, el })
  }
  for (const role of ['reference', 'sequencer', 'follower'] as const) await start(role)

  const happen = async (what: Incident): Promise<void> => {
    switch (what.kind) {
      case 'l1-reorg': {
        const from = world.l1.head.number - BigInt(what.depth) + 1n
        if (from > nodes.reference.status().finalizedL1.number)
          world.l1.reorg(from, Math.max(0, what.depth + what.longer))
        return
      }
      case 'l1-down':
        world.l1.failure = new Error('L1 is down')
        await world.pass(what.seconds)
        world.l1.failure = null
        return
      case 'batcher':
        world.auto.batch = what.on
        return
      case 'gossip':
        return world.gossip[what.on ? 'connect' : 'isolate']('follower')
      case 'restart': {
        const { el } = nodes[what.who]
        await nodes[what.who].stop()
        await world.pass(what.seconds)
        return start(what.who, what.wiped ? undefined : el)
      }
      case 'engine-down': {
        const { el } = nodes[what.who]
        el.failure = () => new Error('the engine is down')
        await world.pass(what.seconds)
        el.failure = () => null
        return
      }
      case 'engine-restart': {
        const { el } = nodes[what.who]
        const kept = el.latest.payload.blockNumber - BigInt(what.lost)
        if (kept >= 0n) el.restartAt(kept)
      }
    }
  }
  return { world, nodes, happen }
}

async function converge(world: NodeWorld, nodes: Readonly<Record<Role, WorldNode>>): Promise<void> {
  world.auto.batch = true
  world.gossip.connect('follower')
  const { reference, sequencer, follower } = nodes
  const all = [reference, sequencer, follower]
  const target = sequencer.status().unsafeL2.number + 10n
  const hasConverged = (node: WorldNode) =>
    node.status().localSafeL2.number >= target &&
    originsAreCanonical(world.l1, node) &&
    onOneChain(reference, node, 'unsafeL2') &&
    onOneChain(reference, node, 'localSafeL2')
  await world.until('all on one chain', () => all.every(hasConverged), 180)
  expect(all.map((node) => node.failure)).toEqual([null, null, null])
}

/** A node that begins now derives the same, and from the same L1 blocks. */
async function expectTrueMemory(world: NodeWorld, { reference }: Readonly<Record<Role, WorldNode>>) {
  const fresh = await world.start('fresh', { safeHeadStore: createMemorySafeHeadStore() })
  const { currentL1 } = reference.status()
  await world.until('the fresh node has derived as much', () =>
    [fresh, reference].every((node) => node.status().currentL1.number > currentL1.number),
  )
  for (let number = 0n; number <= currentL1.number; number++)
    expect(reference.node.safeHeads?.safeHeadAt(number)).toEqual(fresh.node.safeHeads?.safeHeadAt(number))
}

describe('whatever happens to L1, engines, gossip, batcher and nodes', () => {
  it('three nodes converge on one chain with canonical origins, and none stops', {
    timeout: 60_000,
  }, async () => {
    const story = fc.array(fc.tuple(quietSeconds, incident), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(story, async (incidents) => {
        const { world, nodes, happen } = await createSystem()
        for (const [quiet, what] of incidents) {
          await world.pass(quiet)
          await happen(what)
        }
        await converge(world, nodes)
        await expectTrueMemory(world, nodes)
        await world.stop()
      }),
      { numRuns: 12 },
    )
  })
})
