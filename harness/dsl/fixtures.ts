import type { RollupConfig } from '../../node/config/rollup-config.ts'
import type { Accounts } from '../genesis/accounts.ts'
import type { ChainParameters } from '../genesis/chain-parameters.ts'
import type { Link } from '../links/link.ts'
import { type BatcherNode, createBatcherNode } from './batcher-node.ts'
import { type ClNode, createClNode } from './cl-node.ts'
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
  /** The gateway on a connection, for faults: `link('follower→reference').install(…)`. */
  readonly link: (name: string) => Link
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
    link(name) {
      const link = system.links.get(name)
      if (link === undefined)
        throw new Error(`there is no link ${name}; there are ${[...system.links.keys()].join(', ')}`)
      return link
    },
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
