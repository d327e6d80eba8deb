import type { RollupConfig } from '../../node/config/rollup-config.ts'
import type { FaultPoint } from '../faults/fault-point.ts'
import type { Accounts } from '../genesis/accounts.ts'
import type { ChainParameters } from '../genesis/chain-parameters.ts'
import { type BatcherNode, createBatcherNode } from './batcher-node.ts'
import { type ClNode, createClNode } from './cl-node.ts'
import { createPoint } from './fault-waits.ts'
import { createInboxNode, type InboxNode } from './inbox-node.ts'
import { createL1Node, type L1Node } from './l1-node.ts'
import type { Run } from './run.ts'
import { createStep, type Step } from './step.ts'

/** What every scenario has, whatever its topology. */
export interface CommonFixtures {
  readonly l1: L1Node
  readonly batcher: BatcherNode
  readonly inbox: InboxNode
  readonly step: Step
  /** Every consensus node, in the order of the topology. */
  readonly nodes: readonly ClNode[]
  /** A connection or a component, for faults: `point('follower→reference').install(faults.hang())`. */
  readonly point: (name: string) => FaultPoint
  readonly accounts: Accounts
  readonly rollup: RollupConfig
  readonly parameters: ChainParameters
}

/** The consensus nodes of the topology by their names, and what every scenario has. */
export type Fixtures<Cl extends string> = CommonFixtures & { readonly [name in Cl]: ClNode }

export function createFixtures<Cl extends string>(run: Run): Fixtures<Cl> {
  const { system } = run
  const nodes = [...system.cls.values()].map((component) => createClNode(run, component))
  const l1 = createL1Node(run)
  const common: CommonFixtures = {
    l1,
    batcher: createBatcherNode(run),
    inbox: createInboxNode(run, l1),
    step: createStep(run),
    nodes,
    point: (name) => createPoint(run, system.points.get(name)),
    accounts: system.accounts,
    rollup: system.rollup,
    parameters: system.parameters,
  }
  const clash = nodes.find(({ name }) => name in common)
  if (clash !== undefined)
    throw new Error(
      `topology ${system.topology.name} calls a node ${clash.name}, which every scenario has already; call it otherwise`,
    )
  const byName = Object.fromEntries(nodes.map((node) => [node.name, node])) as { [name in Cl]: ClNode }
  return { ...byName, ...common }
}
