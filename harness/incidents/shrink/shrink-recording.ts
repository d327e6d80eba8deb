import type { Case, Violation } from '../../cases/case.ts'
import { shrinkCase } from '../../cases/shrink-case.ts'
import type { WorldEvent } from '../../events/event.ts'
import type { Bug } from '../bugs/bugs.ts'
import { explainEvents } from '../explain/explain.ts'
import { readIncident } from '../explain/incident.ts'
import { underTest } from '../replay/under-test.ts'
import { caseOfRecording } from './case-of-recording.ts'
import { explainCase, firstRules, shownBy } from './show-case.ts'

export interface ShrinkOptions {
  /** Of the case: letters, digits, `-` and `_`. */
  readonly name: string
  /** Default: the follower that the explanation names, or the first one. */
  readonly node?: string | undefined
  /** The follower of the simulated world has it, and must fail for its reason. */
  readonly bug?: Bug | undefined
  /** Our node has a rule broken in this process: the follower must fail for its reason as well. */
  readonly mutant?: string | undefined
  readonly seed?: string
  readonly onProgress?: (line: string) => void
}

export interface Shrunk {
  /** The smallest one found, or the whole one when it does not show what the recording shows. */
  readonly case: Case
  /** How many deeds the recording came to. */
  readonly deeds: number
  /** What it must show, and null when the recording shows nothing. */
  readonly wanted: Violation | null
  /** What the whole case showed. */
  readonly whole: Violation | null
}

/**
 * Makes a recording the smallest case that still shows the same: L1 reorgs, statuses of the source and faults, run in a
 * simulated world, recorded from outside and explained like the recording.
 * @throws ReplayError when nobody in it follows anybody.
 */
export async function shrinkRecording(
  events: readonly WorldEvent[],
  { name, node: wantedNode, bug, mutant, seed = '1', onProgress }: ShrinkOptions,
): Promise<Shrunk> {
  const incident = readIncident(events)
  const explanation = explainEvents(events)
  const { node, source } = underTest(incident, explanation, wantedNode)
  const drawn = caseOfRecording(incident, { follower: node, source }, { name, explanation, seed })
  const whole: Case = mutant === undefined ? drawn : { ...drawn, mutant }
  // Our node as it is passes: then only what happened around it can be shown.
  const fails = bug !== undefined || mutant !== undefined
  const rules = fails ? firstRules(explanation, node.name) : []
  const explained = await explainCase(whole, bug)
  const violation = shownBy(explained, fails ? 'follower' : null, rules)
  // Of the rules that were broken at one time, the one that the world shows as well.
  const same = rules.filter((rule) => violation?.reason.endsWith(` ${rule}`))
  const chosen = same.length > 0 ? same : rules
  const wanted = shownBy(explanation, fails ? node.name : null, chosen)
  const show = async (one: Case) => ({
    violation: shownBy(await explainCase(one, bug), fails ? 'follower' : null, chosen),
  })
  const shown = { deeds: whole.deeds.length, wanted, whole: violation }
  if (wanted === null || violation?.reason !== wanted.reason) return { ...shown, case: whole }
  const small = await shrinkCase({ ...whole, violates: wanted }, show, { onProgress, keeps: ['follower'] })
  // Our node as it is violates nothing: that is what a replay of the case has to find.
  return { ...shown, case: { ...small, violates: null } }
}
