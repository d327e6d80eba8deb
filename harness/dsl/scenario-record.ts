import { ComponentError } from '../world/component-error.ts'
import { type ClRole, roleOf } from '../world/role.ts'
import type { Topology } from '../world/topology.ts'
import { toldAssertion } from './assertion.ts'
import { ScenarioFailure, type ScenarioFailureFacts, ScenarioInconclusive } from './failure.ts'
import { WrongScenario } from './marks-check.ts'

/** What a scenario says of itself: known as soon as its file is loaded, before anything runs. */
export interface ScenarioDescription {
  /** What is true when it passes, in one sentence. Null when its author did not say. */
  readonly claim: string | null
  readonly tags: readonly string[]
  readonly topology: string
  /** The slots that another consensus client can take: what each node of the topology is for. */
  readonly slots: Readonly<Record<string, ClRole>>
  /** The execution engines of the topology, by name. */
  readonly engines: readonly string[]
  /** How long it may take, in milliseconds. */
  readonly limitMs: number
}

/** How a scenario ended, for whoever judges it; in the words of the failure, not as text to be parsed. */
export interface ScenarioEnd {
  readonly outcome: 'passed' | 'failed' | 'inconclusive'
  /** Absolute; null when it failed before it had one. */
  readonly directory: string | null
  /** The kind of client in each slot, by node; empty when there was no devstack. */
  readonly clients: Readonly<Record<string, string>>
  readonly failure: ScenarioEndFailure | null
  /** With `--seeds`: what became of each. The rest is of the first that failed. */
  readonly seeds?: ScenarioEndSeeds
}

/** A scenario under seeds that follow each other. */
export interface ScenarioEndSeeds {
  readonly first: number
  readonly count: number
  /** Those that did not pass, with the first line of what each found. */
  readonly failed: readonly { readonly seed: string; readonly what: string }[]
}

export interface ScenarioEndFailure extends Pick<ScenarioFailureFacts, 'what' | 'expected' | 'found'> {
  /** The innermost step that ran; null outside of all. */
  readonly step: string | null
  /** The component that did not start or ended by itself; null when the failure is no component's. */
  readonly component: string | null
}

declare module 'vitest' {
  interface TaskMeta {
    scenario?: ScenarioDescription
    scenarioEnd?: ScenarioEnd
  }
}

const tagPattern = /^[a-z0-9]+(-[a-z0-9]+)*$/

/** @throws Error when a claim is not one sentence, or a tag is no lower-case word with hyphens. */
export function describeScenario(
  name: string,
  options: { readonly topology: Topology; readonly claim?: string; readonly tags?: readonly string[] },
  limitMs: number,
): ScenarioDescription {
  const { topology, claim = null, tags = [] } = options
  if (claim !== null && (!/^\S.*\.$/.test(claim) || /[.!?]\s/.test(claim)))
    throw new Error(
      `scenario ${name}: claim: expected one sentence with a full stop at its end, found ${JSON.stringify(claim)}`,
    )
  for (const tag of tags)
    if (!tagPattern.test(tag))
      throw new Error(
        `scenario ${name}: tags: expected lower-case words joined by hyphens, found ${JSON.stringify(tag)}`,
      )
  return { claim, tags, topology: topology.name, ...slotsOf(topology), limitMs }
}

/** What clients can be chosen for in a topology. */
export function slotsOf({ cls, els }: Topology): Pick<ScenarioDescription, 'slots' | 'engines'> {
  const slots = Object.fromEntries(Object.entries(cls).map(([name, spec]) => [name, roleOf(spec)]))
  return { slots, engines: Object.keys(els) }
}

/** How a scenario ended that did not pass, in the words of a judge, whatever was thrown. */
export function endOfFailure(error: unknown, run: Pick<ScenarioEnd, 'directory' | 'clients'>): ScenarioEnd {
  if (error instanceof ScenarioInconclusive) {
    const [what, found] = ['what the scenario is about did not happen', error.missing.join('\n')]
    const failure = { what, expected: 'to reach it', found, step: null, component: null }
    return { ...run, outcome: 'inconclusive', failure }
  }
  return { ...run, outcome: 'failed', failure: failureOf(error) }
}

function failureOf(error: unknown): ScenarioEndFailure {
  const component = componentOf(error)
  if (error instanceof ScenarioFailure) {
    const { what, expected, found, steps } = error.facts
    return { what, expected, found, step: steps?.at(-1) ?? null, component }
  }
  if (error instanceof WrongScenario) {
    const [what = ''] = error.message.split('\n', 1)
    return { what, expected: error.wanted, found: error.said, step: null, component }
  }
  const told = toldAssertion(error)
  if (told !== undefined) return { ...told, component: null }
  const message = error instanceof Error ? error.message : String(error)
  const [what = '', ...rest] = message.split('\n')
  if (component !== null) {
    const expected = 'every component to start, and to run to the end'
    return { what, expected, found: message, step: null, component }
  }
  return {
    what,
    expected: 'the scenario to end well',
    found: [what, ...rest.slice(0, 8)].join('\n').trim() || 'an error without a message',
    step: null,
    component: null,
  }
}

function componentOf(error: unknown): string | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof ComponentError) return cause.component
  return null
}
