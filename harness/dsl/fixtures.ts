import type { RollupConfig } from '../../node/config/rollup-config.ts'
import type { Accounts } from '../genesis/accounts.ts'
import type { ChainParameters } from '../genesis/chain-parameters.ts'
import { type BatcherNode, createBatcherNode } from './batcher-node.ts'
import { type ClNode, createClNode } from './cl-node.ts'
import { createInboxNode, type InboxNode } from './inbox-node.ts'
import { createL1Node, type L1Node } from './l1-node.ts'
import { createGossipNetwork, type GossipNetwork } from './network.ts'
import { createPoint, type PointName, type ScenarioPoint } from './points.ts'
import type { Run } from './run.ts'
import { createScenarioClock, type ScenarioClock } from './scenario-clock.ts'
import { createStep, type Step } from './step.ts'

/** What every scenario has, whatever its topology. */
export interface CommonFixtures<Cl extends string = string, El extends string = string> {
  readonly l1: L1Node
  readonly batcher: BatcherNode
  readonly inbox: InboxNode
  readonly step: Step
  /** Time, as block timestamps have it. */
  readonly clock: ScenarioClock
  /** The gossip between any two nodes. */
  readonly network: GossipNetwork<Cl>
  /** Every consensus node, in the order of the topology. */
  readonly nodes: readonly ClNode[]
  /** A component, or a connection between two, for faults: `point('follower→reference').install(…)`. */
  point(name: PointName<Cl, El>): ScenarioPoint
  /** Says that the scenario has reached something that it is about: one of its `expects`. */
  reached(mark: string): void
  readonly accounts: Accounts
  readonly rollup: RollupConfig
  readonly parameters: ChainParameters
}

/** The consensus nodes of the topology by their names, and what every scenario has. */
export type Fixtures<Cl extends string, El extends string = string> = CommonFixtures<Cl, El> & {
  readonly [name in Cl]: ClNode
}

/** @throws Error when a node has the name of something else that scenarios have. */
export function createFixtures<Cl extends string, El extends string>(run: Run): Fixtures<Cl, El> {
  const { world } = run
  const nodes = [...world.cls.values()].map((component) => createClNode(run, component))
  const l1 = createL1Node(run)
  const common: CommonFixtures<Cl, El> = {
    l1,
    batcher: createBatcherNode(run),
    inbox: createInboxNode(run, l1),
    step: createStep(run),
    clock: createScenarioClock(run),
    network: createGossipNetwork(run),
    nodes,
    point: (name) => createPoint(run, name),
    reached: (mark) => world.events.record({ kind: 'reach', mark }),
    accounts: world.accounts,
    rollup: world.rollup,
    parameters: world.parameters,
  }
  const clash = nodes.find(({ name }) => name in common)
  if (clash !== undefined)
    throw new Error(
      `topology ${world.topology.name} calls a node ${clash.name}, which every scenario has already; call it otherwise`,
    )
  const byName = Object.fromEntries(nodes.map((node) => [node.name, node])) as { [name in Cl]: ClNode }
  return { ...byName, ...common }
}
