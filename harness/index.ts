/**
 * The public entry: what scenarios are written with.
 * @module
 */

export { expect } from 'vitest'
export { forksActiveFrom } from '../node/config/forks.ts'
export type { ClClient, ClSettings, ElClient, ElSettings, Launch } from './clients/client.ts'
export {
  type ClClientDefinition,
  defineClient,
  type ElClientDefinition,
} from './clients/define-client.ts'
export type { BatcherNode } from './dsl/batcher-node.ts'
export type { ClNode } from './dsl/cl-node.ts'
export type { ElBlock } from './dsl/el-block.ts'
export type { ElNode } from './dsl/el-node.ts'
export { ScenarioFailure, ScenarioInconclusive } from './dsl/failure.ts'
export type { Fixtures } from './dsl/fixtures.ts'
export type { BlockSpan } from './dsl/head-waits.ts'
export type { InSyncOptions } from './dsl/in-sync.ts'
export type { InboxData, InboxNode } from './dsl/inbox-node.ts'
export type { L1Node } from './dsl/l1-node.ts'
export type { GossipNetwork } from './dsl/network.ts'
export type { ScenarioFault, ScenarioPoint } from './dsl/points.ts'
export { type ProtocolUpgrades, protocolUpgrades } from './dsl/protocol-upgrades.ts'
export type { ScenarioOptions } from './dsl/scenario.ts'
export type { BlockTime, ScenarioClock } from './dsl/scenario-clock.ts'
export type { Step } from './dsl/step.ts'
export type { Fault } from './faults/fault.ts'
export { faultFromJson, faults } from './faults/vocabulary.ts'
export { scenario } from './scenario.ts'
export { seededRandom } from './seeded-random.ts'
export type { Level } from './world/levels.ts'
export type { SafeHeadAtL1 } from './world/safe-head-at-l1.ts'
export {
  type ClSpec,
  defineTopology,
  derive,
  type ElSpec,
  follow,
  mesh,
  type Topology,
} from './world/topology.ts'
