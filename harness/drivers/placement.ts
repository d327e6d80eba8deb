import type { Topology } from '../world/topology.ts'

/** `auto`: what is not under test shares a process. The others are for comparing, and `docker` for containers. */
export const driverChoices = ['auto', 'in-process', 'process', 'docker'] as const
export type DriverChoice = (typeof driverChoices)[number]

/** What `LOCKSTEP_DRIVER` may say. */
export const driverVariable = 'LOCKSTEP_DRIVER'

/** @throws when the text names no choice. */
export function parseDriverChoice(text: string): DriverChoice {
  const choice = driverChoices.find((one) => one === text)
  if (choice === undefined)
    throw new Error(`${driverVariable}: expected one of ${driverChoices.join(', ')}, found ${text}`)
  return choice
}

export interface PlacementOptions {
  readonly choice: DriverChoice
  /** Components that must have a process of their own whatever the choice, because somebody kills or pauses them. */
  readonly ownProcess: readonly string[]
}

/**
 * The components that share the host's process; each of the others has its own. By default a node under test is
 * alone: one that follows and does not build, or every node of a topology that has none of these.
 * @throws when `ownProcess` names no engine or node of the topology.
 */
export function hostedComponents(
  topology: Topology,
  { choice, ownProcess }: PlacementOptions,
): ReadonlySet<string> {
  const all = [...Object.keys(topology.els), ...Object.keys(topology.cls)]
  const unknown = ownProcess.find((name) => !all.includes(name))
  if (unknown !== undefined)
    throw new Error(
      `ownProcess: expected some of ${all.join(', ')} (topology ${topology.name}), found ${unknown}`,
    )
  if (choice === 'process' || choice === 'docker') return new Set()
  const alone = new Set([...ownProcess, ...(choice === 'auto' ? underTest(topology) : [])])
  return new Set(all.filter((name) => !alone.has(name)))
}

function underTest({ cls }: Topology): readonly string[] {
  const followers = Object.entries(cls).filter(
    ([, { mode, sequencer }]) => mode.kind === 'follow' && sequencer === undefined,
  )
  return followers.length > 0 ? followers.map(([name]) => name) : Object.keys(cls)
}
