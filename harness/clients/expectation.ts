import type { ClRole } from '../world/role.ts'
import type { ClCapability } from '../world/world.ts'
import type { ClClient } from './client.ts'
import { concerns, type Deviation } from './deviation.ts'

/** What is to be expected of a scenario with these clients in its slots. */
export type Expectation =
  | { readonly kind: 'run' }
  /** A slot's client cannot do what the scenario needs. */
  | { readonly kind: 'skip'; readonly reason: string }
  /** A client is known to do otherwise: a failure is no news, and a pass is. */
  | { readonly kind: 'expectFail'; readonly because: readonly KnownDeviation[] }

export interface KnownDeviation extends Deviation {
  readonly node: string
  readonly client: string
}

export interface ScenarioNeeds {
  readonly scenario: string
  /** What each node must be able to do, by its name. A node that is absent needs nothing special. */
  readonly needs: Readonly<Record<string, readonly ClCapability[]>>
}

/** Who stands in a slot of the scenario's topology. */
export interface Occupant {
  readonly node: string
  readonly role: ClRole
  readonly client: Pick<ClClient, 'kind' | 'capabilities' | 'deviations'>
}

const saidOf: Readonly<Record<ClCapability, string>> = {
  metrics: 'serves no metrics under the names that the scenario reads',
  admin: 'has no admin_ namespace',
  'gossip-control': 'has no opp2p_ calls that connect, disconnect and block peers',
  'safe-head-db': 'has no safe-head database (optimism_safeHeadAtL1Block)',
  'el-sync': 'has no execution-layer sync',
  'recover-mode': 'has no sequencer recover mode',
  reasons: 'does not tell why it refuses what it is told',
  'clock-offset': 'cannot be given another clock than that of the machine',
}

/** Skip for a missing capability, expected to fail for a known deviation, else run. */
export function expectationOf(
  { scenario, needs }: ScenarioNeeds,
  occupants: readonly Occupant[],
): Expectation {
  const missing = occupants.flatMap(({ node, client }) =>
    (needs[node] ?? [])
      .filter((capability) => !client.capabilities.has(capability))
      .map((capability) => `${node} is ${client.kind}, which ${saidOf[capability]}`),
  )
  if (missing.length > 0) return { kind: 'skip', reason: missing.join('; ') }
  const because = occupants.flatMap(({ node, role, client }) =>
    client.deviations
      .filter((deviation) => concerns(deviation, scenario, role))
      .map((deviation) => ({ ...deviation, node, client: client.kind })),
  )
  return because.length === 0 ? { kind: 'run' } : { kind: 'expectFail', because }
}
