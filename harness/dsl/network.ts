import type { ClHandle } from '../world/world.ts'
import { need } from './capabilities.ts'
import { explained } from './explained.ts'
import type { Run } from './run.ts'

/** A node's place in the gossip network. */
export interface ClNetwork {
  /** Cuts the connection to every peer, and refuses new ones, on both sides. Resolves when none is left. */
  isolate(): Promise<void>
  /** Connects again to every peer of the topology. Resolves when all are connected. */
  rejoin(): Promise<void>
  /** Waits until it is connected to every peer of the topology, without a hand in it. */
  joined(): Promise<void>
  /** Nodes of the topology that it is connected to. */
  peers(): Promise<readonly string[]>
}

/** The gossip between single nodes. */
export interface GossipNetwork<Cl extends string> {
  /** Cuts the connection of two nodes, and lets them make no new one, on both sides. Resolves when it is gone. */
  cut(a: Cl, b: Cl): Promise<void>
  /** Connects two nodes again. Resolves when they are connected. */
  heal(a: Cl, b: Cl): Promise<void>
}

/** Two nodes that gossip with each other when nothing is cut. */
type Pair = readonly [ClHandle, ClHandle]

export function createClNetwork(run: Run, node: ClHandle): ClNetwork {
  const pairs = () =>
    run.world.topology.gossip.flatMap(([a, b]): Pair[] => {
      const other = a === node.name ? b : b === node.name ? a : undefined
      return other === undefined ? [] : [[node, nodeOf(run, other)]]
    })
  const network: ClNetwork = {
    joined: () => waitForPairs(run, `${node.name}: is connected`, pairs(), true),
    peers: async () => [...(await node.gossip.connected())],
    isolate: () => cut(run, `${node.name}: is isolated`, pairs()),
    rejoin: () => heal(run, `${node.name}: is connected again`, pairs()),
  }
  const deeds = { isolate: 'cut off from all gossip', rejoin: 'connected to gossip again' }
  return explained(run, { as: `${node.name}.network`, component: node.name, deeds }, network)
}

export function createGossipNetwork<Cl extends string>(run: Run): GossipNetwork<Cl> {
  const pair = (a: Cl, b: Cl): Pair => [nodeOf(run, a), nodeOf(run, b)]
  const network: GossipNetwork<Cl> = {
    async cut(a, b) {
      for (const name of [a, b]) run.activity.did(name, `cut off from ${name === a ? b : a}`)
      await cut(run, `${a} and ${b}: are cut off`, [pair(a, b)])
    },
    async heal(a, b) {
      for (const name of [a, b]) run.activity.did(name, `connected to ${name === a ? b : a} again`)
      await heal(run, `${a} and ${b}: are connected again`, [pair(a, b)])
    },
  }
  return explained(run, { as: 'network', component: 'network' }, network)
}

function nodeOf(run: Run, name: string): ClHandle {
  const found = run.world.cls.get(name)
  if (found === undefined)
    throw new Error(`there is no node ${name}; there are ${[...run.world.cls.keys()].join(', ')}`)
  return found
}

async function cut(run: Run, what: string, pairs: readonly Pair[]): Promise<void> {
  for (const node of new Set(pairs.flat())) need(node, ['gossip-control'])
  await Promise.all(pairs.flatMap(([a, b]) => [a.gossip.block(b.name), b.gossip.block(a.name)]))
  await waitForPairs(run, what, pairs, false)
}

async function heal(run: Run, what: string, pairs: readonly Pair[]): Promise<void> {
  await Promise.all(pairs.flatMap(([a, b]) => [a.gossip.unblock(b.name), b.gossip.unblock(a.name)]))
  const errors = new Map<string, string>()
  // A refusal means not yet: the other side may still hold the old connection. Either may be the one that dials.
  const dial = async ([a, b]: Pair): Promise<void> => {
    await a.gossip.connect(b.name).then(
      () => errors.delete(a.name),
      (error: unknown) => errors.set(a.name, error instanceof Error ? error.message : String(error)),
    )
  }
  await waitForPairs(run, what, pairs, true, {
    dial,
    why: () => [...errors].map(([name, message]) => `; ${name} could not connect: ${message}`).join(''),
  })
}

interface Dialling {
  readonly dial: (pair: Pair) => Promise<void>
  /** What the last tries ended with. */
  readonly why: () => string
}

/** Waits until both sides of each pair say that they are connected, or that they are not. */
function waitForPairs(
  run: Run,
  what: string,
  pairs: readonly Pair[],
  connected: boolean,
  dialling?: Dialling,
): Promise<void> {
  let looks = 0
  return run.wait({
    what,
    expected: pairs
      .map(([a, b]) => `${a.name} ${connected ? '' : 'not '}connected to ${b.name}`)
      .join(' and '),
    limits: run.limits('peers'),
    streams: [],
    async look() {
      const swapped = looks++ % 2 === 1
      const sides = await Promise.all(
        pairs.map(async ([a, b]) => {
          const here = (await a.gossip.connected()).has(b.name)
          if (!here) await dialling?.dial(swapped ? [b, a] : [a, b])
          return {
            name: `${a.name} and ${b.name}`,
            here: here || (await a.gossip.connected()).has(b.name),
            there: (await b.gossip.connected()).has(a.name),
          }
        }),
      )
      return sides.every(({ here, there }) => here === connected && there === connected)
        ? { done: true, value: undefined }
        : {
            done: false,
            found: sides
              .map(({ name, here, there }) => `${name}: the one says ${here}, the other ${there}`)
              .join('; ')
              .concat(dialling?.why() ?? ''),
          }
    },
  })
}
